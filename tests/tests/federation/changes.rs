//! Edits and deletions arrive.

use tests::{Instance, eventually};

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
