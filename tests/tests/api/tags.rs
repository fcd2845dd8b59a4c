//! Hashtags: following them, showing them on profiles, and what is counted of them.

use http::{Method, StatusCode};
use serde_json::{Value, json};
use tests::{Instance, Options, User, eventually, never};

async fn on_tag(user: &User, tag: &str, verb: &str) -> Value {
    user.client.post_json(&format!("/api/v1/tags/{tag}/{verb}"), &json!({})).await.ok()
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|tag| tag["name"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_followed_tag_comes_home() {
    let a = Instance::start().await;
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    bob.post("before, about #Tea").await;
    assert!(!alice.has_at_home("before").await);
    let tag = on_tag(&alice, "tEA", "follow").await;
    assert_eq!(
        (&tag["name"], &tag["following"], &tag["featuring"]),
        (&json!("tea"), &json!(true), &json!(false))
    );
    // Both from what there was and from what comes.
    alice.sees_at_home("before").await;
    bob.post("after, about #tea and #tea").await;
    alice.sees_at_home("after").await;
    // Only what is for everybody.
    bob.post_for("unlisted", "unlisted #tea").await;
    bob.post_for("private", "private #tea").await;
    bob.post("about #coffee").await;
    bob.post("the last #tea").await;
    alice.sees_at_home("the last").await;
    for text in ["unlisted", "private", "coffee"] {
        assert!(!alice.has_at_home(text).await, "{text}");
    }
    let home = alice.home().await;
    let unique: std::collections::HashSet<_> = home.iter().map(|status| status["id"].as_str()).collect();
    assert_eq!(unique.len(), home.len(), "nothing is there twice");
    // Not by somebody one mutes.
    alice.act_on("accounts", &json!({ "id": bob.id }), "mute").await;
    assert!(!alice.has_at_home("the last").await);
    alice.act_on("accounts", &json!({ "id": bob.id }), "unmute").await;
    alice.sees_at_home("the last").await;
    assert_eq!(on_tag(&alice, "tea", "unfollow").await["following"], false);
    eventually("it is gone from home", async || (!alice.has_at_home("the last").await).then_some(())).await;
    let late = bob.post("too late for #tea").await;
    never("it comes home", async || alice.home().await.iter().any(|status| status["id"] == late["id"])).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn followed_authors_and_tags_make_one_feed() {
    let a = Instance::start().await;
    let (alice, bob, carol) = tokio::join!(a.user("alice"), a.user("bob"), a.user("carol"));
    alice.follow(&bob.handle).await;
    on_tag(&alice, "one", "follow").await;
    on_tag(&alice, "two", "follow").await;
    let mut expected = Vec::new();
    for n in 0..6 {
        let author = if n % 2 == 0 { &bob } else { &carol };
        expected.insert(0, author.post(&format!("number {n} #one #two")).await["id"].clone());
    }
    alice.sees_at_home("number 5").await;
    // Pushed into the hot copy, and built anew.
    for round in ["hot", "cold"] {
        let ids: Vec<Value> = alice.home().await.iter().map(|status| status["id"].clone()).collect();
        assert_eq!(ids, expected, "{round}");
        let short = alice.client.get("/api/v1/timelines/home?limit=2").await.ok();
        assert_eq!((&short[0]["id"], &short[1]["id"]), (&expected[0], &expected[1]), "{round}");
        on_tag(&alice, "three", "follow").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn followed_tags_are_listed_and_bounded() {
    let options =
        Options { settings: vec![("STOA_LIMITS__MAX_FOLLOWED_TAGS", "3".to_owned())], ..Options::default() };
    let a = Instance::start_with(options).await;
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    for tag in ["one", "two", "two", "three"] {
        on_tag(&alice, tag, "follow").await;
    }
    let full = alice.client.post_json("/api/v1/tags/four/follow", &json!({})).await;
    assert_eq!(full.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", full.text);
    let page = alice.client.get("/api/v1/followed_tags?limit=2").await;
    assert_eq!(names(&page.ok()), ["three", "two"]);
    assert!(page.json().as_array().unwrap().iter().all(|tag| tag["following"] == true));
    let link = page.headers["link"].to_str().unwrap().to_owned();
    let next = link.strip_prefix('<').unwrap().split_once('>').unwrap().0;
    let next = alice.client.get(next.strip_prefix(&a.url).unwrap()).await.ok();
    assert_eq!(names(&next), ["one"]);
    assert_eq!(bob.client.get("/api/v1/followed_tags").await.ok(), json!([]));
    // What can be no tag, and who may not.
    for verb in ["follow", "feature"] {
        let bad = alice.client.post_json(&format!("/api/v1/tags/no%20tag/{verb}"), &json!({})).await;
        assert_eq!(bad.status, StatusCode::NOT_FOUND, "{}", bad.text);
        let nobody = a.client().post_json(&format!("/api/v1/tags/one/{verb}"), &json!({})).await;
        assert_eq!(nobody.status, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(a.client().get("/api/v1/followed_tags").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(a.client().get("/api/v1/tags/one").await.ok().get("following"), None);
    assert_eq!(alice.client.get("/api/v1/tags/one").await.ok()["following"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn tags_stand_on_profiles() {
    let a = Instance::start().await;
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    alice.post("#Tea and #cake").await;
    alice.post("more #tea").await;
    alice.post_for("private", "secret #tea").await;
    let suggested = alice.client.get("/api/v1/featured_tags/suggestions").await.ok();
    assert_eq!(names(&suggested), ["tea", "cake"]);
    let made = alice.client.post_json("/api/v1/featured_tags", &json!({ "name": "#Tea" })).await.ok();
    assert_eq!((&made["name"], &made["statuses_count"]), (&json!("Tea"), &json!("2")));
    assert_eq!(made["url"], format!("{}/@alice/tagged/tea", a.url));
    assert_eq!(made["last_status_at"].as_str().unwrap().len(), 10);
    assert_eq!(on_tag(&alice, "cake", "feature").await["featuring"], true);
    assert_eq!(names(&alice.client.get("/api/v1/featured_tags/suggestions").await.ok()), Vec::<&str>::new());
    let path = format!("/api/v1/accounts/{}/featured_tags", alice.id);
    for client in [&bob.client, &a.client(), &alice.client] {
        assert_eq!(names(&client.get(&path).await.ok()), ["Tea", "cake"]);
    }
    // Other servers see it, too, and the link leads to a page.
    let request = a.client().request(Method::GET, "/users/alice/collections/tags");
    let collection = a.client().send(request.header("accept", "application/activity+json")).await.ok();
    assert_eq!(collection["items"][0]["name"], "#Tea", "{collection}");
    let page = a.client().get("/@alice/tagged/tea").await;
    assert!(page.text.contains("more") && !page.text.contains("secret"), "{}", page.text);
    // Gone by its number, which is nobody else's business.
    let row = format!("/api/v1/featured_tags/{}", made["id"].as_str().unwrap());
    assert_eq!(bob.client.delete(&row).await.status, StatusCode::NOT_FOUND);
    assert_eq!(alice.client.delete(&row).await.ok(), json!({}));
    assert_eq!(alice.client.delete(&row).await.status, StatusCode::NOT_FOUND);
    assert_eq!(on_tag(&alice, "cake", "unfeature").await["featuring"], false);
    assert_eq!(alice.client.get("/api/v1/featured_tags").await.ok(), json!([]));
    for name in ["", "no tag", "123"] {
        let bad = alice.client.post_json("/api/v1/featured_tags", &json!({ "name": name })).await;
        assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY, "{name:?}");
        assert_eq!(bad.json()["error"], "Validation failed: Tag is invalid");
    }
    for n in 0..10 {
        on_tag(&alice, &format!("tag{n}"), "feature").await;
    }
    let full = alice.client.post_json("/api/v1/tags/toomuch/feature", &json!({})).await;
    assert_eq!(full.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", full.text);
    let anonymous = a.client().request(Method::POST, "/api/v1/featured_tags").json(&json!({ "name": "x" }));
    assert_eq!(a.client().send(anonymous).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_use_of_a_week_is_counted() {
    let a = Instance::start().await;
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    for user in [&alice, &alice, &bob] {
        user.post("some #counted").await;
    }
    alice.post_for("unlisted", "not #counted").await;
    let tag = a.client().get("/api/v1/tags/counted").await.ok();
    let history = tag["history"].as_array().unwrap();
    assert_eq!(history.len(), 7);
    assert_eq!((&history[0]["uses"], &history[0]["accounts"]), (&json!("3"), &json!("2")));
    assert_eq!(history[1]["uses"], "0");
    assert_ne!(tag["id"], "0");
}
