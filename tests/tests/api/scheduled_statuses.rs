//! Statuses with a time: put aside, changed, taken back, and published once.

use chrono::{DateTime, Duration, SecondsFormat, Utc};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use tests::{Answer, Instance, Options, User, eventually, never};

const LIST: &str = "/api/v1/scheduled_statuses";

fn text(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn later(minutes: i64) -> String {
    text(Utc::now() + Duration::minutes(minutes))
}

async fn schedule(user: &User, body: Value) -> Answer {
    user.client.post_json("/api/v1/statuses", &body).await
}

fn path(scheduled: &Value) -> String {
    format!("{LIST}/{}", scheduled["id"].as_str().unwrap())
}

async fn put(user: &User, path: &str, body: &Value) -> Answer {
    user.client.send(user.client.request(Method::PUT, path).json(body)).await
}

/// Lets the time of everything scheduled come.
async fn all_due(a: &Instance) {
    a.database.execute("UPDATE drafts SET scheduled_at = now() WHERE scheduled_at IS NOT NULL").await;
    a.retry_now().await;
}

async fn upload(user: &User) -> Value {
    let part = reqwest::multipart::Part::bytes(crate::entities::PNG).file_name("a.png").mime_str("image/png");
    let form = reqwest::multipart::Form::new().part("file", part.unwrap());
    user.client.send(user.client.request(Method::POST, "/api/v2/media").multipart(form)).await.ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_shown_changed_and_taken_back() {
    let a = Instance::start().await;
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    let at = later(60);
    let made = schedule(
        &alice,
        json!({
            "status": "Later", "scheduled_at": at, "spoiler_text": "Careful", "visibility": "unlisted", "language": "en",
            "poll": { "options": ["a", "b"], "expires_in": 300 },
        }),
    )
    .await
    .ok();
    assert_eq!(made["scheduled_at"], at);
    let params = &made["params"];
    assert_eq!((&params["text"], &params["visibility"]), (&json!("Later"), &json!("unlisted")));
    assert_eq!((&params["spoiler_text"], &params["sensitive"]), (&json!("Careful"), &json!(false)));
    assert_eq!(params["poll"]["options"], json!(["a", "b"]));
    assert_eq!((&params["media_ids"], &made["media_attachments"]), (&Value::Null, &json!([])));
    crate::entities::check("ScheduledStatus", &made);

    let second = schedule(&alice, json!({ "status": "Even later", "scheduled_at": later(90) })).await.ok();
    let list = alice.client.get(&format!("{LIST}?limit=1")).await;
    assert_eq!(list.ok()[0]["id"], second["id"]);
    assert!(list.headers[http::header::LINK].to_str().unwrap().contains("max_id="));
    assert_eq!(alice.client.get(LIST).await.ok().as_array().map(Vec::len), Some(2));
    assert_eq!(bob.client.get(LIST).await.ok(), json!([]));
    assert_eq!(alice.client.get(&path(&made)).await.ok(), made);

    let moved = put(&alice, &path(&made), &json!({ "scheduled_at": later(120) })).await.ok();
    assert_ne!(moved["scheduled_at"], made["scheduled_at"]);
    let soon = put(&alice, &path(&made), &json!({ "scheduled_at": later(1) })).await;
    assert_eq!(soon.status, StatusCode::UNPROCESSABLE_ENTITY);
    for answer in [
        bob.client.get(&path(&made)).await,
        put(&bob, &path(&made), &json!({ "scheduled_at": later(60) })).await,
        bob.client.delete(&path(&made)).await,
        alice.client.get(&format!("{LIST}/1")).await,
    ] {
        assert_eq!(
            (answer.status, answer.json()["error"].clone()),
            (StatusCode::NOT_FOUND, json!("Record not found"))
        );
    }
    assert_eq!(a.client().get(LIST).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(alice.client.delete(&path(&made)).await.ok(), json!({}));
    assert_eq!(alice.client.get(&path(&made)).await.status, StatusCode::NOT_FOUND);
    all_due(&a).await;
    alice.sees_at_home("Even later").await;
    assert!(!alice.has_at_home("<p>Later").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_is_refused_and_nothing_is_kept() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    let future = "Validation failed: Scheduled at The scheduled date must be in the future";
    for (at, error) in [
        (later(4), future),
        (later(-60), future),
        ("tomorrow".to_owned(), "Record invalid"),
        ("2026-99-99".to_owned(), "Record invalid"),
        (
            "9999-01-01T00:00:00Z".to_owned(),
            "Validation failed: Scheduled at The scheduled date is too far into the future",
        ),
    ] {
        let answer = schedule(&alice, json!({ "status": "x", "scheduled_at": at })).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{at}");
        assert_eq!(answer.json()["error"], error, "{at}");
    }
    for body in [
        json!({ "status": " ", "scheduled_at": later(60) }),
        json!({ "status": "x".repeat(2001), "scheduled_at": later(60) }),
        json!({ "status": "x", "media_ids": ["7"], "scheduled_at": later(60) }),
        json!({ "status": "x", "poll": { "options": ["a"], "expires_in": 300 }, "scheduled_at": later(60) }),
    ] {
        assert_eq!(schedule(&alice, body.clone()).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
    }
    let orphan = json!({ "status": "x", "in_reply_to_id": "7", "scheduled_at": later(60) });
    assert_eq!(schedule(&alice, orphan).await.status, StatusCode::NOT_FOUND);
    assert_eq!(a.database.number("SELECT count(*) FROM drafts").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn there_are_so_many_for_a_day_and_in_all() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    let filling = |count: i64, days: i64| {
        format!(
            "INSERT INTO drafts (account_id, params, scheduled_at) SELECT {}, '{{}}', now() + interval '{days} days' \
             FROM generate_series(1, {count})",
            alice.id
        )
    };
    a.database.execute(&filling(25, 3)).await;
    let at = text(Utc::now() + Duration::days(3));
    let refused = schedule(&alice, json!({ "status": "x", "scheduled_at": at })).await;
    assert_eq!(
        refused.json()["error"],
        "Validation failed: You have exceeded the limit of 25 scheduled posts for today"
    );
    let free = text(Utc::now() + Duration::days(5));
    schedule(&alice, json!({ "status": "x", "scheduled_at": free })).await.ok();
    a.database.execute(&filling(274, 30)).await;
    let refused = schedule(&alice, json!({ "status": "x", "scheduled_at": free })).await;
    assert_eq!(
        refused.json()["error"],
        "Validation failed: You have exceeded the limit of 300 scheduled posts"
    );
    assert_eq!(a.database.number("SELECT count(*) FROM drafts").await, 300);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_published_once_over_kill_9_and_by_two_processes() {
    let mut a = Instance::start().await;
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    bob.follow(&alice.handle).await;
    let media = upload(&alice).await;
    let body = json!({ "status": "With a picture @bob #tag", "media_ids": [media["id"]], "scheduled_at": later(60) });
    let made = schedule(&alice, body).await.ok();
    assert_eq!(made["media_attachments"][0]["id"], media["id"]);
    assert_eq!(made["params"]["media_ids"], json!([media["id"]]));
    for n in 0..9 {
        schedule(&alice, json!({ "status": format!("number {n}"), "scheduled_at": later(60) })).await.ok();
    }
    // Each job four times and side by side, as if several processes had leased it.
    let copies = "WITH old AS (DELETE FROM jobs WHERE kind = 'publish_draft' RETURNING *) \
        INSERT INTO jobs (kind, queue, payload, run_at) SELECT kind, queue, payload, run_at \
        FROM old, generate_series(1, 4) ORDER BY old.id";
    a.database.execute(copies).await;
    a.kill_hard();
    all_due(&a).await;
    a.restart().await;
    alice.sees_at_home("number").await;
    a.kill_hard();
    a.restart().await;
    a.retry_now().await;
    eventually("all are published", async || {
        (a.database.number("SELECT count(*) FROM jobs WHERE kind = 'publish_draft'").await == 0).then_some(())
    })
    .await;
    bob.is_notified("mention", "alice").await;
    assert_eq!(a.database.number("SELECT count(*) FROM drafts").await, 0);
    let own = alice.client.get(&format!("/api/v1/accounts/{}/statuses?limit=40", alice.id)).await.ok();
    assert_eq!(own.as_array().map(Vec::len), Some(10), "{own}");
    let seen = bob.sees_at_home("With a picture").await;
    assert_eq!(seen["media_attachments"][0]["id"], media["id"]);
    assert_eq!(seen["application"], Value::Null);
    assert_eq!(alice.client.get(LIST).await.ok(), json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn its_media_wait_with_it() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    let media = upload(&alice).await;
    let body = json!({ "status": "Later", "media_ids": [media["id"]], "scheduled_at": later(60) });
    let made = schedule(&alice, body).await.ok();
    let elsewhere = json!({ "status": "Now", "media_ids": [media["id"]] });
    assert_eq!(schedule(&alice, elsewhere.clone()).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let path_of_media = format!("/api/v1/media/{}", media["id"].as_str().unwrap());
    assert_eq!(alice.client.delete(&path_of_media).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    // However old it is, a sweep does not take it.
    a.database.execute("UPDATE media_attachments SET created_at = now() - interval '9 days'").await;
    sweep(&a).await;
    alice.client.get(&path_of_media).await.ok();
    alice.client.delete(&path(&made)).await.ok();
    sweep(&a).await;
    alice.client.get(&path_of_media).await.ok();
    schedule(&alice, elsewhere).await.ok();
}

async fn sweep(a: &Instance) {
    a.database.execute("INSERT INTO jobs (kind, queue, payload) VALUES ('sweep', 'default', '{}')").await;
    a.retry_now().await;
    eventually("it is swept", async || {
        (a.database.number("SELECT count(*) FROM jobs WHERE kind = 'sweep'").await == 0).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_published_any_more_is_dropped_and_logged() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    let parent = alice.post("Parent").await;
    let body = json!({ "status": "Reply", "in_reply_to_id": parent["id"], "scheduled_at": later(60) });
    schedule(&alice, body).await.ok();
    alice.delete(&parent).await;
    all_due(&a).await;
    eventually("it is dropped", async || (alice.client.get(LIST).await.ok() == json!([])).then_some(()))
        .await;
    eventually("the log says so", async || {
        a.log_text().contains("A scheduled status was dropped").then_some(())
    })
    .await;
    assert_eq!(a.database.number("SELECT count(*) FROM jobs WHERE kind = 'publish_draft'").await, 0);
    assert_eq!(a.database.number("SELECT count(*) FROM dead_jobs").await, 0);
    assert!(!alice.has_at_home("Reply").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_schedules_once_and_is_remembered_by_what_is_published() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    let keyed = async |body: Value| {
        let request = alice.client.request(Method::POST, "/api/v1/statuses");
        alice.client.send(request.header("idempotency-key", "later").json(&body)).await.ok()
    };
    let body = json!({ "status": "Once", "scheduled_at": later(60) });
    let first = keyed(body.clone()).await;
    assert_eq!(first["params"]["idempotency"], "later");
    assert_eq!(keyed(body.clone()).await["id"], first["id"]);
    assert_eq!(keyed(json!({ "status": "Now" })).await["id"], first["id"], "it is the same request");
    all_due(&a).await;
    let published = alice.sees_at_home("Once").await;
    assert_eq!(keyed(json!({ "status": "Once" })).await["id"], published["id"]);
    assert_eq!(keyed(body).await["id"], published["id"]);
    assert_eq!(alice.home().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_waits_for_its_time() {
    let options = Options { arguments: vec!["--role", "all"], ..Options::default() };
    let a = Instance::start_with(options).await;
    let alice = a.user("alice").await;
    schedule(&alice, json!({ "status": "Not yet", "scheduled_at": later(60) })).await.ok();
    // Its job comes too early, and promises itself again.
    a.retry_now().await;
    never("it is published before its time", async || alice.has_at_home("Not yet").await).await;
    all_due(&a).await;
    alice.sees_at_home("Not yet").await;
}
