//! What the router does before anything needs a database.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Arc;

use ::media::{Folder, Format, Key, Store};
use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::response::Response;
use bytes::Bytes;
use http::{Request, header};
use services::resolver::Found;
use services::{App, Resolver, Urls};
use tower::ServiceExt;

use crate::{ApiState, normalise, router};

struct Nobody;

#[async_trait]
impl Resolver for Nobody {
    async fn account(&self, _: &text::Handle) -> services::Result<Option<db::accounts::Account>> {
        Ok(None)
    }

    async fn url(&self, _: &str) -> services::Result<Option<Found>> {
        Ok(None)
    }
}

/// The router of a server whose database cannot be reached, and its folder of files.
fn server(folder: &tempfile::TempDir) -> (Router, ::media::Disk) {
    let mut config = config::Config::default();
    config.instance.domain = "example.social".to_owned();
    let urls = Urls::new(&config);
    let disk = ::media::Disk::new(folder.path());
    let app = App {
        pool: db::connect::pool(&db::connect::Address::parse("postgres://127.0.0.1:1/none").unwrap(), 1)
            .unwrap(),
        urls: Arc::new(urls),
        media: Arc::new(::media::Disk::new(folder.path())),
        search: None,
        hub: ::streaming::Hub::new(::streaming::Feeds::new(1)),
        numbers: services::numbers::Numbers::default(),
        keys: services::keys::Keyring::default(),
        filters: services::filters::Cache::default(),
        config: Arc::new(config),
    };
    (router(ApiState::new(app, Arc::new(Nobody))), disk)
}

async fn answer(request: http::request::Builder) -> Response {
    let folder = tempfile::tempdir().unwrap();
    let request = request.body(Body::empty()).unwrap();
    server(&folder).0.oneshot(normalise(request)).await.unwrap()
}

async fn text(response: Response) -> String {
    String::from_utf8(to_bytes(response.into_body(), 1 << 20).await.unwrap().into()).unwrap()
}

