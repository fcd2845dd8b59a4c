//! Notifications: what one hears of, and what not.

use http::StatusCode;
use serde_json::{Value, json};
use tests::{Instance, User, eventually};

async fn list(user: &User, query: &str) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let all = user.client.get(&format!("/api/v1/notifications?{query}")).await.ok();
    let all = all.as_array().unwrap().iter();
    all.map(|news| (text(&news["type"]), text(&news["account"]["username"]))).collect()
}

async fn hears(user: &User, count: usize) {
    eventually(&format!("{} hears {count} things", user.name), async || {
        (user.notifications().await.len() >= count).then_some(())
    })
    .await;
}

/// Bob follows, favourites, reblogs and mentions alice; carol mentions her.
async fn busy_day(a: &Instance) -> (User, User, User, Value) {
    let (alice, bob, carol) = tokio::join!(a.user("alice"), a.user("bob"), a.user("carol"));
    let status = alice.post("status").await;
    bob.follow(&alice.handle).await;
    hears(&alice, 1).await;
    bob.favourite(&status).await;
    hears(&alice, 2).await;
    bob.reblog(&status).await;
    hears(&alice, 3).await;
    bob.reply(&status, "@alice a reply").await;
    hears(&alice, 4).await;
    carol.post("@alice hello").await;
    hears(&alice, 5).await;
    (alice, bob, carol, status)
}

#[tokio::test(flavor = "multi_thread")]
async fn each_kind_is_heard_once_and_can_be_asked_for() {
    let a = Instance::start().await;
    let (alice, bob, _, status) = busy_day(&a).await;
    let expected = [
        ("mention", "carol"),
        ("mention", "bob"),
        ("reblog", "bob"),
        ("favourite", "bob"),
        ("follow", "bob"),
    ];
    let expected = expected.map(|(kind, who)| (kind.to_owned(), who.to_owned()));
    assert_eq!(list(&alice, "").await, expected);
    assert!(list(&bob, "").await.is_empty());
    // The same again is no news.
    bob.favourite(&status).await;
    bob.reblog(&status).await;
    assert_eq!(list(&alice, "types[]=mention").await, expected[..2]);
    assert_eq!(list(&alice, "types[]=reblog&types[]=favourite").await, expected[2..4]);
    assert_eq!(list(&alice, "exclude_types[]=mention&exclude_types[]=follow").await, expected[2..4]);
    assert_eq!(list(&alice, &format!("account_id={}", bob.id)).await, expected[1..]);
    let all = alice.notifications().await;
    assert_eq!(all[3]["status"]["id"], status["id"]);
    assert!(all[4]["status"].is_null(), "a follow is about no status");
    assert!(all.iter().all(|news| news["group_key"].is_string()));
    let oldest = all[4]["id"].as_str().unwrap();
    assert_eq!(list(&alice, &format!("min_id={oldest}&limit=2")).await, expected[2..4]);
    assert_eq!(list(&alice, &format!("since_id={oldest}&limit=2")).await, expected[..2]);
    assert_eq!(list(&alice, "limit=1").await, expected[..1]);
    let one = alice.client.get(&format!("/api/v1/notifications/{oldest}")).await.ok();
    assert_eq!(one, all[4]);
    assert_eq!(
        bob.client.get(&format!("/api/v1/notifications/{oldest}")).await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn they_are_read_dismissed_and_cleared() {
    let a = Instance::start().await;
    let (alice, bob, ..) = busy_day(&a).await;
    let unread = async || alice.client.get("/api/v1/notifications/unread_count").await.ok()["count"].clone();
    assert_eq!(unread().await, 5);
    let all = alice.notifications().await;
    let (newest, third) = (all[0]["id"].as_str().unwrap(), all[2]["id"].as_str().unwrap());
    alice
        .client
        .post_json("/api/v1/markers", &json!({ "notifications": { "last_read_id": third } }))
        .await
        .ok();
    assert_eq!(unread().await, 2);
    let markers = alice.client.get("/api/v1/markers?timeline[]=notifications").await.ok();
    assert_eq!(markers["notifications"]["last_read_id"], third);
    let dismiss = async |user: &User| {
        user.client.post_json(&format!("/api/v1/notifications/{newest}/dismiss"), &json!({})).await.status
    };
    assert_eq!(dismiss(&bob).await, StatusCode::NOT_FOUND);
    assert_eq!(dismiss(&alice).await, StatusCode::OK);
    assert_eq!(list(&alice, "").await.len(), 4);
    alice.client.post_json("/api/v1/notifications/clear", &json!({})).await.ok();
    assert!(list(&alice, "").await.is_empty());
    assert_eq!(unread().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_taken_back_or_deleted_is_not_heard_any_more() {
    let a = Instance::start().await;
    let (alice, bob, carol, status) = busy_day(&a).await;
    let mention = alice.notifications().await.into_iter().find(|news| news["account"]["username"] == "carol");
    carol.delete(&mention.unwrap()["status"]).await;
    assert!(!list(&alice, "").await.contains(&("mention".to_owned(), "carol".to_owned())));
    alice.delete(&status).await;
    let left = list(&alice, "").await;
    assert!(left.iter().all(|(kind, _)| kind != "favourite" && kind != "reblog"), "{left:?}");
    // Who is blocked was never there.
    let account = alice.find(&bob.handle).await;
    alice.act_on("accounts", &account, "block").await;
    assert!(list(&alice, "").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_muted_are_not_heard_unless_wanted() {
    let a = Instance::start().await;
    let (alice, bob, carol) = tokio::join!(a.user("alice"), a.user("bob"), a.user("carol"));
    let mute = async |of: &User, notifications: bool| {
        let path = format!("/api/v1/accounts/{}/mute", of.id);
        alice.client.post_json(&path, &json!({ "notifications": notifications })).await.ok();
    };
    mute(&bob, true).await;
    mute(&carol, false).await;
    let (status, own) = (alice.post("status").await, alice.post("@alice to oneself").await);
    bob.favourite(&status).await;
    bob.post("@alice hello").await;
    alice.favourite(&own).await;
    carol.favourite(&status).await;
    alice.is_notified("favourite", "carol").await;
    assert_eq!(list(&alice, "").await, [("favourite".to_owned(), "carol".to_owned())]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_to_be_told_of_posts_is() {
    let a = Instance::start().await;
    let (alice, bob, carol) = tokio::join!(a.user("alice"), a.user("bob"), a.user("carol"));
    let path = format!("/api/v1/accounts/{}/follow", bob.id);
    let now = alice.client.post_json(&path, &json!({ "notify": true })).await.ok();
    assert_eq!(now["notifying"], true);
    let other = carol.post("something").await;
    bob.reblog(&other).await;
    bob.reply(&other, "a reply").await;
    let status = bob.post("news").await;
    let heard = alice.is_notified("status", "bob").await;
    assert_eq!(heard["status"]["id"], status["id"]);
    assert_eq!(list(&alice, "").await.len(), 1, "neither reblogs nor replies are told");
}
