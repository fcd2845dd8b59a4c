//! What whoever runs the place tells everybody (<https://docs.joinmastodon.org/methods/announcements/>).

use axum::Router;
use axum::extract::{Path, State};
use axum::response::IntoResponse;
use axum::routing::{get, post, put};
use services::announcements;

use crate::auth::Viewer;
use crate::json::Empty;
use crate::path::Id;
use crate::{ApiState, Error, Json, Result, entities};

/// Longest name of a reaction looked at, in bytes.
const MAX_NAME_BYTES: usize = 100;

pub(crate) fn router() -> Router<ApiState> {
    Router::new()
        .route("/api/v1/announcements", get(list))
        .route("/api/v1/announcements/{id}/dismiss", post(dismiss))
        .route("/api/v1/announcements/{id}/reactions/{name}", put(react).delete(unreact))
}

/// For everybody who is signed in, with whatever scope.
async fn list(State(state): State<ApiState>, viewer: Viewer) -> Result {
    let mut conn = state.app.conn().await?;
    let rows = db::announcements::current(&mut conn).await?;
    let views = db::announcements::views(&mut conn, Some(viewer.user().account_id), rows).await?;
    Ok(Json(entities::Announcement::list(&state.app.urls, &views)).into_response())
}

async fn dismiss(State(state): State<ApiState>, viewer: Viewer, id: Id<i64>) -> Result<Json<Empty>> {
    let by = viewer.require("write:accounts")?;
    announcements::dismiss(&state.app, by, id.0).await?;
    Ok(Json(Empty {}))
}

/// The announcement and the emoji of the path.
fn reaction(path: (String, String)) -> Result<(i64, String)> {
    let (id, name) = path;
    let id = id.parse().map_err(|_| Error::not_found())?;
    if name.len() > MAX_NAME_BYTES || name.contains('\0') {
        return Err(Error::invalid("Name is not a recognized emoji"));
    }
    Ok((id, name))
}

async fn react(
    State(state): State<ApiState>,
    viewer: Viewer,
    Path(path): Path<(String, String)>,
) -> Result<Json<Empty>> {
    let by = viewer.require("write:favourites")?;
    let (id, name) = reaction(path)?;
    announcements::react(&state.app, by, id, &name).await?;
    Ok(Json(Empty {}))
}

async fn unreact(
    State(state): State<ApiState>,
    viewer: Viewer,
    Path(path): Path<(String, String)>,
) -> Result<Json<Empty>> {
    let by = viewer.require("write:favourites")?;
    let (id, name) = reaction(path)?;
    announcements::unreact(&state.app, by, id, &name).await?;
    Ok(Json(Empty {}))
}
