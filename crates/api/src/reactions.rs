//! Emoji below statuses: the calls of Pleroma's clients, and those of glitch-soc's and Iceshrimp's.

use axum::extract::State;
use axum::response::IntoResponse;
use db::reactions::Reaction;
use db::{AccountId, StatusId};
use services::reactions;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::{Viewer, reader};
use crate::entities::{self, StatusReaction, StatusReactionAccounts, reaction_name};
use crate::path::{Id, Ids};
use crate::statuses::answer;
use crate::{ApiState, Error, Json, Result};

/// Longest name looked at, in bytes.
const MAX_NAME_BYTES: usize = 300;
/// Most reactions of one status that are listed with their accounts.
const MOST_LISTED: i64 = 200;

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(index))
        .routes(routes!(one, react, unreact))
        .routes(routes!(react_by_post))
        .routes(routes!(unreact_by_post))
}

/// The status and the emoji of the path.
fn named(path: Ids<StatusId, String>) -> Result<(StatusId, String)> {
    let Ids(id, name) = path;
    if name.len() > MAX_NAME_BYTES || name.contains('\0') {
        return Err(Error::invalid("Name is not a recognized emoji"));
    }
    Ok((id, name))
}

/// Lists the emoji below a status.
#[utoipa::path(
    get,
    path = "/api/v1/pleroma/statuses/{id}/reactions",
    responses((status = 200, body = Vec<entities::StatusReactionAccounts>)),
    security((), ("user" = ["read:statuses"])),
)]
async fn index(State(state): State<ApiState>, viewer: Option<Viewer>, Id(id): Id<StatusId>) -> Result {
    list(&state, reader(viewer.as_ref(), "read:statuses")?, id, None).await
}

/// Shows an emoji below a status.
#[utoipa::path(
    get,
    path = "/api/v1/pleroma/statuses/{id}/reactions/{emoji}",
    responses((status = 200, body = Vec<entities::StatusReactionAccounts>)),
    security((), ("user" = ["read:statuses"])),
)]
async fn one(State(state): State<ApiState>, viewer: Option<Viewer>, path: Ids<StatusId, String>) -> Result {
    let (id, name) = named(path)?;
    list(&state, reader(viewer.as_ref(), "read:statuses")?, id, Some(&name)).await
}

async fn list(state: &ApiState, viewer: Option<AccountId>, id: StatusId, only: Option<&str>) -> Result {
    let mut conn = state.app.conn().await?;
    let status = db::statuses::find_visible(&mut conn, viewer, id).await?;
    let id = status.reblog_of_id.unwrap_or(status.id);
    let tallies = db::reactions::load_for(&mut conn, viewer, &[id]).await?.remove(&id).unwrap_or_default();
    let rows = db::reactions::accounts_of(&mut conn, viewer, id, MOST_LISTED).await?;
    let mut accounts: Vec<AccountId> = rows.iter().map(|row| row.account_id).collect();
    accounts.sort_unstable();
    accounts.dedup();
    let accounts = state.renderer.accounts(&mut conn, &accounts).await?;
    let only = only.map(|name| text::emoji(name.trim_matches(':')).unwrap_or(name.trim_matches(':')));
    let wanted = tallies.iter().filter(|tally| only.is_none_or(|name| name == reaction_name(&tally.emoji)));
    let with_accounts = wanted.map(|tally| StatusReactionAccounts {
        reaction: StatusReaction::new(&state.app.urls, tally),
        accounts: rows
            .iter()
            .filter(|row: &&Reaction| row.emoji() == tally.emoji)
            .filter_map(|row| accounts.get(row.account_id.0))
            .collect(),
    });
    Ok(Json(with_accounts.collect::<Vec<_>>()).into_response())
}

/// Reacts to a status with an emoji.
#[utoipa::path(
    put,
    path = "/api/v1/pleroma/statuses/{id}/reactions/{emoji}",
    responses((status = 200, body = entities::Status)),
    security(("user" = ["write:favourites"])),
)]
async fn react(State(state): State<ApiState>, viewer: Viewer, path: Ids<StatusId, String>) -> Result {
    let by = viewer.require("write:favourites")?;
    let (id, name) = named(path)?;
    let emoji = reactions::recognise(&mut *state.app.conn().await?, by, id, &name).await?;
    reactions::react(&state.app, by, id, &emoji, None).await?;
    answer(&state, Some(by.id), id).await
}

/// Takes a reaction back.
#[utoipa::path(
    delete,
    path = "/api/v1/pleroma/statuses/{id}/reactions/{emoji}",
    responses((status = 200, body = entities::Status)),
    security(("user" = ["write:favourites"])),
)]
async fn unreact(State(state): State<ApiState>, viewer: Viewer, path: Ids<StatusId, String>) -> Result {
    let by = viewer.require("write:favourites")?;
    let (id, name) = named(path)?;
    let emoji = reactions::recognise(&mut *state.app.conn().await?, by, id, &name).await?;
    reactions::unreact(&state.app, by, id, &emoji).await?;
    answer(&state, Some(by.id), id).await
}

/// Reacts to a status with an emoji, as other servers have it.
#[utoipa::path(
    post,
    path = "/api/v1/statuses/{id}/react/{emoji}",
    responses((status = 200, body = entities::Status)),
    security(("user" = ["write:favourites"])),
)]
async fn react_by_post(state: State<ApiState>, viewer: Viewer, path: Ids<StatusId, String>) -> Result {
    react(state, viewer, path).await
}

/// Takes a reaction back, as other servers have it.
#[utoipa::path(
    post,
    path = "/api/v1/statuses/{id}/unreact/{emoji}",
    responses((status = 200, body = entities::Status)),
    security(("user" = ["write:favourites"])),
)]
async fn unreact_by_post(state: State<ApiState>, viewer: Viewer, path: Ids<StatusId, String>) -> Result {
    unreact(state, viewer, path).await
}
