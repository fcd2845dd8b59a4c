//! What people do with a status: favourite, reblog, bookmark, pin, mute.

use axum::extract::State;
use db::{StatusId, Visibility};
use serde::Deserialize;
use services::reblogs::Reblog;
use services::{favourites, mutes, pins, reblogs, statuses};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answer;
use crate::auth::Viewer;
use crate::entities;
use crate::params::Params;
use crate::path::Id;
use crate::{ApiState, Error, Result};

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(favourite))
        .routes(routes!(unfavourite))
        .routes(routes!(reblog))
        .routes(routes!(unreblog))
        .routes(routes!(bookmark))
        .routes(routes!(unbookmark))
        .routes(routes!(pin))
        .routes(routes!(unpin))
        .routes(routes!(mute))
        .routes(routes!(unmute))
}

/// Favourites a status.
#[utoipa::path(
    post,
    path = "/api/v1/statuses/{id}/favourite",
    responses((status = 200, body = entities::Status)),
    security(("user" = ["write:favourites"])),
)]
async fn favourite(State(state): State<ApiState>, viewer: Viewer, Id(id): Id<StatusId>) -> Result {
    let by = viewer.require("write:favourites")?;
    favourites::favourite(&state.app, by, id, None).await?;
    answer(&state, Some(by.id), id).await
}

/// Takes a favourite back.
#[utoipa::path(
    post,
    path = "/api/v1/statuses/{id}/unfavourite",
    responses((status = 200, body = entities::Status)),
    security(("user" = ["write:favourites"])),
)]
async fn unfavourite(State(state): State<ApiState>, viewer: Viewer, Id(id): Id<StatusId>) -> Result {
    let by = viewer.require("write:favourites")?;
    favourites::unfavourite(&state.app, by, id).await?;
    answer(&state, Some(by.id), id).await
}

#[derive(Default, Deserialize, ToSchema)]
#[serde(default)]
struct How {
    visibility: String,
}

/// Reblogs a status.
#[utoipa::path(
    post,
    path = "/api/v1/statuses/{id}/reblog",
    request_body = inline(How),
    responses((status = 200, body = entities::Status)),
    security(("user" = ["write:statuses"])),
)]
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

/// Takes a reblog back.
#[utoipa::path(
    post,
    path = "/api/v1/statuses/{id}/unreblog",
    responses((status = 200, body = entities::Status)),
    security(("user" = ["write:statuses"])),
)]
async fn unreblog(State(state): State<ApiState>, viewer: Viewer, Id(id): Id<StatusId>) -> Result {
    let by = viewer.require("write:statuses")?;
    let original = reblogs::unreblog(&state.app, by, id).await?;
    answer(&state, Some(by.id), original).await
}

/// Bookmarks a status.
#[utoipa::path(
    post,
    path = "/api/v1/statuses/{id}/bookmark",
    responses((status = 200, body = entities::Status)),
    security(("user" = ["write:bookmarks"])),
)]
async fn bookmark(State(state): State<ApiState>, viewer: Viewer, Id(id): Id<StatusId>) -> Result {
    let by = viewer.require("write:bookmarks")?;
    statuses::bookmark(&state.app, by, id).await?;
    answer(&state, Some(by.id), id).await
}

/// Removes a bookmark.
#[utoipa::path(
    post,
    path = "/api/v1/statuses/{id}/unbookmark",
    responses((status = 200, body = entities::Status)),
    security(("user" = ["write:bookmarks"])),
)]
async fn unbookmark(State(state): State<ApiState>, viewer: Viewer, Id(id): Id<StatusId>) -> Result {
    let by = viewer.require("write:bookmarks")?;
    statuses::unbookmark(&state.app, by, id).await?;
    answer(&state, Some(by.id), id).await
}

/// Pins a status to the profile.
#[utoipa::path(
    post,
    path = "/api/v1/statuses/{id}/pin",
    responses((status = 200, body = entities::Status)),
    security(("user" = ["write:accounts"])),
)]
async fn pin(State(state): State<ApiState>, viewer: Viewer, Id(id): Id<StatusId>) -> Result {
    let by = viewer.require("write:accounts")?;
    pins::pin(&state.app, by, id).await?;
    answer(&state, Some(by.id), id).await
}

/// Unpins a status from the profile.
#[utoipa::path(
    post,
    path = "/api/v1/statuses/{id}/unpin",
    responses((status = 200, body = entities::Status)),
    security(("user" = ["write:accounts"])),
)]
async fn unpin(State(state): State<ApiState>, viewer: Viewer, Id(id): Id<StatusId>) -> Result {
    let by = viewer.require("write:accounts")?;
    pins::unpin(&state.app, by, id).await?;
    answer(&state, Some(by.id), id).await
}

/// Mutes a conversation.
#[utoipa::path(
    post,
    path = "/api/v1/statuses/{id}/mute",
    responses((status = 200, body = entities::Status)),
    security(("user" = ["write:mutes"])),
)]
async fn mute(State(state): State<ApiState>, viewer: Viewer, Id(id): Id<StatusId>) -> Result {
    let by = viewer.require("write:mutes")?;
    mutes::mute_conversation(&state.app, by, id).await?;
    answer(&state, Some(by.id), id).await
}

/// Unmutes a conversation.
#[utoipa::path(
    post,
    path = "/api/v1/statuses/{id}/unmute",
    responses((status = 200, body = entities::Status)),
    security(("user" = ["write:mutes"])),
)]
async fn unmute(State(state): State<ApiState>, viewer: Viewer, Id(id): Id<StatusId>) -> Result {
    let by = viewer.require("write:mutes")?;
    mutes::unmute_conversation(&state.app, by, id).await?;
    answer(&state, Some(by.id), id).await
}
