//! Stored files, and the pictures of accounts that have none.

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use media::{ByteRange, Key, Object};
use tokio_util::io::ReaderStream;

use crate::path::Name;
use crate::{ApiState, Error, Result};

pub(crate) fn router() -> Router<ApiState> {
    Router::new()
        .route("/media/{*key}", get(show))
        .route("/avatars/original/missing.png", get(missing_avatar))
        .route("/headers/original/missing.png", get(missing_header))
        .route("/icon.png", get(icon))
}

/// Bytes read from a store at once.
const CHUNK: usize = 64 << 10;

/// A file never changes under its name; and whatever it is, it is no page of ours.
const HEADERS: [(header::HeaderName, HeaderValue); 4] = [
    (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox")),
    (header::ACCEPT_RANGES, HeaderValue::from_static("bytes")),
];

async fn show(State(state): State<ApiState>, Name(key): Name, asked: HeaderMap) -> Result {
    // Attachments are without their folder's name, which addresses given out earlier have.
    let key =
        Key::parse(&key).or_else(|| Key::parse(&format!("media/{key}"))).ok_or_else(Error::not_found)?;
    let etag = etag(&key);
    let text = |name| asked.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    if text(header::IF_NONE_MATCH).is_some_and(|tags| tags.contains(&etag) || tags.trim() == "*") {
        return Ok((StatusCode::NOT_MODIFIED, HEADERS, [(header::ETAG, etag)]).into_response());
    }
    let is_same = text(header::IF_RANGE).is_none_or(|tag| tag.trim() == etag);
    let range = text(header::RANGE).filter(|_| is_same).and_then(ByteRange::parse);
    match state.app.media.open(&key, range).await {
        Ok(Some(object)) => Ok(answer(object, etag)),
        Ok(None) => Err(Error::not_found()),
        Err(media::Error::Range { len }) => {
            let whole = [(header::CONTENT_RANGE, format!("bytes */{len}"))];
            Ok((StatusCode::RANGE_NOT_SATISFIABLE, whole).into_response())
        }
        Err(error) => Err(Error::of_file(error)),
    }
}

fn etag(key: &Key) -> String {
    format!("\"{}\"", key.as_str().rsplit('/').next().unwrap_or_default())
}

fn answer(object: Object, etag: String) -> Response {
    let Object { content_type, len, part, body } = object;
    let about = [
        (header::CONTENT_TYPE, content_type.to_owned()),
        (header::CONTENT_LENGTH, (part.end - part.start).to_string()),
        (header::ETAG, etag),
    ];
    let is_part = part != (0..len);
    let stream = Body::from_stream(ReaderStream::with_capacity(body, CHUNK));
    let mut response = (HEADERS, about, stream).into_response();
    if is_part {
        let range = format!("bytes {}-{}/{len}", part.start, part.end.saturating_sub(1));
        if let Ok(value) = HeaderValue::try_from(range) {
            response.headers_mut().insert(header::CONTENT_RANGE, value);
        }
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    response
}

async fn missing_avatar() -> Response {
    placeholder(media::missing_avatar())
}

async fn missing_header() -> Response {
    placeholder(media::missing_header())
}

async fn icon() -> Response {
    placeholder(media::icon())
}

fn placeholder(png: &'static [u8]) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("image/png")),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=86400")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    (headers, png).into_response()
}
