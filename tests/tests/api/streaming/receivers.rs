//! Each channel and event over both transports, and who is told.

use http::StatusCode;
use serde_json::{Value, json};
use tests::{Instance, Remote, User};

use super::listener::{Events, Listener};

/// A person, with a socket and an event stream of the same channel.
struct Both {
    socket: Listener,
    events: Events,
}

impl Both {
    async fn of(instance: &Instance, user: &User, stream: &Value, path: &str) -> Self {
        let socket = Listener::to(instance, user, std::slice::from_ref(stream)).await;
        Self { socket, events: Events::open(user, path).await }
    }

    /// What is told next, which is the same on both.
    async fn next(&mut self) -> (Value, String, Value) {
        let told = self.socket.next().await.unwrap();
        let (event, data) = self.events.next().await.unwrap();
        assert_eq!((told["event"].as_str().unwrap(), told["payload"].as_str().unwrap()), (&*event, &*data));
        (told["stream"].clone(), event, serde_json::from_str(&data).unwrap())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_public_channel_tells_what_its_timeline_shows() {
    let (a, remote) = (Instance::start().await, Remote::start());
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    let carol = remote.actor("carol");
    let actor = carol.look_up(&bob.handle).await;
    let image = {
        let part = reqwest::multipart::Part::bytes(crate::media::PNG).file_name("a.png");
        let form = reqwest::multipart::Form::new().part("file", part.mime_str("image/png").unwrap());
        let upload = bob.client.request(http::Method::POST, "/api/v2/media").multipart(form);
        bob.client.send(upload).await.ok()["id"].clone()
    };
    let channels = [
        (json!({ "stream": "public" }), "public", vec!["here", "pictured", "there"]),
        (json!({ "stream": "public:media" }), "public?only_media=true", vec!["pictured"]),
        (json!({ "stream": "public:local" }), "public/local", vec!["here", "pictured"]),
        (json!({ "stream": "public:local:media" }), "public/local?only_media=true", vec!["pictured"]),
        (json!({ "stream": "public:remote" }), "public/remote", vec!["there"]),
        (json!({ "stream": "hashtag", "tag": "Cats" }), "hashtag?tag=Cats", vec!["pictured", "there"]),
        (json!({ "stream": "hashtag:local", "tag": "CATS" }), "hashtag/local?tag=cats", vec!["pictured"]),
    ];
    let dave = a.user("dave").await;
    let mut listeners = Vec::new();
    for (number, (stream, path, expected)) in channels.into_iter().enumerate() {
        // An account has ten places.
        let who = if number < 4 { &alice } else { &dave };
        listeners.push((Both::of(&a, who, &stream, path).await, stream, expected));
    }
    bob.post("here").await;
    bob.sees_at_home("here").await;
    bob.publish(json!({ "status": "pictured #cats", "media_ids": [image] })).await;
    bob.sees_at_home("pictured").await;
    let mut note = carol.note("there", &[actor["id"].as_str().unwrap()]);
    let tag = json!({ "type": "Hashtag", "name": "#cats", "href": "http://x.example/cats" });
    note["tag"].as_array_mut().unwrap().push(tag);
    carol.send(actor["inbox"].as_str().unwrap(), &carol.create(&note)).await;
    for (both, stream, expected) in &mut listeners {
        for text in expected {
            let (names, event, payload) = both.next().await;
            let mut own = vec![stream["stream"].clone()];
            own.extend(stream.get("tag").cloned());
            assert_eq!((names, &*event), (Value::Array(own), "update"));
            let content = payload["content"].as_str().unwrap();
            assert!(content.contains(*text), "{stream}: {content} instead of {text}");
            assert_eq!((&payload["favourited"], &payload["filtered"]), (&json!(false), &json!([])));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn conversations_and_notifications_have_streams_of_their_own() {
    let a = Instance::start().await;
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    let mut direct = Both::of(&a, &alice, &json!({ "stream": "direct" }), "direct").await;
    let alerts = json!({ "stream": "user:notification" });
    let mut alerts = Both::of(&a, &alice, &alerts, "user/notification").await;
    alice.hears_strangers().await;
    let status = bob.post_for("direct", "@alice between us").await;
    let (names, event, conversation) = direct.next().await;
    assert_eq!((names, &*event), (json!(["direct"]), "conversation"));
    assert_eq!((&conversation["unread"], &conversation["last_status"]["id"]), (&json!(true), &status["id"]));
    assert_eq!(conversation["accounts"][0]["id"], json!(bob.id));
    let (names, event, news) = alerts.next().await;
    assert_eq!((names, &*event), (json!(["user:notification"]), "notification"));
    assert_eq!((&news["type"], &news["status"]["id"]), (&json!("mention"), &status["id"]));
    // What one writes oneself is no news.
    let answer = json!({ "status": "@bob yes", "visibility": "direct", "in_reply_to_id": status["id"] });
    let answer = alice.publish(answer).await;
    bob.favourite(&answer).await;
    assert_eq!(alerts.next().await.2["type"], "favourite");
    let more = json!({ "status": "@alice and on", "visibility": "direct", "in_reply_to_id": answer["id"] });
    bob.publish(more).await;
    let (_, _, again) = direct.next().await;
    assert_eq!(again["id"], conversation["id"]);
    assert!(again["last_status"]["content"].as_str().unwrap().contains("and on"), "{again}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_viewer_did_with_a_status_is_in_its_own_copy() {
    let a = Instance::start().await;
    let (alice, bob, carol) = tokio::join!(a.user("alice"), a.user("bob"), a.user("carol"));
    alice.follow(&bob.handle).await;
    carol.follow(&bob.handle).await;
    let home = [json!({ "stream": "user" })];
    let mut listeners = Vec::new();
    for user in [&alice, &carol, &bob] {
        listeners.push(Listener::to(&a, user, &home).await);
    }
    let status = bob.post_for("private", "For followers").await;
    for (listener, own) in listeners.iter_mut().zip([false, false, true]) {
        let payload = &listener.until("update").await[0].1;
        assert_eq!(payload["id"], status["id"]);
        assert_eq!(
            (payload["application"].is_object(), payload["pinned"].is_boolean()),
            (own, own),
            "{payload}"
        );
    }
    alice.favourite(&status).await;
    bob.edit(&status, "For followers, edited").await;
    for (listener, favourited) in listeners.iter_mut().zip([true, false, false]) {
        let heard = listener.until("status.update").await;
        let payload = &heard.last().unwrap().1;
        assert_eq!(payload["favourited"], favourited, "{payload}");
        assert!(payload["content"].as_str().unwrap().contains("edited"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn own_votes_are_in_ones_own_copy() {
    let a = Instance::start().await;
    let (alice, bob, carol) = tokio::join!(a.user("alice"), a.user("bob"), a.user("carol"));
    let poll = json!({ "options": ["this", "that"], "expires_in": 600 });
    let status = alice.publish(json!({ "status": "Which?", "poll": poll })).await;
    let id = status["id"].as_str().unwrap();
    for (user, choice) in [(&bob, 1), (&carol, 0)] {
        let path = format!("/api/v1/polls/{id}/votes");
        user.client.post_json(&path, &json!({ "choices": [choice] })).await.ok();
    }
    bob.follow(&carol.handle).await;
    let dave = a.user("dave").await;
    dave.follow(&carol.handle).await;
    let home = [json!({ "stream": "user" })];
    let mut listeners = [
        Listener::to(&a, &bob, &home).await,
        Listener::to(&a, &dave, &home).await,
        Listener::to(&a, &carol, &home).await,
    ];
    carol.reblog(&status).await;
    for (listener, votes) in listeners.iter_mut().zip([json!([1]), json!([]), json!([0])]) {
        let heard = listener.until("update").await;
        let poll = &heard[0].1["reblog"]["poll"];
        assert_eq!((&poll["own_votes"], &poll["voted"]), (&votes, &json!(votes != json!([]))), "{poll}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn blocks_and_mutes_count_at_once() {
    let a = Instance::start().await;
    let (alice, bob, carol) = tokio::join!(a.user("alice"), a.user("bob"), a.user("carol"));
    for user in [&bob, &carol] {
        alice.follow(&user.handle).await;
    }
    let streams = ["user", "public"].map(|name| json!({ "stream": name }));
    let mut listener = Listener::to(&a, &alice, &streams).await;
    let mut hears = async |text: &str| {
        for _ in 0..2 {
            let heard = listener.until("update").await;
            assert_eq!(heard.len(), 1, "{heard:?}");
            let content = heard[0].1["content"].as_str().unwrap();
            assert!(content.contains(text), "{content} instead of {text}");
        }
    };
    bob.post("first").await;
    hears("first").await;
    alice.act_on("accounts", &json!({ "id": bob.id }), "mute").await;
    bob.post("muted").await;
    carol.post("second").await;
    hears("second").await;
    alice.act_on("accounts", &json!({ "id": bob.id }), "unmute").await;
    bob.post("third").await;
    hears("third").await;
    bob.act_on("accounts", &json!({ "id": alice.id }), "block").await;
    bob.post("not for alice").await;
    carol.post("fourth").await;
    hears("fourth").await;
    alice.act_on("accounts", &json!({ "id": carol.id }), "block").await;
    carol.post("from the blocked").await;
    alice.post("by alice").await;
    hears("by alice").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deletions_are_told_to_those_who_may_have_it_on_their_screens() {
    let a = Instance::start().await;
    let (alice, bob, carol) = tokio::join!(a.user("alice"), a.user("bob"), a.user("carol"));
    // Alice has it from bob, who reblogs; carol has nothing to do with it.
    alice.follow(&bob.handle).await;
    let home = [json!({ "stream": "user" })];
    let author = a.user("dave").await;
    let (mut has_it, mut stranger) =
        (Listener::to(&a, &alice, &home).await, Listener::to(&a, &carol, &home).await);
    let mut public = Listener::to(&a, &carol, &[json!({ "stream": "public" })]).await;
    let status = author.post("Soon gone").await;
    bob.reblog(&status).await;
    has_it.until("update").await;
    author.delete(&status).await;
    let heard = has_it.until("delete").await;
    assert_eq!(heard.last().unwrap().1.to_string(), status["id"].as_str().unwrap());
    assert_eq!(public.until("delete").await.len(), 2);
    let own = carol.post("By carol").await;
    let heard = stranger.until("update").await;
    assert_eq!((heard.len(), &heard[0].1["id"]), (1, &own["id"]), "{heard:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_of_others_are_not_found() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    let unknown = "/api/v1/streaming/list?list=4711";
    assert_eq!(alice.client.get(unknown).await.status, StatusCode::NOT_FOUND);
    assert_eq!(alice.client.get("/api/v1/streaming/list").await.status, StatusCode::BAD_REQUEST);
    let mut listener = Listener::to(&a, &alice, &[]).await;
    listener.say(&json!({ "type": "subscribe", "stream": "list", "list": "4711" })).await;
    assert_eq!(listener.next().await.unwrap(), json!({ "error": "Record not found", "status": 404 }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_tells_its_owner_of_its_members_even_if_it_is_exclusive() {
    let a = Instance::start().await;
    let (alice, bob, carol) = tokio::join!(a.user("alice"), a.user("bob"), a.user("carol"));
    for who in [&bob, &carol] {
        alice.follow(&who.handle).await;
    }
    let list =
        alice.client.post_json("/api/v1/lists", &json!({ "title": "Loud", "exclusive": true })).await.ok();
    let id = list["id"].as_str().unwrap();
    let members = json!({ "account_ids": [bob.id] });
    alice.client.post_json(&format!("/api/v1/lists/{id}/accounts"), &members).await.ok();
    let stream = json!({ "stream": "list", "list": id });
    let mut thief = Listener::to(&a, &bob, &[]).await;
    thief.say(&json!({ "type": "subscribe", "stream": "list", "list": id })).await;
    assert_eq!(thief.next().await.unwrap()["status"], 404);
    let mut home = Listener::to(&a, &alice, &[json!({ "stream": "user" })]).await;
    let mut listener = Listener::to(&a, &alice, &[stream]).await;

    carol.post("By somebody who is no member").await;
    let status = bob.post_for("private", "For followers").await;
    let told = listener.next().await.unwrap();
    assert_eq!((&told["stream"], &told["event"]), (&json!(["list", id]), &json!("update")));
    let payload: Value = serde_json::from_str(told["payload"].as_str().unwrap()).unwrap();
    assert_eq!(payload["id"], status["id"]);
    bob.post_for("direct", "@carol a secret").await;
    bob.edit(&status, "For all followers").await;
    let told = listener.until("status.update").await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0].1["content"], "<p>For all followers</p>");
    bob.delete(&status).await;
    let told = listener.until("delete").await;
    assert_eq!(told.last().unwrap().1.to_string(), status["id"].as_str().unwrap());
    let own = alice.post("My own").await;
    let heard: Vec<Value> = home
        .until("delete")
        .await
        .into_iter()
        .chain(home.until("update").await)
        .filter(|(event, _)| event == "update")
        .map(|(_, payload)| payload["account"]["username"].clone())
        .collect();
    assert_eq!(heard, ["carol", "alice"], "{own}");
}
