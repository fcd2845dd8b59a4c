//! Emoji below statuses, between servers.

use http::StatusCode;
use serde_json::{Value, json};
use tests::{Instance, Remote, User, eventually};

/// The names and counts below a status, once there are so many.
async fn shown(user: &User, status: &Value, count: usize) -> Vec<(String, i64)> {
    eventually(&format!("there are {count} reactions"), async || {
        let status = user.status(&status["id"]).await?;
        let all = status["reactions"].as_array()?.iter();
        let all: Vec<(String, i64)> = all
            .map(|one| (one["name"].as_str().unwrap().to_owned(), one["count"].as_i64().unwrap()))
            .collect();
        (all.len() == count).then_some(all)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn reactions_travel_between_instances() {
    let [a, b] = Instance::start_many().await;
    let (alice, bob) = tokio::join!(a.user("alice"), b.user("bob"));
    bob.follow(&alice.handle).await;
    let status = alice.post("React to this").await;
    let seen = bob.sees_at_home("React to this").await;
    b.database
        .execute(
            "INSERT INTO custom_emojis (shortcode, image_key) \
             VALUES ('blobcat', 'emojis/ab/cd/abcd0123456789abcdef0123456789ab.png')",
        )
        .await;
    let id = seen["id"].as_str().unwrap();
    for emoji in ["%F0%9F%94%A5", "blobcat"] {
        bob.client.post_json(&format!("/api/v1/statuses/{id}/react/{emoji}"), &json!({})).await.ok();
    }
    let custom = format!("blobcat@{}", b.domain);
    let mut there = shown(&alice, &status, 2).await;
    there.sort();
    assert_eq!(there, [(custom.clone(), 1), ("🔥".to_owned(), 1)]);
    let full = alice.status(&status["id"]).await.unwrap();
    let picture = full["reactions"].as_array().unwrap().iter().find(|one| one["name"] == custom.as_str());
    assert!(picture.unwrap()["url"].as_str().unwrap().starts_with(&b.url), "{full}");
    assert_eq!(full["favourites_count"], 0);
    // Others here may join in.
    let path = format!("/api/v1/pleroma/statuses/{}/reactions/{custom}", status["id"].as_str().unwrap());
    let joined = alice.client.send(alice.client.request(http::Method::PUT, &path)).await.ok();
    assert!(joined["reactions"].as_array().unwrap().iter().any(|one| one["count"] == 2), "{joined}");
    // Taken back there, it goes here.
    bob.client.post_json(&format!("/api/v1/statuses/{id}/unreact/%F0%9F%94%A5"), &json!({})).await.ok();
    assert_eq!(shown(&alice, &status, 1).await, [(custom, 2)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn all_dialects_are_understood() {
    let (a, remote) = (Instance::start().await, Remote::start());
    let alice = a.user("alice").await;
    let carol = remote.actor("carol");
    let actor = carol.look_up(&alice.handle).await;
    let inbox = actor["inbox"].as_str().unwrap().to_owned();
    let status = alice.post("React to this").await;
    let object = status["uri"].clone();
    let tag = json!([{
        "type": "Emoji", "id": null, "name": ":blob:",
        "icon": { "type": "Image", "url": format!("http://{}/blob.png", remote.domain) },
    }]);
    let send = async |kind: &str, with: Value| {
        let mut activity = carol.does(kind, object.clone());
        for (name, value) in with.as_object().unwrap() {
            activity[name] = value.clone();
        }
        let answer = carol.send(&inbox, &activity).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text);
        activity
    };
    let pleroma = send("EmojiReact", json!({ "content": "🔥" })).await;
    let misskey =
        send("Like", json!({ "content": ":blob:", "_misskey_reaction": ":blob:", "tag": tag })).await;
    let old = send("Like", json!({ "_misskey_reaction": "pudding" })).await;
    for garbage in [json!("<script>"), json!(7), json!(""), json!(":unknown:")] {
        send("EmojiReact", json!({ "content": garbage })).await;
    }
    let blob = format!("blob@{}", carol_host(&status, &alice, &a).await);
    let mut found: Vec<String> = shown(&alice, &status, 3).await.into_iter().map(|(name, _)| name).collect();
    found.sort();
    assert_eq!(found, [blob, "🍮".to_owned(), "🔥".to_owned()]);
    // Without an emoji it is a favourite, and nothing else.
    send("Like", json!({ "content": "no emoji" })).await;
    eventually("it is favourited", async || {
        (alice.status(&status["id"]).await?["favourites_count"] == 1).then_some(())
    })
    .await;
    // Undone with the whole activity, or by its id.
    carol.send(&inbox, &carol.does("Undo", pleroma)).await;
    carol.send(&inbox, &carol.does("Undo", old["id"].clone())).await;
    assert_eq!(shown(&alice, &status, 1).await.len(), 1);
    carol.send(&inbox, &carol.does("Undo", misskey)).await;
    assert_eq!(shown(&alice, &status, 0).await, []);
    let after = alice.status(&status["id"]).await.unwrap();
    assert_eq!(after["favourites_count"], 1, "the favourite is another thing");
}

/// The host under which the remote server's emoji are known here.
async fn carol_host(status: &Value, alice: &User, a: &Instance) -> String {
    shown(alice, status, 3).await;
    let rows = a.database.query("SELECT domain FROM status_reactions WHERE domain <> ''", &[]).await;
    rows[0].get(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn ours_are_likes_with_an_emoji() {
    let (a, remote) = (Instance::start().await, Remote::start());
    let alice = a.user("alice").await;
    let carol = remote.actor("carol");
    let actor = carol.look_up(&alice.handle).await;
    let note = carol.note("hello", &[actor["id"].as_str().unwrap()]);
    carol.send(actor["inbox"].as_str().unwrap(), &carol.create(&note)).await;
    alice.is_notified("mention", "carol").await;
    let status = alice.find_status(note["id"].as_str().unwrap()).await.unwrap();
    let path = format!("/api/v1/statuses/{}", status["id"].as_str().unwrap());
    alice.client.post_json(&format!("{path}/react/%F0%9F%94%A5"), &json!({})).await.ok();
    let like = remote.receives("Like", 1).await.remove(0).activity;
    assert_eq!((&like["content"], &like["_misskey_reaction"]), (&json!("🔥"), &json!("🔥")));
    assert_eq!(like["object"], note["id"]);
    alice.client.post_json(&format!("{path}/unreact/%F0%9F%94%A5"), &json!({})).await.ok();
    let undo = remote.receives("Undo", 1).await.remove(0).activity;
    assert_eq!((&undo["object"]["id"], &undo["object"]["content"]), (&like["id"], &json!("🔥")));
}
