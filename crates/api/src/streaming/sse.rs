//! Streams as server-sent events, one for each connection.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{Path, Query, State};
use axum::response::IntoResponse;
use axum::response::Response;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::stream::{self, Stream};
use http::HeaderMap;
use serde::Deserialize;
use streaming::Listening;

use super::channel::{Channel, Request};
use super::frames::{Frame, frames, is_over, seat};
use crate::auth::{Viewer, bearer_token};
use crate::{ApiState, Error, Result};

/// How often a comment keeps the connection alive.
const THUMP_EVERY: Duration = Duration::from_secs(15);

#[derive(Debug, Default, Deserialize)]
pub(super) struct Opening {
    access_token: Option<String>,
    tag: Option<String>,
    only_media: Option<String>,
}

/// Opens a stream: `/api/v1/streaming/user/notification` is the stream `user:notification`.
pub(super) async fn listen(
    State(state): State<ApiState>,
    Path(path): Path<String>,
    headers: HeaderMap,
    Query(query): Query<Opening>,
) -> Result<Response> {
    let mut name = path.trim_end_matches('/').replace('/', ":");
    if matches!(query.only_media.as_deref(), Some("1" | "true")) {
        name.push_str(":media");
    }
    let channel =
        Channel::parse(&Request { stream: Some(name), tag: query.tag }).ok_or_else(Error::not_found)?;
    let token = query
        .access_token
        .as_deref()
        .or_else(|| bearer_token(&headers))
        .ok_or_else(|| Error::unauthorized("The access token is invalid"))?;
    let viewer = Viewer::from_token(&state.app, token).await?;
    viewer.require(channel.scope())?;
    let heard = seat(&state, &viewer)?;
    let told = Told { state, viewer, channels: vec![channel], heard, waiting: Vec::new() };
    let keep_alive = KeepAlive::new().interval(THUMP_EVERY).text("thump");
    let mut answer = Sse::new(events(told)).keep_alive(keep_alive).into_response();
    answer.headers_mut().insert("x-accel-buffering", http::HeaderValue::from_static("no"));
    Ok(answer)
}

struct Told {
    state: ApiState,
    viewer: Viewer,
    channels: Vec<Channel>,
    heard: Listening,
    waiting: Vec<Frame>,
}

fn events(told: Told) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold(told, |mut told| async move {
        loop {
            if !told.waiting.is_empty() {
                let frame = told.waiting.remove(0);
                return Some((Ok(Event::default().event(frame.event).data(frame.payload)), told));
            }
            let message = told.heard.news.recv().await.ok()?;
            if is_over(&told.state, &told.viewer, &message).await {
                return None;
            }
            told.waiting =
                frames(&told.state, &told.viewer, &told.channels, &message).await.unwrap_or_default();
        }
    })
}
