//! Announcements come to everybody who listens to a home timeline.

use http::Method;
use serde_json::{Value, json};
use tests::Instance;

use super::listener::Listener;
use crate::command_line::text;

async fn next(listener: &mut Listener) -> (Value, Value) {
    let told = listener.next().await.unwrap();
    assert_eq!(told["stream"], json!(["user"]));
    let payload = serde_json::from_str(told["payload"].as_str().unwrap()).unwrap();
    (told["event"].clone(), payload)
}

#[tokio::test(flavor = "multi_thread")]
async fn announcements_and_reactions_are_told() {
    let a = Instance::start().await;
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    let streams = [json!({ "stream": "user" })];
    let mut both = [Listener::to(&a, &alice, &streams).await, Listener::to(&a, &bob, &streams).await];
    let made = a.run(&["announcement", "create", "**Hello**"]).await;
    let id = text(&made).0.split(' ').next().unwrap().to_owned();
    for listener in &mut both {
        let (event, payload) = next(listener).await;
        assert_eq!((&event, &payload["id"]), (&json!("announcement"), &json!(id)));
        assert_eq!(
            (&payload["content"], &payload["read"]),
            (&json!("<p><strong>Hello</strong></p>"), &json!(false))
        );
    }
    let path = format!("/api/v1/announcements/{id}/reactions/🎉");
    for (method, count) in [(Method::PUT, 1), (Method::DELETE, 0)] {
        bob.client.send(bob.client.request(method, &path)).await.ok();
        for listener in &mut both {
            let (event, payload) = next(listener).await;
            assert_eq!(event, "announcement.reaction");
            assert_eq!(payload, json!({ "name": "🎉", "count": count, "announcement_id": id }));
        }
    }
    assert!(a.run(&["announcement", "delete", &id]).await.status.success());
    for listener in &mut both {
        let (event, payload) = next(listener).await;
        assert_eq!((event, payload.to_string()), (json!("announcement.delete"), id.clone()));
    }
}
