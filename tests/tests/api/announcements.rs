//! Announcements: who hears of them, what they link to, and the emoji below them.

use http::{Method, StatusCode};
use serde_json::{Value, json};
use tests::{Answer, Instance, User};

use crate::command_line::text;
use crate::entities::Documentation;

async fn announce(a: &Instance, arguments: &[&str]) -> String {
    let made = a.run(&[&["announcement", "create"], arguments].concat()).await;
    assert!(made.status.success(), "{:?}", text(&made));
    text(&made).0.split(' ').next().unwrap().to_owned()
}

async fn all(user: &User) -> Vec<Value> {
    user.client.get("/api/v1/announcements").await.ok().as_array().unwrap().clone()
}

async fn react(user: &User, method: Method, id: &str, name: &str) -> Answer {
    let path = format!("/api/v1/announcements/{id}/reactions/{name}");
    user.client.send(user.client.request(method, &path)).await
}

const CAT: &str =
    "INSERT INTO custom_emojis (shortcode, image_remote_url) VALUES ('cat', 'https://a.example/cat.png')";

#[tokio::test(flavor = "multi_thread")]
async fn an_announcement_is_whole_and_can_be_read() {
    let a = Instance::start().await;
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    a.database.execute(CAT).await;
    let (open, secret) = (alice.post("open").await, alice.post_for("private", "secret").await);
    let says = format!(
        "Hello @bob, **read** {} and {} #stoa :cat:",
        open["url"].as_str().unwrap(),
        secret["url"].as_str().unwrap()
    );
    let id = announce(&a, &[&says, "--starts", "2026-12-24", "--ends", "2999-01-01"]).await;
    let before = all(&alice).await;
    let it = &before[0];
    assert_eq!((before.len(), &it["id"], &it["read"]), (1, &json!(id), &json!(false)));
    assert!(it["content"].as_str().unwrap().contains("<strong>read</strong>"), "{it}");
    assert_eq!((&it["starts_at"], &it["all_day"]), (&json!("2026-12-24T00:00:00.000Z"), &json!(true)));
    assert_eq!(it["mentions"][0]["id"], bob.id.as_str());
    assert_eq!(
        it["statuses"],
        json!([{ "id": open["id"], "url": open["url"] }]),
        "private ones are not named"
    );
    assert_eq!((&it["tags"][0]["name"], &it["emojis"][0]["shortcode"]), (&json!("stoa"), &json!("cat")));
    react(&alice, Method::PUT, &id, "cat").await.ok();
    if let Some(documentation) = Documentation::read() {
        let mut wrong = Vec::new();
        documentation.check("Announcement", &all(&alice).await[0], "announcement", &mut wrong);
        assert!(wrong.is_empty(), "{wrong:?}");
    }

    alice.client.post_json(&format!("/api/v1/announcements/{id}/dismiss"), &json!({})).await.ok();
    alice.client.post_json(&format!("/api/v1/announcements/{id}/dismiss"), &json!({})).await.ok();
    assert_eq!(all(&alice).await[0]["read"], true);
    assert_eq!(all(&bob).await[0]["read"], false);

    assert!(text(&a.run(&["announcement", "list"]).await).0.starts_with(&id));
    assert!(a.run(&["announcement", "delete", &id]).await.status.success());
    assert!(all(&alice).await.is_empty());
    assert_eq!(a.run(&["announcement", "delete", &id]).await.status.code(), Some(1));
    let gone = alice.client.post_json(&format!("/api/v1/announcements/{id}/dismiss"), &json!({})).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_over_is_not_shown() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    let past = announce(&a, &["It was", "--ends", "2020-01-01T00:00:00Z"]).await;
    let today = chrono::Utc::now().date_naive().to_string();
    let present = announce(&a, &["It is", "--starts", &today, "--ends", &today]).await;
    let shown: Vec<Value> = all(&alice).await.into_iter().map(|it| it["id"].clone()).collect();
    assert_eq!(shown, [json!(present)], "a day lasts until its end");
    assert_eq!(react(&alice, Method::PUT, &past, "🎉").await.status, StatusCode::NOT_FOUND);
    for arguments in [
        &[""][..],
        &["   "],
        &["Late", "--starts", "2026-12-24", "--ends", "2026-12-23"],
        &["x", "--ends", "soon"],
    ] {
        let refused = a.run(&[&["announcement", "create"], arguments].concat()).await;
        assert!(!refused.status.success(), "{arguments:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn emoji_are_counted_and_eight_are_enough() {
    let a = Instance::start().await;
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    a.database.execute(CAT).await;
    let id = announce(&a, &["Well?"]).await;
    for (user, name) in [(&alice, "🎉"), (&alice, "🎉"), (&bob, "🎉"), (&bob, "cat"), (&alice, "\u{2764}")]
    {
        react(user, Method::PUT, &id, name).await.ok();
    }
    let reactions = all(&alice).await[0]["reactions"].clone();
    assert_eq!(reactions[0], json!({ "name": "🎉", "count": 2, "me": true }));
    assert_eq!((&reactions[1]["name"], &reactions[1]["me"]), (&json!("cat"), &json!(false)));
    assert_eq!(reactions[1]["url"], "https://a.example/cat.png");
    assert_eq!(reactions[2]["name"], "\u{2764}\u{fe0f}", "the two ways to write it are one");

    let refused = react(&alice, Method::PUT, &id, "nonsense").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.json()["error"], "Validation failed: Name is not a recognized emoji");
    for (method, name, status) in [
        (Method::PUT, "%00", StatusCode::NOT_FOUND),
        (Method::DELETE, "nonsense", StatusCode::UNPROCESSABLE_ENTITY),
        (Method::DELETE, "cat", StatusCode::NOT_FOUND),
        (Method::DELETE, "🎉", StatusCode::OK),
        (Method::DELETE, "🎉", StatusCode::NOT_FOUND),
    ] {
        let answer = react(&alice, method, &id, name).await;
        assert_eq!(answer.status, status, "{name}: {}", answer.text);
    }
    assert_eq!(all(&alice).await[0]["reactions"][0], json!({ "name": "🎉", "count": 1, "me": false }));

    for name in ["😀", "😃", "😄", "😁", "😆"] {
        react(&alice, Method::PUT, &id, name).await.ok();
    }
    let ninth = react(&alice, Method::PUT, &id, "😅").await;
    assert_eq!(ninth.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", ninth.text);
    react(&bob, Method::PUT, &id, "😀").await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn they_are_for_those_who_are_signed_in() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    let id = announce(&a, &["Hello"]).await;
    assert_eq!(a.client().get("/api/v1/announcements").await.status, StatusCode::UNAUTHORIZED);
    let reader = text(&a.run(&["token", "create", "alice", "--scopes", "read"]).await).0;
    let reader = User { client: a.client().with_token(&reader), ..alice.clone() };
    assert_eq!(all(&reader).await.len(), 1);
    let dismissed = reader.client.post_json(&format!("/api/v1/announcements/{id}/dismiss"), &json!({})).await;
    assert_eq!(dismissed.status, StatusCode::FORBIDDEN);
    for method in [Method::PUT, Method::DELETE] {
        assert_eq!(react(&reader, method, &id, "🎉").await.status, StatusCode::FORBIDDEN);
    }
    for id in ["0", "x", "99999999999999999999"] {
        assert_eq!(react(&alice, Method::PUT, id, "🎉").await.status, StatusCode::NOT_FOUND);
    }
}
