//! Streams as server-sent events, one for each connection.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::stream;
use http::{HeaderMap, HeaderName, Uri, header};
use serde::Deserialize;
use utoipa::IntoParams;

use super::channel::Request;
use super::line::Line;
use crate::auth::bearer_token;
use crate::{ApiState, Error, Result};

/// How often a comment keeps the connection alive.
const THUMP_EVERY: Duration = Duration::from_secs(15);
/// The comments, as clients of Mastodon know them.
const GREETING: &str = ":)\n";
const THUMP: &str = ":thump\n";

/// Where the streams are; what follows is the name of one.
pub(super) const PREFIX: &str = "/api/v1/streaming/";

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Opening {
    access_token: Option<String>,
    tag: Option<String>,
    list: Option<String>,
    only_media: Option<String>,
}

/// Listens to a stream by server-sent events.
///
/// Opens a stream: `/api/v1/streaming/user/notification` is the stream `user:notification`.
#[utoipa::path(
    get,
    path = "/api/v1/streaming/user",
    params(Opening),
    responses((status = 200, body = String, content_type = "text/event-stream")),
    security(("user" = ["read:statuses"])),
)]
pub(super) async fn listen(
    State(state): State<ApiState>,
    uri: Uri,
    headers: HeaderMap,
    Query(query): Query<Opening>,
) -> Result<Response> {
    open(&state, &uri, &headers, query).await
}

/// Listens to notifications by server-sent events.
#[utoipa::path(
    get,
    path = "/api/v1/streaming/user/notification",
    params(Opening),
    responses((status = 200, body = String, content_type = "text/event-stream")),
    security(("user" = ["read:notifications"])),
)]
pub(super) async fn listen_to_notifications(
    State(state): State<ApiState>,
    uri: Uri,
    headers: HeaderMap,
    Query(query): Query<Opening>,
) -> Result<Response> {
    open(&state, &uri, &headers, query).await
}

async fn open(state: &ApiState, uri: &Uri, headers: &HeaderMap, query: Opening) -> Result<Response> {
    let mut name = uri.path().strip_prefix(PREFIX).unwrap_or_default().replace('/', ":");
    if name.starts_with("public") && matches!(query.only_media.as_deref(), Some("1" | "true")) {
        name.push_str(":media");
    }
    let request = Request { stream: Some(name), tag: query.tag, list: query.list };
    if !request.is_known() {
        return Err(Error::not_found());
    }
    let token = query.access_token.as_deref().or_else(|| bearer_token(headers));
    let mut line = Line::open(state, token).await?;
    line.subscribe(&request).await?;
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "private, no-store"),
        // Or nginx keeps events back.
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    Ok((headers, Body::from_stream(events(line))).into_response())
}

fn events(line: Line) -> impl stream::Stream<Item = Result<Bytes, Infallible>> {
    stream::unfold((line, true), |(mut line, is_first)| async move {
        let told = if is_first {
            Bytes::from_static(GREETING.as_bytes())
        } else {
            match tokio::time::timeout(THUMP_EVERY, line.listening.next()).await {
                Ok(Ok(frame)) => frame.events(),
                Ok(Err(_)) => return None,
                Err(_) => Bytes::from_static(THUMP.as_bytes()),
            }
        };
        Some((Ok(told), (line, false)))
    })
}
