//! Whatever comes in, the answer is a 4xx with `{"error": …}`, never a 5xx, and nothing is half-written.

use http::{Method, StatusCode};
use reqwest::RequestBuilder;
use serde_json::json;
use tests::{Answer, Client, Instance};

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

fn with_body(client: &Client, method: Method, path: &str, kind: &str, body: Vec<u8>) -> RequestBuilder {
    client.request(method, path).header("content-type", kind).body(body)
}

#[track_caller]
fn assert_refused(what: &str, answer: &Answer) {
    let Answer { status, text, .. } = answer;
    assert!(status.is_client_error(), "{what}: {status} {text}");
    let error = &answer.json()["error"];
    assert!(error.as_str().is_some_and(|error| !error.is_empty()), "{what}: {status} {text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_bodies_are_refused() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    let long = vec![b'a'; (1 << 20) + 1];
    let deep = "[".repeat(100_000);
    let bodies: Vec<(&str, &str, Vec<u8>)> = vec![
        ("nothing", JSON, b"".to_vec()),
        ("half an object", JSON, b"{\"status\": \"".to_vec()),
        ("a list", JSON, b"[1, 2]".to_vec()),
        ("null", JSON, b"null".to_vec()),
        ("a number for a text", JSON, br#"{"status": {"a": 1}}"#.to_vec()),
        ("a text for a list", JSON, br#"{"status": "x", "media_ids": "seven"}"#.to_vec()),
        ("unknown media", JSON, br#"{"status": "x", "media_ids": ["99999999999999"]}"#.to_vec()),
        ("a text for an id", JSON, br#"{"status": "x", "in_reply_to_id": "abc"}"#.to_vec()),
        ("a huge id", JSON, br#"{"status": "x", "in_reply_to_id": "99999999999999999999999"}"#.to_vec()),
        ("an unknown visibility", JSON, br#"{"status": "x", "visibility": "everybody"}"#.to_vec()),
        ("an empty status", JSON, br#"{"status": ""}"#.to_vec()),
        ("a status of spaces", JSON, br#"{"status": " \n\t "}"#.to_vec()),
        ("no status", JSON, br#"{"visibility": "public"}"#.to_vec()),
        ("NUL in the text", JSON, br#"{"status": "a\u0000b"}"#.to_vec()),
        ("half a surrogate", JSON, br#"{"status": "\ud800"}"#.to_vec()),
        ("not UTF-8", JSON, b"{\"status\": \"\xff\xfe\"}".to_vec()),
        ("too long", JSON, json!({ "status": "a".repeat(2001) }).to_string().into_bytes()),
        ("too large", JSON, long.clone()),
        ("too deep", JSON, deep.into_bytes()),
        ("NUL in a form", FORM, b"status=a%00b".to_vec()),
        ("not UTF-8 in a form", FORM, b"status=%ff%fe".to_vec()),
        ("a large form", FORM, [b"status=".to_vec(), long].concat()),
        ("another type", "text/csv", b"status;x".to_vec()),
        ("no parts", "multipart/form-data", b"status".to_vec()),
        ("half a part", "multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form".to_vec()),
    ];
    for (what, kind, body) in bodies {
        let request = with_body(&alice.client, Method::POST, "/api/v1/statuses", kind, body);
        assert_refused(what, &alice.client.send(request).await);
    }
    let me = alice.client.get("/api/v1/accounts/verify_credentials").await.ok();
    assert_eq!(me["statuses_count"], 0);
    assert_eq!(a.database.number("SELECT count(*) FROM statuses").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn strange_ids_are_not_found() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    let ids = [
        "0",
        "-1",
        "abc",
        "1e3",
        "1.5",
        "9223372036854775808",
        "99999999999999999999999",
        "%00",
        "%ff",
        "..%2f",
        "'%20OR%201=1",
        "0x10",
        "%F0%9F%90%99",
        "null",
    ];
    for id in ids {
        for path in [
            format!("/api/v1/statuses/{id}"),
            format!("/api/v1/statuses/{id}/context"),
            format!("/api/v1/statuses/{id}/favourited_by"),
            format!("/api/v1/accounts/{id}"),
            format!("/api/v1/accounts/{id}/statuses"),
            format!("/api/v1/notifications/{id}"),
        ] {
            assert_refused(&path, &alice.client.get(&path).await);
        }
        for path in [
            format!("/api/v1/statuses/{id}/favourite"),
            format!("/api/v1/statuses/{id}/reblog"),
            format!("/api/v1/accounts/{id}/follow"),
            format!("/api/v1/follow_requests/{id}/authorize"),
        ] {
            assert_refused(&path, &alice.client.post_json(&path, &json!({})).await);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn absurd_parameters_are_survived() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    alice.post("Something").await;
    let lists = [
        "/api/v1/timelines/home".to_owned(),
        "/api/v1/timelines/public".to_owned(),
        "/api/v1/timelines/tag/test".to_owned(),
        "/api/v1/notifications".to_owned(),
        "/api/v1/bookmarks".to_owned(),
        format!("/api/v1/accounts/{}/statuses", alice.id),
        format!("/api/v1/accounts/{}/followers", alice.id),
    ];
    let parameters = [
        "limit=0",
        "limit=-1",
        "limit=99999999999999999999",
        "limit=abc",
        "limit=",
        "limit=1.5",
        "max_id=abc",
        "max_id=-5",
        "max_id=99999999999999999999999",
        "min_id=%00",
        "since_id=%ff",
        "limit=5&limit=6",
        "max_id=1&min_id=2&since_id=3",
        "local=maybe",
        "only_media=2",
        "types[]=unheard-of",
        "%00=%00",
        "&&&==&",
    ];
    for list in &lists {
        for query in parameters {
            let answer = alice.client.get(&format!("{list}?{query}")).await;
            assert!(!answer.status.is_server_error(), "{list}?{query}: {} {}", answer.status, answer.text);
            if answer.status.is_success() {
                assert!(answer.json().is_array(), "{list}?{query}: {}", answer.text);
            } else {
                assert_refused(&format!("{list}?{query}"), &answer);
            }
        }
    }
    for query in ["q=", "q=%00", "q=%ff", "q=@", "q=@@@@", "q=http://", "q=http://[", "type=things&q=a", ""] {
        let answer = alice.client.get(&format!("/api/v2/search?{query}")).await;
        assert!(!answer.status.is_server_error(), "search?{query}: {} {}", answer.status, answer.text);
    }
    let long = format!("/api/v2/search?q={}", "a".repeat(20_000));
    assert!(!alice.client.get(&long).await.status.is_server_error());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_token_nothing_is_done() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    let status = alice.post("Mine").await;
    let id = status["id"].as_str().unwrap();
    let nobody = a.client();
    let stale = nobody.with_token("no such token");
    for client in [&nobody, &stale] {
        for path in ["/api/v1/timelines/home", "/api/v1/notifications", "/api/v1/accounts/verify_credentials"]
        {
            let answer = client.get(path).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}");
            assert_refused(path, &answer);
        }
        for path in [
            "/api/v1/statuses".to_owned(),
            format!("/api/v1/statuses/{id}/favourite"),
            format!("/api/v1/accounts/{}/follow", alice.id),
        ] {
            let answer = client.post_json(&path, &json!({ "status": "Not mine" })).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}");
        }
        assert_eq!(client.delete(&format!("/api/v1/statuses/{id}")).await.status, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(alice.home().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_anothers_is_not_changed() {
    let a = Instance::start().await;
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    let status = alice.post("Mine").await;
    let path = format!("/api/v1/statuses/{}", status["id"].as_str().unwrap());
    assert_refused("delete", &bob.client.delete(&path).await);
    let edit = bob.client.request(Method::PUT, &path).json(&json!({ "status": "Yours" }));
    assert_refused("edit", &bob.client.send(edit).await);
    assert_refused("pin", &bob.client.post_json(&format!("{path}/pin"), &json!({})).await);
    let same = alice.status(&status["id"]).await.unwrap();
    assert_eq!(same["content"], status["content"]);
    // Nor does anybody follow themselves.
    let path = format!("/api/v1/accounts/{}/follow", alice.id);
    assert_refused("self-follow", &alice.client.post_json(&path, &json!({})).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_up_says_what_is_wrong() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    let nobody = a.client();
    let app =
        json!({ "client_name": "T", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob", "scopes": "read write" });
    let app = nobody.post_json("/api/v1/apps", &app).await.ok();
    let grant = json!({
        "grant_type": "client_credentials", "client_id": app["client_id"], "client_secret": app["client_secret"],
        "scope": "read write",
    });
    let token = nobody.post_json("/oauth/token", &grant).await.ok()["access_token"].clone();
    let registrar = nobody.with_token(token.as_str().unwrap());
    let good = json!({
        "username": "bob", "email": "bob@example.org", "password": "long enough", "agreement": true,
        "locale": "en",
    });
    for (field, value) in [
        ("username", json!("")),
        ("username", json!("alice")),
        ("username", json!("ALICE")),
        ("username", json!("a b")),
        ("username", json!("a/b")),
        ("username", json!("a\u{0}b")),
        ("username", json!("x".repeat(100))),
        ("username", json!("admin")),
        ("email", json!("nowhere")),
        ("email", json!(alice.email)),
        ("email", json!("a\r\nb@example.org")),
        ("password", json!("short")),
        ("password", json!("x".repeat(10_000))),
        ("agreement", json!(false)),
    ] {
        let mut person = good.clone();
        person[field] = value.clone();
        let answer = registrar.post_json("/api/v1/accounts", &person).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{field} {value}: {}", answer.text);
        assert_refused(field, &answer);
    }
    assert_eq!(a.database.number("SELECT count(*) FROM users").await, 1);
    registrar.post_json("/api/v1/accounts", &good).await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_uploads_are_refused() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    let part = |bytes: &'static [u8], kind: &str| {
        let part =
            reqwest::multipart::Part::bytes(bytes).file_name("../../picture.png").mime_str(kind).unwrap();
        reqwest::multipart::Form::new().part("file", part)
    };
    for (what, form) in [
        ("nothing", part(b"", "image/png")),
        ("no picture", part(b"hello", "image/png")),
        ("a page", part(b"<html><script>alert(1)</script></html>", "image/png")),
        ("a drawing that runs", part(b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>", "image/svg+xml")),
        ("half a picture", part(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\xff\xff\xff\xff", "image/png")),
        ("no file", reqwest::multipart::Form::new().text("description", "only words")),
    ] {
        let request = alice.client.request(Method::POST, "/api/v2/media").multipart(form);
        assert_refused(what, &alice.client.send(request).await);
    }
    assert_eq!(a.database.number("SELECT count(*) FROM media_attachments").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_paths_of_the_api_are_json() {
    let a = Instance::start().await;
    let nobody = a.client();
    for path in ["/api/v1/nothing", "/api/v9/statuses", "/api", "/api/v1/statuses/1/2/3/4"] {
        assert_refused(path, &nobody.get(path).await);
    }
    let page = nobody.send(nobody.request(Method::GET, "/no/such/page").header("accept", "text/html")).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(page.text.contains("<html"), "{}", page.text);
}
