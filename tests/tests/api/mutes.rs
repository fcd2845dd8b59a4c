//! Mutes: what they hide, and what not.

use serde_json::json;
use tests::Instance;

#[tokio::test(flavor = "multi_thread")]
async fn a_mute_without_notifications_hides_none() {
    let a = Instance::start().await;
    let (alice, bob, carol) = tokio::join!(a.user("alice"), a.user("bob"), a.user("carol"));
    for (muted, notifications) in [(&bob, false), (&carol, true)] {
        let path = format!("/api/v1/accounts/{}/mute", muted.id);
        alice.client.post_json(&path, &json!({ "notifications": notifications })).await.ok();
    }
    for muted in [&carol, &bob] {
        muted.post(&format!("@{} can you hear me?", alice.name)).await;
    }
    alice.is_notified("mention", "bob").await;
    tests::eventually("nothing waits", async || {
        (a.database.number("SELECT count(*) FROM jobs").await == 0).then_some(())
    })
    .await;
    let news = alice.notifications().await;
    assert!(news.iter().all(|news| news["account"]["username"] == "bob"), "{news:?}");
    let unread = alice.client.get("/api/v1/notifications/unread_count").await.ok();
    assert_eq!(unread["count"], news.len());
}
