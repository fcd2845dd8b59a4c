//! Drafts, and statuses that stay here.

use http::{Method, StatusCode};
use serde_json::{Value, json};
use tests::{Answer, Instance, User};

const LIST: &str = "/api/v1/drafts";

async fn put(user: &User, path: &str, body: &Value) -> Answer {
    user.client.send(user.client.request(Method::PUT, path).json(body)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_kept_changed_and_thrown_away() {
    let a = Instance::start().await;
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    let part = reqwest::multipart::Part::bytes(crate::entities::PNG).file_name("a.png").mime_str("image/png");
    let form = reqwest::multipart::Form::new().part("file", part.unwrap());
    let upload = alice.client.request(Method::POST, "/api/v2/media").multipart(form);
    let media = alice.client.send(upload).await.ok();
    let body = json!({
        "status": "Half a thou", "media_ids": [media["id"]], "visibility": "private", "content_type": "text/markdown",
    });
    let made = alice.client.post_json(LIST, &body).await.ok();
    assert_eq!(
        (&made["params"]["text"], &made["params"]["visibility"]),
        (&json!("Half a thou"), &json!("private"))
    );
    assert_eq!(made["params"]["content_type"], "text/markdown");
    assert_eq!(made["media_attachments"][0]["id"], media["id"]);
    let path = format!("{LIST}/{}", made["id"].as_str().unwrap());
    assert_eq!(alice.client.get(&path).await.ok(), made);
    assert_eq!(alice.client.get(LIST).await.ok(), json!([made]));
    // It may be incomplete: nobody is asked anything yet.
    let changed = json!({ "status": "", "poll": { "options": ["only one"] } });
    let changed = put(&alice, &path, &changed).await.ok();
    assert_eq!(changed["params"]["poll"]["options"], json!(["only one"]));
    assert_eq!((&changed["params"]["media_ids"], &changed["media_attachments"]), (&Value::Null, &json!([])));

    for answer in [
        bob.client.get(&path).await,
        put(&bob, &path, &json!({ "status": "Mine" })).await,
        bob.client.delete(&path).await,
        alice.client.get(&format!("/api/v1/scheduled_statuses/{}", made["id"].as_str().unwrap())).await,
        alice.client.delete(&format!("/api/v1/scheduled_statuses/{}", made["id"].as_str().unwrap())).await,
    ] {
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
    }
    assert_eq!(bob.client.get(LIST).await.ok(), json!([]));
    assert_eq!(alice.client.get("/api/v1/scheduled_statuses").await.ok(), json!([]));
    for answer in [a.client().get(LIST).await, a.client().post_json(LIST, &json!({ "status": "x" })).await] {
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    }
    for body in [
        json!({ "status": "x".repeat(20_001) }),
        json!({ "status": "x", "media_ids": ["7"] }),
        json!({ "poll": { "options": ["a", "b", "c", "d", "e", "f", "g"] } }),
    ] {
        assert_eq!(
            alice.client.post_json(LIST, &body).await.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{body}"
        );
    }
    // What a draft holds can be published.
    let body = json!({ "status": "A thought", "media_ids": [media["id"]] });
    put(&alice, &path, &body).await.ok();
    let published = alice.publish(body).await;
    assert_eq!(published["media_attachments"][0]["id"], media["id"]);
    let left = alice.client.get(&path).await.ok();
    assert_eq!((&left["params"]["text"], &left["media_attachments"]), (&json!("A thought"), &json!([])));
    assert_eq!(alice.client.delete(&path).await.ok(), json!({}));
    assert_eq!(alice.client.delete(&path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(alice.client.get(LIST).await.ok(), json!([]));
    assert_eq!(published["id"], alice.status(&published["id"]).await.unwrap()["id"], "the post stays");
}

#[tokio::test(flavor = "multi_thread")]
async fn drafts_are_not_without_number() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    let fill = format!(
        "INSERT INTO drafts (account_id, params) SELECT {}, '{{}}' FROM generate_series(1, 300)",
        alice.id
    );
    a.database.execute(&fill).await;
    let refused = alice.client.post_json(LIST, &json!({ "status": "One more" })).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.json()["error"], "Validation failed: You have exceeded the limit of 300 drafts");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_local_only_is_for_those_who_live_here() {
    let a = Instance::start().await;
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    bob.follow(&alice.handle).await;
    for body in [
        json!({ "status": "Just us", "local_only": true }),
        json!({ "status": "Just us", "visibility": "local" }),
    ] {
        let status = alice.publish(body).await;
        assert_eq!((&status["local_only"], &status["visibility"]), (&json!(true), &json!("public")));
        let id = status["id"].as_str().unwrap();
        assert_eq!(bob.status(&status["id"]).await.unwrap()["local_only"], true);
        let nobody = a.client();
        for path in [
            format!("/api/v1/statuses/{id}"),
            format!("/api/v1/statuses/{id}/context"),
            format!("/users/alice/statuses/{id}"),
            format!("/users/alice/statuses/{id}/activity"),
            format!("/@alice/{id}"),
        ] {
            let request = nobody.request(Method::GET, &path).header("accept", "application/activity+json");
            assert_eq!(nobody.send(request).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        let reply = bob.reply(&status, "To us alone").await;
        assert_eq!(reply["local_only"], true, "what answers it stays here too");
        assert_eq!(bob.reblog(&status).await["local_only"], true);
        alice.act_on("statuses", &status, "pin").await;
    }
    bob.sees_at_home("Just us").await;
    let nobody = a.client();
    for path in ["/api/v1/timelines/public".to_owned(), format!("/api/v1/accounts/{}/statuses", alice.id)] {
        assert_eq!(nobody.get(&path).await.ok(), json!([]), "{path}");
        assert!(!bob.client.get(&path).await.ok().as_array().unwrap().is_empty(), "{path}");
    }
    for path in ["/users/alice/outbox?page=true", "/users/alice/collections/featured"] {
        let request = nobody.request(Method::GET, path).header("accept", "application/activity+json");
        assert_eq!(nobody.send(request).await.ok()["orderedItems"], json!([]), "{path}");
    }
    let open = alice.post("Everybody").await;
    assert!(open.get("local_only").is_none(), "{open}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_way_of_writing_is_kept_for_the_next_edit() {
    let a = Instance::start().await;
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    for (kind, source, shown) in [
        ("text/plain", "*a* <b>b</b>", "<p>*a* &lt;b&gt;b&lt;/b&gt;</p>"),
        ("text/markdown", "*a* <b>b</b>", "<p><em>a</em> &lt;b&gt;b&lt;/b&gt;</p>"),
        ("text/html", "<p>*a* <b>b</b><script>c</script></p>", "<p>*a* <b>b</b></p>"),
    ] {
        let status = alice.publish(json!({ "status": source, "content_type": kind })).await;
        assert_eq!(status["content"], shown, "{kind}");
        let path = format!("/api/v1/statuses/{}", status["id"].as_str().unwrap());
        let kept = alice.client.get(&format!("{path}/source")).await.ok();
        assert_eq!((&kept["text"], &kept["content_type"]), (&json!(source), &json!(kind)));
        let edited = put(&alice, &path, &json!({ "status": format!("{source} @bob") })).await.ok();
        assert_eq!(edited["mentions"][0]["username"], "bob", "{kind}: {edited}");
    }
    bob.is_notified("mention", "alice").await;
    let markup = format!("<p>{}</p>{}", "x".repeat(2000), "<b></b>".repeat(100));
    alice.publish(json!({ "status": markup, "content_type": "text/html" })).await;
    let refused = alice
        .client
        .post_json("/api/v1/statuses", &json!({ "status": "x", "content_type": "text/bbcode" }))
        .await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let empty = json!({ "status": "<p></p>", "content_type": "text/html" });
    assert_eq!(
        alice.client.post_json("/api/v1/statuses", &empty).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let kinds =
        a.client().get("/api/v2/instance").await.ok()["configuration"]["statuses"]["supported_mime_types"]
            .clone();
    assert_eq!(kinds, json!(["text/plain", "text/markdown", "text/html"]));
}
