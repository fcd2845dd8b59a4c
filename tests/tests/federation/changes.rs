//! Edits and deletions arrive.

use serde_json::json;
use tests::{Instance, Remote, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_arrives() {
    let [a, b] = Instance::start_many().await;
    let (alice, bob) = tokio::join!(a.user("alice"), b.user("bob"));
    bob.follow(&alice.handle).await;
    let status = alice.post("Tpyo").await;
    let seen = bob.sees_at_home("Tpyo").await;
    let edited = alice.edit(&status, "Typo").await;
    assert!(edited["edited_at"].is_string(), "{edited}");
    let after = eventually("the edit arrives", async || {
        let status = bob.status(&seen["id"]).await?;
        status["content"].as_str()?.contains("Typo").then_some(status)
    })
    .await;
    assert!(after["edited_at"].is_string(), "{after}");
    assert_eq!(after["created_at"], seen["created_at"]);
    let history = bob.client.get(&format!("/api/v1/statuses/{}/history", seen["id"].as_str().unwrap())).await;
    assert_eq!(history.ok().as_array().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_arrives_and_lasts() {
    let [a, b] = Instance::start_many().await;
    let (alice, bob) = tokio::join!(a.user("alice"), b.user("bob"));
    bob.follow(&alice.handle).await;
    let status = alice.post("I take this back").await;
    let seen = bob.sees_at_home("I take this back").await;
    alice.delete(&status).await;
    assert!(alice.status(&status["id"]).await.is_none());
    eventually("the deletion arrives", async || bob.status(&seen["id"]).await.is_none().then_some(())).await;
    assert!(!bob.has_at_home("I take this back").await);
    assert!(bob.find_status(status["uri"].as_str().unwrap()).await.is_none(), "it came back by search");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_of_a_private_post_stays_private() {
    let [a, b] = Instance::start_many().await;
    let (alice, bob, dave) = tokio::join!(a.user("alice"), b.user("bob"), b.user("dave"));
    bob.follow(&alice.handle).await;
    let status = alice.post_for("private", "First words").await;
    let seen = bob.sees_at_home("First words").await;
    alice.edit(&status, "Second words").await;
    bob.sees_at_home("Second words").await;
    assert_eq!(bob.status(&seen["id"]).await.unwrap()["visibility"], "private");
    assert!(dave.status(&seen["id"]).await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_private_post_became_is_not_sent_to_who_may_no_longer_read_it() {
    let [a, b] = Instance::start_many().await;
    let (alice, bob) = tokio::join!(a.user("alice"), b.user("bob"));
    bob.follow(&alice.handle).await;
    let status = alice.post_for("private", "First words").await;
    bob.favourite(&bob.sees_at_home("First words").await).await;
    let bob_at_a = alice.is_notified("favourite", "bob").await;
    for (verb, words) in [("remove_from_followers", "Second words"), ("block", "Third words")] {
        alice.act_on("accounts", &bob_at_a["account"], verb).await;
        alice.edit(&status, words).await;
        eventually("all was sent", async || {
            let left = "SELECT (SELECT count(*) FROM jobs) + (SELECT count(*) FROM deliveries)";
            (a.database.number(left).await == 0).then_some(())
        })
        .await;
        let known = format!("SELECT count(*) FROM statuses WHERE content LIKE '%{words}%'");
        assert_eq!((a.database.number(&known).await, b.database.number(&known).await), (1, 0), "{verb}");
    }
}

/// A note and its deletion, of which one is held up in the middle (at this table) until the other has come as
/// far as it gets: the note must not stand afterwards.
async fn cross(first: &str, table: &str) {
    let (a, remote) = (Instance::start().await, Remote::start());
    let alice = a.user("alice").await;
    let carol = remote.actor("carol");
    let actor = carol.look_up(&alice.handle).await;
    carol.follow(&actor).await;
    let inbox = actor["inbox"].as_str().unwrap();
    let mut note = carol.note("Never mind", &[actor["id"].as_str().unwrap()]);
    note["tag"].as_array_mut().unwrap().push(json!({ "type": "Hashtag", "name": "#held" }));
    let mut activities = [carol.create(&note), carol.does("Delete", note["id"].clone())];
    if activities[1]["type"] == first {
        activities.reverse();
    }
    let mut holder = a.database.client().await;
    let held = holder.transaction().await.unwrap();
    held.batch_execute(&format!("LOCK TABLE {table} IN EXCLUSIVE MODE")).await.unwrap();
    let waiting = "SELECT count(*) FROM pg_stat_activity \
        WHERE wait_event_type = 'Lock' AND datname = current_database()";
    assert!(carol.send(inbox, &activities[0]).await.status.is_success());
    eventually("the first is held up", async || (a.database.number(waiting).await == 1).then_some(())).await;
    assert!(carol.send(inbox, &activities[1]).await.status.is_success());
    let idle = "SELECT count(*) FROM jobs";
    eventually("the second has come as far as it gets", async || {
        let alone = a.database.number(idle).await == 1;
        (alone || a.database.number(waiting).await == 2).then_some(())
    })
    .await;
    held.commit().await.unwrap();
    eventually("nothing waits", async || (a.database.number(idle).await == 0).then_some(())).await;
    let standing = "SELECT count(*) FROM statuses WHERE deleted_at IS NULL AND NOT local";
    assert_eq!(a.database.number(standing).await, 0);
    // Nor does it come back.
    assert!(carol.send(inbox, &carol.does("Create", note)).await.status.is_success());
    carol.send(inbox, &carol.create(&carol.note("After it", &[actor["id"].as_str().unwrap()]))).await;
    alice.is_notified("mention", "carol").await;
    assert_eq!(a.database.number(standing).await, 1);
}

/// The note itself is written before its tags, in the same transaction.
#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_finds_what_is_being_written() {
    cross("Create", "status_tags").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_being_deleted_is_not_written() {
    cross("Delete", "tombstones").await;
}
