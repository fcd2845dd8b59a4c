//! Polls: reading them, and voting.

use axum::Router;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use db::status_views::{self, StatusView};
use db::{AccountId, StatusId};
use serde::Deserialize;

use crate::auth::{Viewer, reader};
use crate::params::Params;
use crate::path::Id;
use crate::{ApiState, Error, Json, Result, entities};

pub(crate) fn router() -> Router<ApiState> {
    Router::new().route("/api/v1/polls/{id}", get(show)).route("/api/v1/polls/{id}/votes", post(vote))
}

/// A poll has the id of its status, and is for whom that is.
async fn find(state: &ApiState, viewer: Option<AccountId>, id: StatusId) -> Result<StatusView> {
    let view = status_views::find(&mut *state.app.conn().await?, viewer, id).await?;
    if view.poll.is_some() { Ok(view) } else { Err(Error::not_found()) }
}

fn answer(state: &ApiState, view: &StatusView) -> Result {
    let poll = entities::Poll::of(&state.app.urls, view).ok_or_else(Error::not_found)?;
    Ok(Json(poll).into_response())
}

async fn show(State(state): State<ApiState>, viewer: Option<Viewer>, Id(id): Id<StatusId>) -> Result {
    let viewer = reader(viewer.as_ref(), "read:statuses")?;
    let view = find(&state, viewer, id).await?;
    if let Some(poll) = &view.poll {
        services::polls::refresh_if_stale(&state.app, &view.status, &poll.poll).await?;
    }
    answer(&state, &view)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Choices {
    choices: Vec<i64>,
}

async fn vote(
    State(state): State<ApiState>,
    viewer: Viewer,
    Id(id): Id<StatusId>,
    Params(chosen): Params<Choices>,
) -> Result {
    let by = viewer.require("write:statuses")?;
    services::polls::vote(&state.app, by, id, &chosen.choices).await?;
    answer(&state, &find(&state, Some(by.id), id).await?)
}
