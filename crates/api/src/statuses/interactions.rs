//! What people do with a status: favourite, reblog, bookmark, pin, mute.

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use db::{StatusId, Visibility};
use serde::Deserialize;
use services::reblogs::Reblog;
use services::{favourites, mutes, pins, reblogs, statuses};

use super::answer;
use crate::auth::Viewer;
use crate::params::Params;
use crate::path::Id;
use crate::{ApiState, Error, Result};

pub(super) fn router() -> Router<ApiState> {
    Router::new()
        .route("/api/v1/statuses/{id}/favourite", post(favourite))
        .route("/api/v1/statuses/{id}/unfavourite", post(unfavourite))
        .route("/api/v1/statuses/{id}/reblog", post(reblog))
        .route("/api/v1/statuses/{id}/unreblog", post(unreblog))
        .route("/api/v1/statuses/{id}/bookmark", post(bookmark))
        .route("/api/v1/statuses/{id}/unbookmark", post(unbookmark))
        .route("/api/v1/statuses/{id}/pin", post(pin))
        .route("/api/v1/statuses/{id}/unpin", post(unpin))
        .route("/api/v1/statuses/{id}/mute", post(mute))
        .route("/api/v1/statuses/{id}/unmute", post(unmute))
}

async fn favourite(State(state): State<ApiState>, viewer: Viewer, Id(id): Id<StatusId>) -> Result {
    let by = viewer.require("write:favourites")?;
    favourites::favourite(&state.app, by, id, None).await?;
    answer(&state, Some(by.id), id).await
}

async fn unfavourite(State(state): State<ApiState>, viewer: Viewer, Id(id): Id<StatusId>) -> Result {
    let by = viewer.require("write:favourites")?;
    favourites::unfavourite(&state.app, by, id).await?;
    answer(&state, Some(by.id), id).await
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct How {
    visibility: String,
}

async fn reblog(
    State(state): State<ApiState>,
    viewer: Viewer,
    Id(id): Id<StatusId>,
    Params(how): Params<How>,
) -> Result {
    let by = viewer.require("write:statuses")?;
    let visibility = match how.visibility.as_str() {
        "" => None,
        word => match Visibility::parse(word) {
            Some(visibility) if visibility != Visibility::Direct => Some(visibility),
            _ => return Err(Error::invalid("visibility must be one of: public, unlisted, private")),
        },
    };
    let how = Reblog { visibility, uri: None, published: None };
    let wrapper = reblogs::reblog(&state.app, by, id, how).await?;
    answer(&state, Some(by.id), wrapper.id).await
}

async fn unreblog(State(state): State<ApiState>, viewer: Viewer, Id(id): Id<StatusId>) -> Result {
    let by = viewer.require("write:statuses")?;
    // The reblog itself may be named, and is gone afterwards.
    let named = db::statuses::find_visible(&mut *state.app.conn().await?, Some(by.id), id).await?;
    let original = named.reblog_of_id.unwrap_or(id);
    reblogs::unreblog(&state.app, by, original).await?;
    answer(&state, Some(by.id), original).await
}

async fn bookmark(State(state): State<ApiState>, viewer: Viewer, Id(id): Id<StatusId>) -> Result {
    let by = viewer.require("write:bookmarks")?;
    statuses::bookmark(&state.app, by, id).await?;
    answer(&state, Some(by.id), id).await
}

async fn unbookmark(State(state): State<ApiState>, viewer: Viewer, Id(id): Id<StatusId>) -> Result {
    let by = viewer.require("write:bookmarks")?;
    statuses::unbookmark(&state.app, by, id).await?;
    answer(&state, Some(by.id), id).await
}

async fn pin(State(state): State<ApiState>, viewer: Viewer, Id(id): Id<StatusId>) -> Result {
    let by = viewer.require("write:accounts")?;
    pins::pin(&state.app, by, id).await?;
    answer(&state, Some(by.id), id).await
}

async fn unpin(State(state): State<ApiState>, viewer: Viewer, Id(id): Id<StatusId>) -> Result {
    let by = viewer.require("write:accounts")?;
    pins::unpin(&state.app, by, id).await?;
    answer(&state, Some(by.id), id).await
}

async fn mute(State(state): State<ApiState>, viewer: Viewer, Id(id): Id<StatusId>) -> Result {
    let by = viewer.require("write:mutes")?;
    mutes::mute_conversation(&state.app, by, id).await?;
    answer(&state, Some(by.id), id).await
}

async fn unmute(State(state): State<ApiState>, viewer: Viewer, Id(id): Id<StatusId>) -> Result {
    let by = viewer.require("write:mutes")?;
    mutes::unmute_conversation(&state.app, by, id).await?;
    answer(&state, Some(by.id), id).await
}
