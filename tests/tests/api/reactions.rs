//! Emoji below statuses.

use http::{Method, StatusCode};
use serde_json::{Value, json};
use tests::{Answer, Instance, User, eventually};

/// `PUT` or `DELETE` of an emoji as Pleroma's clients send it.
async fn ask(user: &User, method: Method, status: &Value, emoji: &str) -> Answer {
    let emoji: String =
        emoji.bytes().flat_map(|byte| format!("%{byte:02X}").into_bytes()).map(char::from).collect();
    let id = status["id"].as_str().unwrap();
    let path = format!("/api/v1/pleroma/statuses/{id}/reactions/{emoji}");
    user.client.send(user.client.request(method, &path)).await
}

async fn react(user: &User, status: &Value, emoji: &str) -> Value {
    ask(user, Method::PUT, status, emoji).await.ok()
}

/// The names, with how many reacted and whether the viewer did.
fn shown(status: &Value) -> Vec<(String, i64, bool)> {
    assert_eq!(status["reactions"], status["pleroma"]["emoji_reactions"]);
    let all = status["reactions"].as_array().unwrap().iter();
    all.map(|one| {
        let name = one["name"].as_str().unwrap().to_owned();
        (name, one["count"].as_i64().unwrap(), one["me"].as_bool().unwrap())
    })
    .collect()
}

fn heart(count: i64, me: bool) -> (String, i64, bool) {
    ("❤\u{fe0f}".to_owned(), count, me)
}