#[tokio::test]
async fn unknown_paths_and_methods_are_not_found_in_json() {
    for request in [
        Request::get("/api/v1/nothing"),
        Request::post("/api/v9/"),
        Request::get("/api"),
        Request::delete("/api/v1/timelines/home"),
        Request::put("/api/v2/media/1"),
    ] {
        let response = answer(request).await;
        assert_eq!(response.status(), 404);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json; charset=utf-8");
        assert_eq!(response.headers()[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*");
        assert_eq!(text(response).await, r#"{"error":"Record not found"}"#);
    }
}

#[tokio::test]
async fn browsers_may_ask_with_a_token() {
    let request = Request::options("/api/v1/statuses")
        .header(header::ORIGIN, "https://client.example")
        .header(header::ACCESS_CONTROL_REQUEST_METHOD, "POST")
        .header(header::ACCESS_CONTROL_REQUEST_HEADERS, "authorization,idempotency-key");
    let response = answer(request).await;
    assert_eq!(response.status(), 200);
    let header = |name| response.headers()[name].to_str().unwrap().to_ascii_lowercase();
    assert_eq!(header(header::ACCESS_CONTROL_ALLOW_ORIGIN), "*");
    for word in ["authorization", "content-type", "idempotency-key"] {
        assert!(header(header::ACCESS_CONTROL_ALLOW_HEADERS).contains(word), "{word}");
    }
    for method in ["put", "patch", "delete"] {
        assert!(header(header::ACCESS_CONTROL_ALLOW_METHODS).contains(method), "{method}");
    }
}

#[tokio::test]
async fn without_a_token_there_is_no_home() {
    for request in [
        Request::get("/api/v1/timelines/home"),
        Request::get("/api/v1/favourites/"),
        Request::get("/api/v1/bookmarks"),
        Request::get("/api/v1/markers"),
        Request::post("/api/v1/statuses"),
        Request::put("/api/v1/statuses/1"),
        Request::delete("/api/v1/statuses/1"),
        Request::get("/api/v1/statuses/1/source"),
        Request::post("/api/v1/statuses/1/favourite"),
        Request::post("/api/v1/statuses/1/unfavourite"),
        Request::post("/api/v1/statuses/1/reblog"),
        Request::post("/api/v1/statuses/1/unreblog"),
        Request::post("/api/v1/statuses/1/bookmark"),
        Request::post("/api/v1/statuses/1/unbookmark"),
        Request::post("/api/v1/statuses/1/pin"),
        Request::post("/api/v1/statuses/1/unpin"),
        Request::post("/api/v1/statuses/1/mute"),
        Request::post("/api/v1/statuses/1/unmute"),
        Request::post("/api/v2/media"),
        Request::get("/api/v1/media/1"),
        Request::put("/api/v1/media/1"),
        Request::delete("/api/v1/media/1"),
    ] {
        let response = answer(request).await;
        assert_eq!(response.status(), 401);
        assert_eq!(text(response).await, r#"{"error":"The access token is invalid"}"#);
    }
}

#[tokio::test]
async fn an_id_that_cannot_be_is_not_found() {
    for path in ["/api/v1/statuses/junk", "/api/v1/statuses/99999999999999999999", "/api/v1/statuses/1%00"] {
        assert_eq!(answer(Request::get(path)).await.status(), 404, "{path}");
    }
    assert_eq!(answer(Request::get("/api/v1/timelines/tag/%20")).await.status(), 404);
    assert_eq!(answer(Request::get("/api/v1/timelines/public?local=maybe")).await.status(), 422);
    assert_eq!(answer(Request::get("/api/v1/timelines/public?limit=%ff")).await.status(), 400);
}

#[tokio::test]
async fn without_a_database_the_server_is_busy() {
    let response = answer(Request::get("/api/v1/statuses/1")).await;
    assert_eq!(response.status(), 503);
    assert!(response.headers().contains_key(header::RETRY_AFTER));
}

#[tokio::test]
async fn files_are_served_whole_and_in_parts() {
    let folder = tempfile::tempdir().unwrap();
    let (router, disk) = server(&folder);
    let key = Key::random(Folder::Media, Format::Png);
    disk.put(&key, Bytes::from_static(b"0123456789")).await.unwrap();
    let get = async |headers: &[(header::HeaderName, &str)]| {
        let mut request = Request::get(format!("/media/{key}"));
        for (name, value) in headers {
            request = request.header(name, *value);
        }
        router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    };
    let whole = get(&[]).await;
    assert_eq!(whole.status(), 200);
    assert_eq!(whole.headers()[header::CONTENT_TYPE], "image/png");
    assert_eq!(whole.headers()[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
    assert_eq!(whole.headers()[header::CONTENT_SECURITY_POLICY], "default-src 'none'; sandbox");
    assert_eq!(whole.headers()[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*");
    assert!(whole.headers()[header::CACHE_CONTROL].to_str().unwrap().contains("immutable"));
    let etag = whole.headers()[header::ETAG].to_str().unwrap().to_owned();
    assert_eq!(text(whole).await, "0123456789");

    let part = get(&[(header::RANGE, "bytes=2-4")]).await;
    assert_eq!(
        (part.status().as_u16(), &part.headers()[header::CONTENT_LENGTH]),
        (206, &"3".parse().unwrap())
    );
    assert_eq!(part.headers()[header::CONTENT_RANGE], "bytes 2-4/10");
    assert_eq!(text(part).await, "234");
    let beyond = get(&[(header::RANGE, "bytes=10-")]).await;
    assert_eq!(beyond.status(), 416);
    assert_eq!(beyond.headers()[header::CONTENT_RANGE], "bytes */10");
    let changed = get(&[(header::RANGE, "bytes=2-4"), (header::IF_RANGE, "\"other\"")]).await;
    assert_eq!(changed.status(), 200);
    assert_eq!(get(&[(header::IF_NONE_MATCH, &etag)]).await.status(), 304);
    // As addresses are given out: the folder of attachments is in the path once.
    let short = Request::get(format!("/{key}")).body(Body::empty()).unwrap();
    assert_eq!(text(router.clone().oneshot(short).await.unwrap()).await, "0123456789");
}

#[tokio::test]
async fn other_files_are_out_of_reach() {
    for path in ["/media/../../etc/passwd", "/media/media/..%2f..%2fetc/passwd", "/media/x", "/media/a%00b"] {
        assert_eq!(answer(Request::get(path)).await.status(), 404, "{path}");
    }
}

#[tokio::test]
async fn pictures_that_are_missing_load() {
    for path in ["/avatars/original/missing.png", "/headers/original/missing.png"] {
        let response = answer(Request::get(path)).await;
        assert_eq!(
            (response.status().as_u16(), &response.headers()[header::CONTENT_TYPE]),
            (200, &"image/png".parse().unwrap())
        );
        assert!(to_bytes(response.into_body(), 1 << 20).await.unwrap().starts_with(b"\x89PNG"));
    }
}
