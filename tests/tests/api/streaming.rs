//! Live updates: the socket, server-sent events, and who is told what.

mod announcements;
mod ends;
pub(crate) mod listener;
mod reactions;
mod receivers;

use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};
use tests::{Instance, PATIENCE, WebPage, WebSite};

use listener::{Listener, contains, sse};

#[tokio::test(flavor = "multi_thread")]
async fn a_token_opens_the_socket_by_query_or_protocol() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    let by_query = Listener::open(&a, &format!("?access_token={}", alice.token), None).await;
    assert_eq!(by_query.unwrap().1, None);
    let (_, protocol) = Listener::open(&a, "?stream=user", Some(&alice.token)).await.unwrap();
    assert_eq!(protocol.unwrap(), alice.token.as_str(), "browsers drop the connection otherwise");
    // With a slash at the end, as some clients have it.
    let (_, _) =
        Listener::open(&a, &format!("/?access_token={}&stream=user", alice.token), None).await.unwrap();
    for (query, protocol) in [("", None), ("?access_token=wrong", None), ("?stream=user", Some("wrong"))] {
        let refused = Listener::open(&a, query, protocol).await.err();
        assert_eq!(refused, Some(StatusCode::UNAUTHORIZED), "{query} {protocol:?}");
    }
    let unknown = Listener::open(&a, &format!("?access_token={}&stream=odd", alice.token), None).await.err();
    assert!(unknown.is_some_and(|status| status.is_client_error()), "{unknown:?}");
    let writer = a.run(&["token", "create", "alice", "--scopes", "write"]).await;
    let writer = String::from_utf8(writer.stdout).unwrap();
    let query = format!("?access_token={}&stream=user", writer.trim());
    assert_eq!(Listener::open(&a, &query, None).await.err(), Some(StatusCode::FORBIDDEN));
    assert_eq!(a.client().get("/api/v1/streaming/health").await.text, "OK");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_tells_of_changed_filters_and_filters() {
    let a = Instance::start().await;
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    alice.follow(&bob.handle).await;
    assert!(alice.home().await.is_empty());
    let mut listener = Listener::to(&a, &alice, &[json!({ "stream": "user" })]).await;
    let form = json!({
        "title": "Animals", "context": ["home"], "keywords_attributes": [{ "keyword": "cats" }],
    });
    alice.client.post_json("/api/v2/filters", &form).await.ok();
    assert_eq!(listener.next().await.unwrap(), json!({ "stream": ["user"], "event": "filters_changed" }));
    bob.post("All about cats").await;
    let told = listener.until("update").await;
    assert_eq!(told[0].1["filtered"][0]["filter"]["title"], "Animals");

    // Who is in an exclusive list is not told of at home.
    let list =
        alice.client.post_json("/api/v1/lists", &json!({ "title": "Loud", "exclusive": true })).await.ok();
    let path = format!("/api/v1/lists/{}/accounts", list["id"].as_str().unwrap());
    alice.client.post_json(&path, &json!({ "account_ids": [bob.id] })).await.ok();
    bob.post("Not at home").await;
    let own = alice.post("My own").await;
    let told = listener.until("update").await;
    assert_eq!(told.last().unwrap().1["id"], own["id"], "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_home_stream_tells_of_posts_edits_deletions_and_notifications() {
    let a = Instance::start().await;
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    alice.follow(&bob.handle).await;
    // Clients read the timeline before they listen to it.
    assert!(alice.home().await.is_empty());
    let mut listener = Listener::to(&a, &alice, &[json!({ "stream": "user" })]).await;
    let status = bob.post("Hello live").await;
    let told = listener.next().await.unwrap();
    assert_eq!((&told["stream"], &told["event"]), (&json!(["user"]), &json!("update")));
    let payload: Value = serde_json::from_str(told["payload"].as_str().unwrap()).unwrap();
    assert_eq!((&payload["id"], &payload["content"]), (&status["id"], &status["content"]));
    bob.edit(&status, "Hello again").await;
    let heard = listener.until("status.update").await;
    assert!(contains(&heard, "Hello again"), "{heard:?}");
    let own = alice.post("By alice").await;
    assert_eq!(listener.until("update").await[0].1["id"], own["id"]);
    bob.favourite(&own).await;
    let heard = listener.until("notification").await;
    let news = &heard.last().unwrap().1;
    assert_eq!((&news["type"], &news["account"]["id"]), (&json!("favourite"), &json!(bob.id)));
    assert_eq!(news["status"]["id"], own["id"]);
    bob.delete(&status).await;
    let heard = listener.until("delete").await;
    assert_eq!(heard.last().unwrap().1.to_string(), status["id"].as_str().unwrap(), "{heard:?}");
    // Unsubscribed is silent: what comes next is the answer to a wrong command.
    listener.say(&json!({ "type": "unsubscribe", "stream": "user" })).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    bob.post("Not heard").await;
    alice.sees_at_home("Not heard").await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    listener.say(&json!({ "type": "subscribe", "stream": "no such stream" })).await;
    assert!(listener.next().await.unwrap()["error"].is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn edits_are_told_before_the_timeline_was_read() {
    let a = Instance::start().await;
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    alice.follow(&bob.handle).await;
    let mut listener = Listener::to(&a, &alice, &[json!({ "stream": "user" })]).await;
    let status = bob.post("Hello live").await;
    listener.until("update").await;
    bob.edit(&status, "Hello again").await;
    let heard = listener.until("status.update").await;
    assert!(contains(&heard, "Hello again"), "{heard:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_public_posts_are_on_public_streams() {
    let a = Instance::start().await;
    let (alice, bob, mallory) = tokio::join!(a.user("alice"), a.user("bob"), a.user("mallory"));
    let streams = ["public", "public:local", "user"].map(|name| json!({ "stream": name }));
    let tag = json!({ "stream": "hashtag", "tag": "Live" });
    let mut stranger = Listener::to(&a, &mallory, &[&streams[..], &[tag]].concat()).await;
    bob.follow(&alice.handle).await;
    let mut friend = Listener::to(&a, &bob, &streams[2..]).await;
    for visibility in ["private", "direct", "unlisted"] {
        alice.post_for(visibility, &format!("secret {visibility} #live")).await;
    }
    let root = alice.post("The root").await;
    alice.post("open to all #live").await;
    bob.reply(&root, "a reply").await;
    bob.reblog(&root).await;
    alice.post("the last one").await;
    let mut streams_of_open = Vec::new();
    loop {
        let told = stranger.next().await.unwrap();
        let payload = told["payload"].as_str().unwrap();
        assert!(!payload.contains("secret") && !payload.contains("a reply"), "{told}");
        assert_ne!(told["stream"][0], "user", "{told}");
        if payload.contains("open to all") {
            streams_of_open.push(told["stream"].clone());
        }
        if payload.contains("the last one") {
            break;
        }
    }
    streams_of_open.sort_by_key(Value::to_string);
    assert_eq!(streams_of_open, [json!(["hashtag", "Live"]), json!(["public"]), json!(["public:local"])]);
    let mut heard = Vec::new();
    while !contains(&heard, "the last one") {
        heard.extend(friend.until("update").await);
    }
    assert!(contains(&heard, "secret private") && contains(&heard, "secret unlisted"), "{heard:?}");
    assert!(!contains(&heard, "secret direct"), "{heard:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_blocked_are_not_heard() {
    let a = Instance::start().await;
    let (alice, bob, carol) = tokio::join!(a.user("alice"), a.user("bob"), a.user("carol"));
    for (who, verb) in [(&bob, "block"), (&carol, "mute")] {
        alice.act_on("accounts", &json!({ "id": who.id }), verb).await;
    }
    let streams = ["public", "user"].map(|name| json!({ "stream": name }));
    let mut listener = Listener::to(&a, &alice, &streams).await;
    bob.post("@alice by the blocked").await;
    carol.post("@alice by the muted").await;
    alice.post("by alice").await;
    let heard = listener.until("update").await;
    assert_eq!(heard.len(), 1, "{heard:?}");
    assert!(contains(&heard, "by alice"), "{heard:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_token_is_cut_off() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    let mut listener = Listener::to(&a, &alice, &[json!({ "stream": "user" })]).await;
    let mut events = sse(&alice, "user").await;
    let done = a.run(&["account", "set-password", "alice", "--password", "another long one"]).await;
    assert!(done.status.success());
    assert_eq!(listener.next().await, None, "the socket is closed");
    let closed =
        tokio::time::timeout(PATIENCE, async { while let Ok(Some(_)) = events.chunk().await {} }).await;
    closed.expect("the event stream is closed");
    let query = format!("?access_token={}", alice.token);
    assert_eq!(Listener::open(&a, &query, None).await.err(), Some(StatusCode::UNAUTHORIZED));
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_sent_without_a_socket_too() {
    let a = Instance::start().await;
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    alice.follow(&bob.handle).await;
    let mut events = sse(&alice, "user").await;
    let status = bob.post("Hello by event").await;
    let mut text = String::new();
    while !text.contains("\n\n") || !text.contains("event: update") {
        let chunk = events.chunk().await.unwrap().expect("the stream goes on");
        text.push_str(&String::from_utf8_lossy(&chunk));
    }
    let data = text.lines().find_map(|line| line.strip_prefix("data: ")).expect("data");
    let payload: Value = serde_json::from_str(data).unwrap();
    assert_eq!(payload["id"], status["id"]);
    for (path, code) in [("user", 401), ("public", 401)] {
        assert_eq!(
            a.client().get(&format!("/api/v1/streaming/{path}")).await.status.as_u16(),
            code,
            "{path}"
        );
    }
    assert_eq!(alice.client.get("/api/v1/streaming/odd").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_is_told_of_when_it_comes() {
    let (a, site) = (Instance::start().await, WebSite::start().await);
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    alice.follow(&bob.handle).await;
    assert!(alice.home().await.is_empty());
    let mut listener = Listener::to(&a, &alice, &[json!({ "stream": "user" })]).await;
    let late = WebPage::html("<title>A page</title>").after(Duration::from_millis(500));
    let status = bob.post(&site.put("/page", late)).await;
    let told = listener.until("status.update").await;
    let (_, update) = told.last().unwrap();
    assert_eq!((&update["id"], &update["card"]["title"]), (&status["id"], &json!("A page")));
}
