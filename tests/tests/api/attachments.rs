//! Uploads: what hangs on which status, and what becomes of the files.

use futures::future::join_all;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use tests::{Instance, User};

/// Eight pixels square, of one colour.
const PICTURE: &[u8] = b"\
    \x89\x50\x4e\x47\x0d\x0a\x1a\x0a\x00\x00\x00\x0d\x49\x48\x44\x52\x00\x00\x00\x08\x00\x00\x00\
    \x08\x08\x02\x00\x00\x00\x4b\x6d\x29\xdc\x00\x00\x00\x11\x49\x44\x41\x54\x78\xda\x63\x50\x68\
    \xb8\x80\x15\x31\x0c\x2d\x09\x00\xc6\xd5\x5c\x01\x29\xd6\xd1\x1a\x00\x00\x00\x00\x49\x45\x4e\
    \x44\xae\x42\x60\x82";

async fn upload(user: &User) -> Value {
    let part = reqwest::multipart::Part::bytes(PICTURE).file_name("a.png").mime_str("image/png").unwrap();
    let form = reqwest::multipart::Form::new().part("file", part);
    let request = user.client.request(Method::POST, "/api/v2/media").multipart(form);
    user.client.send(request).await.ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_posts_at_once_do_not_share_a_picture() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    for round in 0..5 {
        let picture = upload(&alice).await;
        let posts = (0..4).map(|number| {
            let status = json!({ "status": format!("{round}, {number}"), "media_ids": [picture["id"]] });
            let client = alice.client.clone();
            async move { client.post_json("/api/v1/statuses", &status).await }
        });
        let answers = join_all(posts).await;
        let posted: Vec<_> = answers.iter().filter(|answer| answer.status == StatusCode::OK).collect();
        assert_eq!(posted.len(), 1, "{answers:?}");
        assert_eq!(posted[0].json()["media_attachments"][0]["id"], picture["id"]);
        let refused = answers.iter().filter(|answer| answer.status == StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(refused.count(), 3, "{answers:?}");
    }
    assert_eq!(a.database.number("SELECT count(*) FROM statuses").await, 5, "what is refused leaves nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_elses_picture_is_not_attached() {
    let a = Instance::start().await;
    let (alice, mallory) = tokio::join!(a.user("alice"), a.user("mallory"));
    let picture = upload(&alice).await;
    let status = json!({ "status": "Mine now", "media_ids": [picture["id"]] });
    let answer = mallory.client.post_json("/api/v1/statuses", &status).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.text);
    alice.publish(status).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redraft_keeps_its_pictures_however_old_they_are() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    let (first, second, unused) = (upload(&alice).await, upload(&alice).await, upload(&alice).await);
    let ids = json!([second["id"], first["id"]]);
    let former = alice.publish(json!({ "status": "With a tpyo", "media_ids": ids })).await;
    a.database.execute("UPDATE media_attachments SET created_at = now() - interval '30 days'").await;
    let deleted = alice.delete(&former).await;
    assert_eq!(deleted["media_attachments"].as_array().unwrap().len(), 2, "{deleted}");
    a.database
        .execute(
            "INSERT INTO jobs (kind, queue, payload, dedup_key) VALUES ('sweep', 'default', '{}', 'sweep') \
             ON CONFLICT DO NOTHING; SELECT pg_notify('stoa_jobs', 'default')",
        )
        .await;
    tests::eventually("what was never used is swept", async || {
        (a.database.number("SELECT count(*) FROM media_attachments").await == 2).then_some(())
    })
    .await;
    let path = |media: &Value| {
        let url = media["url"].as_str().unwrap();
        url.strip_prefix(&a.url).unwrap().to_owned()
    };
    tests::eventually("its file is gone too", async || {
        (a.client().get(&path(&unused)).await.status == StatusCode::NOT_FOUND).then_some(())
    })
    .await;
    let again = alice.publish(json!({ "status": "Without a typo", "media_ids": ids })).await;
    let attached: Vec<&Value> =
        again["media_attachments"].as_array().unwrap().iter().map(|media| &media["id"]).collect();
    assert_eq!(attached, [&second["id"], &first["id"]]);
    assert_eq!(a.client().get(&path(&first)).await.status, StatusCode::OK);
}
