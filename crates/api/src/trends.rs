//! What trends, as of the last calculation.

use axum::Router;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::get;
use db::trends;

use crate::auth::{Viewer, reader};
use crate::paging::Offset;
use crate::statuses::answer_list;
use crate::{ApiState, Json, Result, tags};

pub(crate) fn router() -> Router<ApiState> {
    Router::new()
        .route("/api/v1/trends", get(hashtags))
        .route("/api/v1/trends/tags", get(hashtags))
        .route("/api/v1/trends/statuses", get(statuses))
        .route("/api/v1/trends/links", get(links))
}

async fn hashtags(State(state): State<ApiState>, viewer: Option<Viewer>, paging: Offset<10, 20>) -> Result {
    let viewer = viewer.map(|viewer| viewer.id());
    let mut conn = state.app.conn().await?;
    let found = trends::tags(&mut conn, paging.skip, paging.limit).await?;
    let usage = tags::usage(&mut conn, viewer, &found).await?;
    let urls = &state.app.urls;
    Ok((paging.links(urls, found.len()), Json(usage.list(urls, &found))).into_response())
}

async fn statuses(State(state): State<ApiState>, viewer: Option<Viewer>, paging: Offset<20, 40>) -> Result {
    let viewer = reader(viewer.as_ref(), "read:statuses")?;
    let mut conn = state.app.conn().await?;
    let ids = trends::statuses(&mut conn, viewer, paging.skip, paging.limit).await?;
    let links = paging.links(&state.app.urls, ids.len());
    answer_list(&state.within(db::filters::Context::Public), &mut conn, viewer, &ids, links).await
}

/// Links have no previews here yet, and none trends without one.
async fn links(_: Offset<10, 20>) -> Json<[(); 0]> {
    Json([])
}
