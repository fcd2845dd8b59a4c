//! Embedding elsewhere.

use http::{Method, StatusCode};
use serde_json::json;
use tests::{Answer, Instance};

async fn embed(a: &Instance, url: &str, more: &[(&str, &str)]) -> Answer {
    let nobody = a.client();
    nobody.send(nobody.request(Method::GET, "/api/oembed").query(&[("url", url)]).query(more)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn public_statuses_of_this_instance_can_be_embedded() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    alice.update(&json!({ "display_name": "<i>Alice</i>" })).await;
    let status = alice.post("Hello <b>world</b>").await;
    for url in [&status["url"], &status["uri"]] {
        let found = embed(&a, url.as_str().unwrap(), &[("format", "json"), ("maxwidth", "300")]).await.ok();
        assert_eq!((&found["type"], &found["version"]), (&json!("rich"), &json!("1.0")));
        assert_eq!((&found["author_name"], &found["width"]), (&json!("<i>Alice</i>"), &json!(300)));
        let html = found["html"].as_str().unwrap();
        assert!(html.contains("Hello &lt;b&gt;world") && html.contains("&lt;i&gt;Alice"), "{html}");
        assert!(!html.contains("<script") && !html.contains("<i>"), "{html}");
    }
    let warned = json!({ "status": "the end", "spoiler_text": "Spoiler <x>" });
    let warned = alice.publish(warned).await;
    let html = embed(&a, warned["url"].as_str().unwrap(), &[]).await.ok()["html"].to_string();
    assert!(html.contains("Spoiler &lt;x&gt;") && !html.contains("the end"), "{html}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_else_can() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    let url = |value: &serde_json::Value| value["url"].as_str().unwrap().to_owned();
    let (private, direct) = (alice.post_for("private", "x").await, alice.post_for("direct", "x").await);
    let gone = alice.post("gone").await;
    alice.delete(&gone).await;
    let elsewhere = "https://elsewhere.example/@alice/1".to_owned();
    let profile = format!("{}/@alice", a.url);
    for url in
        [url(&private), url(&direct), url(&gone), elsewhere, profile, String::new(), format!("{}/@/x", a.url)]
    {
        let answer = embed(&a, &url, &[]).await;
        assert_eq!(
            (answer.status, &answer.json()["error"]),
            (StatusCode::NOT_FOUND, &json!("Record not found")),
            "{url}"
        );
    }
    let open = alice.post("open").await;
    let xml = embed(&a, open["url"].as_str().unwrap(), &[("format", "xml")]).await;
    assert_eq!(xml.status, StatusCode::NOT_IMPLEMENTED);
}
