//! Replies and what they answer, in whatever order they come.

use serde_json::{Value, json};
use tests::{Instance, Remote, RemoteActor, eventually};

async fn send(sender: &RemoteActor, inbox: &str, note: &Value) {
    let answer = sender.send(inbox, &sender.create(note)).await;
    assert!(answer.status.is_success(), "{}: {}", answer.status, answer.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn replies_that_come_before_their_parent_or_with_it_are_joined_and_counted() {
    let (a, remote) = (Instance::start().await, Remote::start());
    let alice = a.user("alice").await;
    let (carol, dave) = (remote.actor("carol"), remote.actor("dave"));
    let actor = carol.look_up(&alice.handle).await;
    let inbox = actor["inbox"].as_str().unwrap();
    let to_alice = [actor["id"].as_str().unwrap()];
    for _ in 0..8 {
        let parent = carol.note("The parent", &to_alice);
        let reply = |to: &Value| {
            let mut note = dave.note("A reply", &to_alice);
            note["inReplyTo"] = to["id"].clone();
            note
        };
        let (early, together) = (reply(&parent), reply(&parent));
        let below = reply(&early);
        send(&dave, inbox, &early).await;
        send(&dave, inbox, &below).await;
        tokio::join!(send(&carol, inbox, &parent), send(&dave, inbox, &together));
        let arrived = eventually("both replies are counted", async || {
            let news = alice.notifications().await;
            let found = news.into_iter().find(|news| news["status"]["uri"] == parent["id"])?;
            (found["status"]["replies_count"] == 2).then_some(found["status"].clone())
        })
        .await;
        let path = format!("/api/v1/statuses/{}/context", arrived["id"].as_str().unwrap());
        eventually("the thread is whole", async || {
            let context = alice.client.get(&path).await.ok();
            (context["descendants"].as_array()?.len() == 3).then_some(())
        })
        .await;
    }
    eventually("no job waits", async || {
        (a.database.number("SELECT count(*) FROM jobs").await == 0).then_some(())
    })
    .await;
    // Each thread is one conversation, and nothing was counted twice.
    assert_eq!(a.database.number("SELECT count(DISTINCT conversation_id) FROM statuses").await, 8);
    let counted = "SELECT coalesce(sum(replies_count), 0)::bigint FROM status_stats";
    assert_eq!(a.database.number(counted).await, 24);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_reply_answers_is_fetched() {
    let (a, remote) = (Instance::start().await, Remote::start());
    let alice = a.user("alice").await;
    let carol = remote.actor("carol");
    let actor = carol.look_up(&alice.handle).await;
    let mut root = carol.note("The root", &[]);
    root["published"] = json!("2020-01-01T00:00:00Z");
    let mut middle = carol.note("In the middle", &[]);
    middle["inReplyTo"] = root["id"].clone();
    let mut reply = carol.note("The reply", &[actor["id"].as_str().unwrap()]);
    reply["inReplyTo"] = middle["id"].clone();
    remote.serve(&root);
    remote.serve(&middle);
    send(&carol, actor["inbox"].as_str().unwrap(), &reply).await;
    let arrived = alice.is_notified("mention", "carol").await["status"].clone();
    let path = format!("/api/v1/statuses/{}/context", arrived["id"].as_str().unwrap());
    eventually("the thread is whole", async || {
        let context = alice.client.get(&path).await.ok();
        (context["ancestors"].as_array()?.len() == 2).then_some(())
    })
    .await;
    // An old post that came late is not the last one.
    let last = "SELECT count(*) FROM account_stats WHERE last_status_at > now() - interval '1 hour'";
    assert_eq!(a.database.number(last).await, 1);
}
