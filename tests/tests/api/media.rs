//! Pictures: uploading, describing, attaching, taking back, and how they are served.

use futures::future::join_all;
use http::{Method, StatusCode};
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use tests::{Answer, Client, Instance, Options, User, eventually};

/// 16 by 12 pixels of one colour.
pub(crate) const PNG: &[u8] = b"\
    \x89\x50\x4e\x47\x0d\x0a\x1a\x0a\x00\x00\x00\x0d\x49\x48\x44\x52\x00\x00\x00\x10\x00\x00\x00\x0c\
    \x08\x02\x00\x00\x00\xe4\x85\xaa\xd6\x00\x00\x00\x15\x49\x44\x41\x54\x78\xda\x63\x88\xea\x39\x41\
    \x12\x62\x18\xd5\x30\xaa\x01\x3b\x02\x00\x24\x7a\x42\x90\xef\x5c\x66\xae\x00\x00\x00\x00\x49\x45\
    \x4e\x44\xae\x42\x60\x82";

fn form(bytes: Vec<u8>, kind: &str) -> Form {
    Form::new().part("file", Part::bytes(bytes).file_name("picture.png").mime_str(kind).unwrap())
}

async fn send(user: &User, path: &str, form: Form) -> Answer {
    user.client.send(user.client.request(Method::POST, path).multipart(form)).await
}

async fn upload(user: &User) -> Value {
    send(user, "/api/v2/media", form(PNG.to_vec(), "image/png")).await.ok()
}

fn path_of(media: &Value) -> String {
    format!("/api/v1/media/{}", media["id"].as_str().unwrap())
}

async fn change(user: &User, media: &Value, changes: &Value) -> Answer {
    user.client.send(user.client.request(Method::PUT, &path_of(media)).json(changes)).await
}

