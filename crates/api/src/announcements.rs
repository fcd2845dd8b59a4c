//! What whoever runs the place tells everybody (<https://docs.joinmastodon.org/methods/announcements/>).

use axum::extract::State;
use axum::response::IntoResponse;
use services::announcements;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::Viewer;
use crate::json::Empty;
use crate::path::{Id, Ids};
use crate::{ApiState, Error, Json, Result, entities};

/// Longest name of a reaction looked at, in bytes.
const MAX_NAME_BYTES: usize = 100;

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(dismiss)).routes(routes!(react, unreact))
}

/// Lists announcements.
///
/// For everybody who is signed in, with whatever scope.
#[utoipa::path(
    get,
    path = "/api/v1/announcements",
    responses((status = 200, body = Vec<entities::Announcement>)),
    security(("user" = [])),
)]
async fn list(State(state): State<ApiState>, viewer: Viewer) -> Result {
    let mut conn = state.app.conn().await?;
    let rows = db::announcements::current(&mut conn).await?;
    let views = db::announcements::views(&mut conn, Some(viewer.user().account_id), rows).await?;
    Ok(Json(entities::Announcement::list(&state.app.urls, &views)).into_response())
}

/// Marks an announcement as read.
#[utoipa::path(
    post,
    path = "/api/v1/announcements/{id}/dismiss",
    responses((status = 200, body = Empty)),
    security(("user" = ["write:accounts"])),
)]
async fn dismiss(State(state): State<ApiState>, viewer: Viewer, id: Id<i64>) -> Result<Json<Empty>> {
    let by = viewer.require("write:accounts")?;
    announcements::dismiss(&state.app, by, id.0).await?;
    Ok(Json(Empty {}))
}

/// The announcement and the emoji of the path.
fn reaction(path: Ids<i64, String>) -> Result<(i64, String)> {
    let Ids(id, name) = path;
    if name.len() > MAX_NAME_BYTES || name.contains('\0') {
        return Err(Error::invalid("Name is not a recognized emoji"));
    }
    Ok((id, name))
}

/// Reacts to an announcement with an emoji.
#[utoipa::path(
    put,
    path = "/api/v1/announcements/{id}/reactions/{name}",
    responses((status = 200, body = Empty)),
    security(("user" = ["write:favourites"])),
)]
async fn react(State(state): State<ApiState>, viewer: Viewer, path: Ids<i64, String>) -> Result<Json<Empty>> {
    let by = viewer.require("write:favourites")?;
    let (id, name) = reaction(path)?;
    announcements::react(&state.app, by, id, &name).await?;
    Ok(Json(Empty {}))
}

/// Takes a reaction to an announcement back.
#[utoipa::path(
    delete,
    path = "/api/v1/announcements/{id}/reactions/{name}",
    responses((status = 200, body = Empty)),
    security(("user" = ["write:favourites"])),
)]
async fn unreact(
    State(state): State<ApiState>,
    viewer: Viewer,
    path: Ids<i64, String>,
) -> Result<Json<Empty>> {
    let by = viewer.require("write:favourites")?;
    let (id, name) = reaction(path)?;
    announcements::unreact(&state.app, by, id, &name).await?;
    Ok(Json(Empty {}))
}
