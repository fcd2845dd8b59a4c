//! Those who have a status on their screens are told what stands below it.

use serde_json::json;
use tests::Instance;

use super::listener::Listener;

#[tokio::test(flavor = "multi_thread")]
async fn reactions_are_told_to_those_who_look_on() {
    let a = Instance::start().await;
    let (alice, bob, carol) = tokio::join!(a.user("alice"), a.user("bob"), a.user("carol"));
    for user in [&bob, &carol] {
        user.follow(&alice.handle).await;
        assert!(user.home().await.is_empty());
    }
    let status = alice.post("React to this").await;
    bob.sees_at_home("React to this").await;
    let mut bobs = Listener::to(&a, &bob, &[json!({ "stream": "user" })]).await;
    let mut carols = Listener::to(&a, &carol, &[json!({ "stream": "user" })]).await;
    let path = format!("/api/v1/statuses/{}/react/%F0%9F%94%A5", status["id"].as_str().unwrap());
    bob.client.post_json(&path, &json!({})).await.ok();
    for (listener, me) in [(&mut bobs, true), (&mut carols, false)] {
        let told = listener.until("status.update").await;
        let seen = &told.last().unwrap().1["reactions"];
        assert_eq!(
            (&seen[0]["name"], &seen[0]["count"], &seen[0]["me"]),
            (&json!("🔥"), &json!(1), &json!(me))
        );
    }
}