/// A file's answer without its body, which is no text.
async fn open(client: &Client, path: &str, header: (&str, &str)) -> reqwest::Response {
    client.request(Method::GET, path).header(header.0, header.1).send().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_is_uploaded_described_and_served() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    let described =
        form(PNG.to_vec(), "image/png").text("description", "All blue").text("focus", "-0.5,0.25");
    let media = send(&alice, "/api/v2/media", described).await.ok();
    assert_eq!((&media["type"], &media["description"]), (&json!("image"), &json!("All blue")));
    assert_eq!(media["meta"]["focus"], json!({ "x": -0.5, "y": 0.25 }));
    let size = &media["meta"]["original"];
    assert_eq!((&size["width"], &size["height"]), (&json!(16), &json!(12)));
    assert!(media["blurhash"].as_str().is_some_and(|hash| hash.len() >= 6), "{media}");
    let nobody = a.client();
    for name in ["url", "preview_url"] {
        let path = media[name].as_str().unwrap().strip_prefix(&a.url).unwrap();
        assert_eq!(path.matches("media").count(), 1, "{path}");
        let file = open(&nobody, path, ("accept", "*/*")).await;
        assert_eq!(file.status(), StatusCode::OK, "{path}");
        let headers = file.headers().clone();
        assert!(headers["content-type"].to_str().unwrap().starts_with("image/"), "{headers:?}");
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["content-security-policy"], "default-src 'none'; sandbox");
        assert!(headers["cache-control"].to_str().unwrap().contains("immutable"));
        let again = open(&nobody, path, ("if-none-match", headers["etag"].to_str().unwrap())).await;
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        let part = open(&nobody, path, ("range", "bytes=0-3")).await;
        assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT);
        assert_eq!(part.headers()["content-length"], "4");
    }
    // The old address takes pictures too.
    send(&alice, "/api/v1/media", form(PNG.to_vec(), "image/png")).await.ok();
    for path in ["/media/%2e%2e/config.toml", "/media/none", "/media/media/%2e%2e%2f%2e%2e%2fx"] {
        assert!(nobody.get(path).await.status.is_client_error(), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attachment_is_changed_by_its_owner_until_it_hangs_on_a_status() {
    let a = Instance::start().await;
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    let (first, second) = (upload(&alice).await, upload(&alice).await);
    let media = change(&alice, &first, &json!({ "description": "First", "focus": "0.1,-0.2" })).await.ok();
    assert_eq!(media["description"], "First");
    let y = media["meta"]["focus"]["y"].as_f64().unwrap();
    assert!((y + 0.2).abs() < 1e-6, "{media}");
    assert_eq!(alice.client.get(&path_of(&first)).await.ok()["description"], "First");
    let long = json!({ "description": "x".repeat(1501) });
    for changes in [json!({ "focus": "7,7" }), json!({ "focus": "a" }), long] {
        let refused = change(&alice, &first, &changes).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{changes}: {}", refused.text);
    }
    assert_eq!(bob.client.get(&path_of(&first)).await.status, StatusCode::NOT_FOUND);
    assert_eq!(change(&bob, &first, &json!({ "description": "Mine" })).await.status, StatusCode::NOT_FOUND);
    assert_eq!(bob.client.delete(&path_of(&first)).await.status, StatusCode::NOT_FOUND);

    let status = alice.publish(json!({ "media_ids": [second["id"], first["id"]], "sensitive": true })).await;
    let ids = |status: &Value| -> Vec<Value> {
        status["media_attachments"].as_array().unwrap().iter().map(|media| media["id"].clone()).collect()
    };
    assert_eq!(ids(&status), [second["id"].clone(), first["id"].clone()]);
    assert_eq!(status["sensitive"], true);
    let again = alice.client.post_json("/api/v1/statuses", &json!({ "media_ids": [first["id"]] })).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "attached twice: {}", again.text);
    assert_eq!(alice.client.delete(&path_of(&first)).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let late = change(&alice, &first, &json!({ "description": "Late" })).await;
    assert_eq!(late.status, StatusCode::NOT_FOUND);

    let path = format!("/api/v1/statuses/{}", status["id"].as_str().unwrap());
    let edit = json!({
        "status": "Now with words", "media_ids": [first["id"]],
        "media_attributes": [{ "id": first["id"], "description": "Changed with the status" }],
    });
    let edited = alice.client.send(alice.client.request(Method::PUT, &path).json(&edit)).await.ok();
    assert_eq!(ids(&edited), [first["id"].clone()]);
    assert_eq!(edited["media_attachments"][0]["description"], "Changed with the status");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_hangs_on_nothing_can_be_deleted() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    let media = upload(&alice).await;
    let file = media["url"].as_str().unwrap().strip_prefix(&a.url).unwrap().to_owned();
    assert_eq!(alice.client.delete(&path_of(&media)).await.status, StatusCode::OK);
    assert_eq!(alice.client.get(&path_of(&media)).await.status, StatusCode::NOT_FOUND);
    eventually("the file is gone", async || {
        (a.client().get(&file).await.status == StatusCode::NOT_FOUND).then_some(())
    })
    .await;
    // With its status, if that is asked for; else it may be posted again.
    let (kept, gone) = (upload(&alice).await, upload(&alice).await);
    let with = |media: &Value| json!({ "media_ids": [media["id"]] });
    let (first, second) = (alice.publish(with(&kept)).await, alice.publish(with(&gone)).await);
    alice.delete(&first).await;
    alice.publish(with(&kept)).await;
    let path = format!("/api/v1/statuses/{}?delete_media=true", second["id"].as_str().unwrap());
    alice.client.delete(&path).await.ok();
    assert_eq!(alice.client.get(&path_of(&gone)).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_picture_or_too_large_is_refused() {
    let settings = vec![
        ("STOA_MEDIA__MAX_IMAGE_BYTES", "100000".to_owned()),
        ("STOA_SERVER__MAX_MEDIA_BYTES", "300000".to_owned()),
        ("STOA_LIMITS__MAX_MEDIA_PER_STATUS", "4".to_owned()),
    ];
    let a = Instance::start_with(Options { settings, ..Options::default() }).await;
    let alice = a.user("alice").await;
    for (what, bytes, status) in [
        ("text", b"hello".to_vec(), StatusCode::UNPROCESSABLE_ENTITY),
        ("half a picture", PNG[..50].to_vec(), StatusCode::UNPROCESSABLE_ENTITY),
        ("a large picture", [PNG, &vec![0; 150_000]].concat(), StatusCode::UNPROCESSABLE_ENTITY),
        ("a large request", [PNG, &vec![0; 400_000]].concat(), StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        let answer = send(&alice, "/api/v2/media", form(bytes, "image/png")).await;
        assert_eq!(answer.status, status, "{what}: {}", answer.text);
        assert!(answer.json()["error"].is_string(), "{what}: {}", answer.text);
    }
    let five: Vec<Value> = join_all((0..5).map(|_| upload(&alice))).await;
    let ids: Vec<&Value> = five.iter().map(|media| &media["id"]).collect();
    let refused = alice.client.post_json("/api/v1/statuses", &json!({ "media_ids": ids })).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_have_as_many_pixels_at_most_as_is_announced() {
    for (most, status) in [("191", StatusCode::UNPROCESSABLE_ENTITY), ("192", StatusCode::OK)] {
        let settings = vec![("STOA_MEDIA__MAX_IMAGE_PIXELS", most.to_owned())];
        let a = Instance::start_with(Options { settings, ..Options::default() }).await;
        let alice = a.user("alice").await;
        let announced = alice.client.get("/api/v2/instance").await.ok();
        let announced = &announced["configuration"]["media_attachments"]["image_matrix_limit"];
        assert_eq!(announced.to_string(), most);
        let answer = send(&alice, "/api/v2/media", form(PNG.to_vec(), "image/png")).await;
        assert_eq!(answer.status, status, "{}", answer.text);
        assert_eq!(answer.text.contains("191"), status.is_client_error(), "{}", answer.text);
        let avatar = Form::new().part("avatar", Part::bytes(PNG.to_vec()).file_name("picture.png"));
        let request = alice.client.request(Method::PATCH, "/api/v1/accounts/update_credentials");
        assert_eq!(alice.client.send(request.multipart(avatar)).await.status, status);
    }
}

/// The files below a folder, but those by which the store is looked after.
fn files(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path()).filter(|path| !path.ends_with("probes"));
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_no_row_came_to_know_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let settings = vec![("STOA_STORAGE__PATH", folder.path().to_str().unwrap().to_owned())];
    let a = Instance::start_with(Options { settings, ..Options::default() }).await;
    let alice = a.user("alice").await;
    let avatar = || {
        let avatar = Form::new().part("avatar", Part::bytes(PNG.to_vec()).file_name("picture.png"));
        alice.client.send(
            alice.client.request(Method::PATCH, "/api/v1/accounts/update_credentials").multipart(avatar),
        )
    };
    upload(&alice).await;
    avatar().await.ok();
    assert_eq!(files(folder.path()).len(), 3);
    // As if the process had been killed between the file and the row.
    let broken = "ALTER TABLE media_attachments ADD CONSTRAINT none CHECK (false) NOT VALID; \
         ALTER TABLE accounts ADD CONSTRAINT none CHECK (avatar_key IS NULL) NOT VALID";
    a.database.execute(broken).await;
    let answer = send(&alice, "/api/v2/media", form(PNG.to_vec(), "image/png")).await;
    assert!(answer.status.is_server_error() && avatar().await.status.is_server_error());
    assert_eq!(files(folder.path()).len(), 6);
    let waiting =
        "SELECT count(*) FROM jobs WHERE kind = 'remove_files' AND run_at > now() + interval '50 minutes'";
    assert_eq!(a.database.number(waiting).await, 2);
    eventually("they are gone", async || {
        a.retry_now().await;
        (files(folder.path()).len() == 3).then_some(())
    })
    .await;
    // What is known stays.
    assert_eq!(a.database.number("SELECT count(*) FROM jobs").await, 0);
    assert_eq!(files(folder.path()).len(), 3);
}
