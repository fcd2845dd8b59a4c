//! What somebody says of the own profile beyond its texts: links that are verified, tabs, websites, defaults.

use http::{Method, StatusCode};
use serde_json::{Value, json};
use tests::{Instance, User, eventually, never};

async fn patch(user: &User, path: &str, body: &Value) -> tests::Answer {
    user.client.send(user.client.request(Method::PATCH, path).json(body)).await
}

fn website(value: &str) -> Value {
    json!({ "fields_attributes": [{ "name": "Web", "value": value }] })
}

async fn field(user: &User) -> Value {
    user.client.get("/api/v1/accounts/verify_credentials").await.ok()["fields"][0].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_links_back_is_verified() {
    let [a, b] = Instance::start_many().await;
    let (alice, bob, _) = tokio::join!(a.user("alice"), b.user("bob"), b.user("carol"));
    // Bob's page is Alice's other home, and says so; Carol's does not.
    let alices_page = format!("{}/@alice", a.url);
    bob.update(&website(&alices_page)).await;
    let page = b.client().get("/@bob").await.text;
    assert!(page.contains("rel=\"me nofollow noopener noreferrer\""), "{page}");
    alice.update(&website(&format!("{}/@carol", b.url))).await;
    never("it is verified", async || field(&alice).await["verified_at"].is_string()).await;
    alice.update(&website(&format!("{}/@bob", b.url))).await;
    let verified = eventually("the link is verified", async || {
        let field = field(&alice).await;
        field["verified_at"].is_string().then_some(field["verified_at"].clone())
    })
    .await;
    let shown = a.client().get(&format!("/api/v1/accounts/{}", alice.id)).await.ok();
    assert_eq!(shown["fields"][0]["verified_at"], verified);
    assert!(a.client().get("/@alice").await.text.contains("verified"));
    // What stays is verified still, what is new is not.
    alice.update(&website(&format!("{}/@bob", b.url))).await;
    assert_eq!(field(&alice).await["verified_at"], verified);
    alice.update(&website(&format!("{}/@carol", b.url))).await;
    assert_eq!(field(&alice).await["verified_at"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn tabs_websites_and_defaults_are_kept() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    let profile = "/api/v1/profile";
    let me = alice.client.get(profile).await.ok();
    assert_eq!((&me["show_media"], &me["show_featured"]), (&json!(true), &json!(true)));
    assert_eq!(me["attribution_domains"], json!([]));
    let changes = json!({
        "show_media": false, "show_media_replies": "0", "avatar_description": "A face",
        "attribution_domains": ["https://Blog.example/", "news.example"],
    });
    let me = patch(&alice, profile, &changes).await.ok();
    assert_eq!((&me["show_media"], &me["show_media_replies"]), (&json!(false), &json!(false)));
    assert_eq!((&me["show_featured"], &me["avatar_description"]), (&json!(true), &json!("A face")));
    assert_eq!(me["attribution_domains"], json!(["blog.example", "news.example"]));
    let me = patch(&alice, profile, &json!({ "show_media": true })).await.ok();
    assert_eq!((&me["show_media"], &me["show_media_replies"]), (&json!(true), &json!(false)));
    let seen = a.client().get(&format!("/api/v1/accounts/{}", alice.id)).await.ok();
    assert_eq!((&seen["show_media"], &seen["show_media_replies"]), (&json!(true), &json!(false)));
    let credentials = "/api/v1/accounts/update_credentials";
    let me = patch(&alice, credentials, &json!({ "source": { "quote_policy": "followers" } })).await.ok();
    assert_eq!(me["source"]["quote_policy"], "followers");
    assert_eq!(me["source"]["attribution_domains"], json!(["blog.example", "news.example"]));
    let preferences = alice.client.get("/api/v1/preferences").await.ok();
    assert_eq!(preferences["posting:default:quote_policy"], "followers");
    let me = patch(&alice, credentials, &json!({ "attribution_domains": [] })).await.ok();
    assert_eq!(me["source"]["attribution_domains"], json!([]));
    for (what, error) in [
        (
            json!({ "source": { "quote_policy": "friends" } }),
            "Quote policy must be public, followers or nobody",
        ),
        (json!({ "attribution_domains": ["no host"] }), "Attribution domains must be valid domain names"),
        (website(&"x".repeat(256)), "Field value is too long (maximum is 255 characters)"),
        (
            json!({ "header_description": "x".repeat(1501) }),
            "Header description is too long (maximum is 1500 characters)",
        ),
    ] {
        let answer = patch(&alice, credentials, &what).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.text);
        assert_eq!(answer.json()["error"], format!("Validation failed: {error}"));
    }
    let nobody = a.client().request(Method::PATCH, profile).json(&changes);
    assert_eq!(a.client().send(nobody).await.status, StatusCode::UNAUTHORIZED);
}
