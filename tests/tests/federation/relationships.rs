//! Blocks, mutes and locked accounts, across instances.

use serde_json::json;
use tests::{Instance, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn a_block_ends_everything_between_two() {
    let [a, b] = Instance::start_many().await;
    let (alice, bob, carol) = tokio::join!(a.user("alice"), b.user("bob"), a.user("carol"));
    let at_b = bob.follow(&alice.handle).await;
    let at_a = alice.follow(&bob.handle).await;
    alice.post("Before the block").await;
    let seen = bob.sees_at_home("Before the block").await;

    alice.act_on("accounts", &at_a, "block").await;
    let relationship = alice.relationship(&at_a).await;
    assert_eq!((&relationship["blocking"], &relationship["followed_by"]), (&json!(true), &json!(false)));
    eventually("the other side has heard of it", async || {
        let relationship = bob.relationship(&at_b).await;
        (relationship["blocked_by"] == true && relationship["following"] == false).then_some(())
    })
    .await;

    // What a blocked person sends has no effect: neither now nor after the block.
    let path = format!("/api/v1/statuses/{}/favourite", seen["id"].as_str().unwrap());
    let answer = bob.client.post_json(&path, &json!({})).await;
    assert!(!answer.status.is_server_error(), "{}", answer.text);
    bob.post(&format!("@{} do you hear me?", alice.handle)).await;
    // What comes later to the same host proves that this has come.
    bob.post(&format!("@{} and you?", carol.handle)).await;
    carol.is_notified("mention", "bob").await;
    eventually("no job waits", async || {
        (a.database.number("SELECT count(*) FROM jobs").await == 0).then_some(())
    })
    .await;
    alice.act_on("accounts", &at_a, "unblock").await;
    eventually("the other side has heard of the end", async || {
        (bob.relationship(&at_b).await["blocked_by"] == false).then_some(())
    })
    .await;
    bob.post(&format!("@{} and now?", alice.handle)).await;
    let news = alice.is_notified("mention", "bob").await;
    assert!(news["status"]["content"].as_str().unwrap().contains("and now?"), "{news}");
    let before = alice.notifications().await;
    assert!(before.iter().all(|news| news["type"] != "favourite"), "{before:?}");
    assert!(!before.iter().any(|news| news.to_string().contains("do you hear me?")), "{before:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mute_is_silent() {
    let [a, b] = Instance::start_many().await;
    let (alice, bob, carol) = tokio::join!(a.user("alice"), b.user("bob"), b.user("carol"));
    let muted = alice.follow(&bob.handle).await;
    alice.follow(&carol.handle).await;
    alice.act_on("accounts", &muted, "mute").await;
    bob.post(&format!("@{} listen to me", alice.handle)).await;
    carol.post(&format!("@{} listen to me instead", alice.handle)).await;
    alice.is_notified("mention", "carol").await;
    alice.sees_at_home("listen to me instead").await;
    assert!(alice.notifications().await.iter().all(|news| news["account"]["username"] != "bob"));
    assert!(alice.home().await.iter().all(|status| status["account"]["username"] != "bob"));

    alice.act_on("accounts", &muted, "unmute").await;
    bob.post("Can you hear me again?").await;
    alice.sees_at_home("Can you hear me again?").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_account_decides() {
    let [a, b] = Instance::start_many().await;
    let (alice, bob, carol) = tokio::join!(a.user("alice"), b.user("bob"), b.user("carol"));
    alice.update(&json!({ "locked": true })).await;
    let at_b = bob.ask_to_follow(&alice.handle).await;
    carol.ask_to_follow(&alice.handle).await;
    let from_bob = alice.is_notified("follow_request", "bob").await["account"].clone();
    let from_carol = alice.is_notified("follow_request", "carol").await["account"].clone();
    let relationship = bob.relationship(&at_b).await;
    assert_eq!((&relationship["requested"], &relationship["following"]), (&json!(true), &json!(false)));

    alice.act_on("follow_requests", &from_carol, "reject").await;
    alice.act_on("follow_requests", &from_bob, "authorize").await;
    eventually("the request was granted", async || {
        (bob.relationship(&at_b).await["following"] == true).then_some(())
    })
    .await;
    eventually("the request was refused", async || {
        let relationship = carol.relationship(&at_b).await;
        (relationship["requested"] == false && relationship["following"] == false).then_some(())
    })
    .await;
    alice.post_for("private", "Only for those I let in").await;
    bob.sees_at_home("Only for those I let in").await;
    assert!(!carol.has_at_home("Only for those I let in").await);
}
