//! Polls: reading them, and voting.

use axum::extract::State;
use axum::response::IntoResponse;
use db::status_views::{self, StatusView};
use db::{AccountId, StatusId};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::{Viewer, reader};
use crate::params::Params;
use crate::path::Id;
use crate::{ApiState, Error, Json, Result, entities};

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(show)).routes(routes!(vote))
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

/// Shows a poll.
#[utoipa::path(
    get,
    path = "/api/v1/polls/{id}",
    responses((status = 200, body = entities::Poll)),
    security((), ("user" = ["read:statuses"])),
)]
async fn show(State(state): State<ApiState>, viewer: Option<Viewer>, Id(id): Id<StatusId>) -> Result {
    let viewer = reader(viewer.as_ref(), "read:statuses")?;
    let view = find(&state, viewer, id).await?;
    if let Some(poll) = &view.poll {
        services::polls::refresh_if_stale(&state.app, &view.status, &poll.poll).await?;
    }
    answer(&state, &view)
}

#[derive(Default, Deserialize, ToSchema)]
#[serde(default)]
struct Choices {
    choices: Vec<i64>,
}

/// Votes on a poll.
#[utoipa::path(
    post,
    path = "/api/v1/polls/{id}/votes",
    request_body = inline(Choices),
    responses((status = 200, body = entities::Poll)),
    security(("user" = ["write:statuses"])),
)]
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
