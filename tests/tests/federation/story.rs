//! The main road: follow, post, arrive signed and once, favourite, reply.

use serde_json::Value;
use tests::{Instance, Remote, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn a_post_arrives_and_what_others_do_comes_back() {
    let [a, b] = Instance::start_many().await;
    let (alice, bob) = tokio::join!(a.user("alice"), b.user("bob"));
    bob.follow(&alice.handle).await;
    alice.is_notified("follow", "bob").await;

    let original = alice.post("Hello from the other side").await;
    let seen = bob.sees_at_home("Hello from the other side").await;
    assert_eq!(seen["account"]["acct"], alice.handle);
    assert_eq!(seen["uri"], original["uri"]);
    assert_eq!(seen["visibility"], "public");

    bob.favourite(&seen).await;
    let news = alice.is_notified("favourite", "bob").await;
    assert_eq!(news["status"]["id"], original["id"]);
    assert_eq!(news["account"]["acct"], bob.handle);

    bob.reply(&seen, &format!("@{} and hello back", alice.handle)).await;
    let news = alice.is_notified("mention", "bob").await;
    assert_eq!(news["status"]["in_reply_to_id"], original["id"]);
    assert!(news["status"]["content"].as_str().unwrap().contains("and hello back"), "{news}");

    bob.reblog(&seen).await;
    alice.is_notified("reblog", "bob").await;
    let counted = eventually("everything is counted at home", async || {
        let status = alice.status(&original["id"]).await?;
        (status["reblogs_count"] == 1).then_some(status)
    })
    .await;
    assert_eq!(counted["favourites_count"], 1);
    assert_eq!(counted["replies_count"], 1);
    assert_eq!(times_at_home(&bob.home().await, &original["uri"]), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_is_signed_by_its_author_and_sent_once_to_a_shared_inbox() {
    let (a, remote) = (Instance::start().await, Remote::start());
    let alice = a.user("alice").await;
    let (carol, dave) = (remote.actor("carol"), remote.actor("dave"));
    let actor = carol.look_up(&alice.handle).await;
    carol.follow(&actor).await;
    dave.follow(&actor).await;

    let status = alice.post("For both of you").await;
    let arrived = remote.receives("Create", 1).await;
    let activity = &arrived[0].activity;
    assert_eq!(activity["actor"], actor["id"]);
    assert_eq!(activity["object"]["id"], status["uri"]);
    assert_eq!(arrived[0].inbox, format!("http://{}/inbox", remote.domain));
    arrived[0].assert_signed_by(actor["publicKey"]["publicKeyPem"].as_str().unwrap());

    // The second post comes after anything that the first may have caused.
    alice.post("And again").await;
    assert_eq!(remote.receives("Create", 2).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn taking_back_arrives_too() {
    let [a, b] = Instance::start_many().await;
    let (alice, bob) = tokio::join!(a.user("alice"), b.user("bob"));
    let account = bob.follow(&alice.handle).await;
    let original = alice.post("Do you like it?").await;
    let seen = bob.sees_at_home("Do you like it?").await;

    bob.favourite(&seen).await;
    alice.is_notified("favourite", "bob").await;
    bob.unfavourite(&seen).await;
    eventually("the favourite is gone", async || {
        (alice.status(&original["id"]).await?["favourites_count"] == 0).then_some(())
    })
    .await;

    bob.act_on("accounts", &account, "unfollow").await;
    eventually("the follower is gone", async || {
        let me = alice.client.get("/api/v1/accounts/verify_credentials").await.ok();
        (me["followers_count"] == 0).then_some(())
    })
    .await;
}

/// How often what has this id is in a home timeline, reblogs of it included.
fn times_at_home(home: &[Value], uri: &Value) -> usize {
    home.iter().filter(|status| status["uri"] == *uri || status["reblog"]["uri"] == *uri).count()
}