#[tokio::test(flavor = "multi_thread")]
async fn people_react_and_take_it_back() {
    let a = Instance::start().await;
    let (alice, bob, carol) = tokio::join!(a.user("alice"), a.user("bob"), a.user("carol"));
    a.database
        .execute(
            "INSERT INTO custom_emojis (shortcode, image_key) \
             VALUES ('blobcat', 'emojis/ab/cd/abcd0123456789abcdef0123456789ab.png')",
        )
        .await;
    let status = alice.post("React to this").await;
    assert_eq!(shown(&status), []);
    // With or without the variation selector it is one emoji; twice is once.
    assert_eq!(shown(&react(&bob, &status, "❤").await), [heart(1, true)]);
    assert_eq!(shown(&react(&bob, &status, "❤\u{fe0f}").await), [heart(1, true)]);
    assert_eq!(shown(&react(&carol, &status, "❤").await), [heart(2, true)]);
    let glitch = format!("/api/v1/statuses/{}/react/blobcat", status["id"].as_str().unwrap());
    let seen = carol.client.post_json(&glitch, &json!({})).await.ok();
    assert_eq!(shown(&seen), [heart(2, true), ("blobcat".to_owned(), 1, true)]);
    assert!(seen["reactions"][1]["url"].as_str().unwrap().contains("/emojis/ab/cd/"), "{seen}");
    let seen = alice.status(&status["id"]).await.unwrap();
    assert_eq!(shown(&seen), [heart(2, false), ("blobcat".to_owned(), 1, false)]);
    let anonymous =
        a.client().get(&format!("/api/v1/statuses/{}", status["id"].as_str().unwrap())).await.ok();
    assert_eq!(shown(&anonymous)[0], heart(2, false));

    // Who it was.
    let path = format!("/api/v1/pleroma/statuses/{}/reactions", status["id"].as_str().unwrap());
    let names = |list: &Value, at: usize| -> Vec<String> {
        let accounts = list[at]["accounts"].as_array().unwrap().iter();
        accounts.map(|account| account["username"].as_str().unwrap().to_owned()).collect()
    };
    let list = a.client().get(&path).await.ok();
    assert_eq!(
        (names(&list, 0), names(&list, 1)),
        (vec!["bob".to_owned(), "carol".to_owned()], vec!["carol".to_owned()])
    );
    let one = a.client().get(&format!("{path}/blobcat")).await.ok();
    assert_eq!((one.as_array().unwrap().len(), &one[0]["name"]), (1, &json!("blobcat")));
    alice.act_on("accounts", &json!({ "id": bob.id }), "mute").await;
    assert_eq!(names(&alice.client.get(&path).await.ok(), 0), ["carol"]);

    // Its author is told, who asks for it.
    let told = async || alice.client.get("/api/v1/notifications?types[]=pleroma:emoji_reaction").await.ok();
    let told = eventually("alice is told", async || {
        let list = told().await;
        list[0].is_object().then_some(list)
    })
    .await;
    assert_eq!((&told[0]["type"], &told[0]["emoji"]), (&json!("pleroma:emoji_reaction"), &json!("blobcat")));
    assert!(told[0]["emoji_url"].as_str().unwrap().contains("/emojis/ab/cd/"));
    assert_eq!(told[0]["account"]["username"], "carol");
    assert!(alice.notifications().await.iter().all(|news| news["type"] != "pleroma:emoji_reaction"));

    // Back.
    let back = ask(&bob, Method::DELETE, &status, "❤").await.ok();
    assert_eq!(shown(&back)[0], heart(1, false));
    ask(&bob, Method::DELETE, &status, "❤").await.ok();
    let glitch = format!("/api/v1/statuses/{}/unreact/blobcat", status["id"].as_str().unwrap());
    carol.client.post_json(&glitch, &json!({})).await.ok();
    ask(&carol, Method::DELETE, &status, "❤").await.ok();
    assert_eq!(shown(&alice.status(&status["id"]).await.unwrap()), []);
    eventually("nothing is told any more", async || {
        let list = alice.client.get("/api/v1/notifications?types[]=pleroma:emoji_reaction").await.ok();
        (list == json!([])).then_some(())
    })
    .await;
    alice.delete(&status).await;
    let features = a.client().get("/api/v1/instance").await.ok()["pleroma"]["metadata"]["features"].clone();
    assert!(features.as_array().unwrap().contains(&json!("pleroma_emoji_reactions")));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_and_what_is_no_emoji() {
    let a = Instance::start().await;
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    let (open, secret) = tokio::join!(alice.post("open"), alice.post_for("private", "secret"));
    for emoji in ["x", "nonsense", "blobcat@remote.example", "🔥🔥", &"x".repeat(400)] {
        let answer = ask(&bob, Method::PUT, &open, emoji).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{emoji}");
        assert_eq!(answer.json()["error"], "Validation failed: Name is not a recognized emoji");
    }
    assert_eq!(ask(&bob, Method::PUT, &open, "a\0b").await.status, StatusCode::NOT_FOUND);
    assert_eq!(ask(&bob, Method::PUT, &secret, "🔥").await.status, StatusCode::NOT_FOUND);
    let path = format!("/api/v1/pleroma/statuses/{}/reactions", secret["id"].as_str().unwrap());
    assert_eq!(bob.client.get(&path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(ask(&bob, Method::PUT, &json!({ "id": "1" }), "🔥").await.status, StatusCode::NOT_FOUND);
    assert_eq!(ask(&bob, Method::PUT, &json!({ "id": "x" }), "🔥").await.status, StatusCode::NOT_FOUND);
    let nobody = a.client().request(Method::PUT, &format!("{path}/x"));
    assert_eq!(a.client().send(nobody).await.status, StatusCode::UNAUTHORIZED);
    let token = a.run(&["token", "create", "bob", "--scopes", "read"]).await;
    let reader = a.client().with_token(String::from_utf8(token.stdout).unwrap().trim());
    let refused = reader.send(reader.request(Method::PUT, &format!("{path}/x"))).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    // Only so many by one.
    let all = ["🔥", "🎉", "👍", "👎", "😀", "😁", "😂", "😃", "😄"];
    for emoji in &all[..8] {
        react(&bob, &open, emoji).await;
    }
    let ninth = ask(&bob, Method::PUT, &open, all[8]).await;
    assert_eq!(ninth.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(shown(&bob.status(&open["id"]).await.unwrap()).len(), 8);
    // Whom its author blocks may not.
    alice.act_on("accounts", &json!({ "id": bob.id }), "block").await;
    assert_eq!(ask(&bob, Method::PUT, &open, "🔥").await.status, StatusCode::NOT_FOUND);
}
