//! Emoji below statuses: the calls of Pleroma's clients, and those of glitch-soc's and Iceshrimp's.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use db::reactions::Reaction;
use db::{AccountId, StatusId};
use services::reactions;

use crate::auth::{Viewer, reader};
use crate::entities::{StatusReaction, StatusReactionAccounts, reaction_name};
use crate::path::Id;
use crate::statuses::answer;
use crate::{ApiState, Error, Json, Result};

/// Longest name looked at, in bytes.
const MAX_NAME_BYTES: usize = 300;
/// Most reactions of one status that are listed with their accounts.
const MOST_LISTED: i64 = 200;

pub(crate) fn router() -> Router<ApiState> {
    Router::new()
        .route("/api/v1/pleroma/statuses/{id}/reactions", get(index))
        .route("/api/v1/pleroma/statuses/{id}/reactions/{emoji}", get(one).put(react).delete(unreact))
        .route("/api/v1/statuses/{id}/react/{emoji}", post(react))
        .route("/api/v1/statuses/{id}/unreact/{emoji}", post(unreact))
}

/// The status and the emoji of the path.
fn named((id, name): (String, String)) -> Result<(StatusId, String)> {
    let id = id.parse().map_err(|_| Error::not_found())?;
    if name.len() > MAX_NAME_BYTES || name.contains('\0') {
        return Err(Error::invalid("Name is not a recognized emoji"));
    }
    Ok((id, name))
}

async fn index(State(state): State<ApiState>, viewer: Option<Viewer>, Id(id): Id<StatusId>) -> Result {
    list(&state, reader(viewer.as_ref(), "read:statuses")?, id, None).await
}

async fn one(
    State(state): State<ApiState>,
    viewer: Option<Viewer>,
    Path(path): Path<(String, String)>,
) -> Result {
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

async fn react(State(state): State<ApiState>, viewer: Viewer, Path(path): Path<(String, String)>) -> Result {
    let by = viewer.require("write:favourites")?;
    let (id, name) = named(path)?;
    let emoji = reactions::recognise(&mut *state.app.conn().await?, by, id, &name).await?;
    reactions::react(&state.app, by, id, &emoji, None).await?;
    answer(&state, Some(by.id), id).await
}

async fn unreact(
    State(state): State<ApiState>,
    viewer: Viewer,
    Path(path): Path<(String, String)>,
) -> Result {
    let by = viewer.require("write:favourites")?;
    let (id, name) = named(path)?;
    let emoji = reactions::recognise(&mut *state.app.conn().await?, by, id, &name).await?;
    reactions::unreact(&state.app, by, id, &emoji).await?;
    answer(&state, Some(by.id), id).await
}
