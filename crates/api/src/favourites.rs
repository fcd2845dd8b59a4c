//! What the viewer favourited.

use axum::extract::State;
use db::StatusId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::Viewer;
use crate::entities;
use crate::paging::Paging;
use crate::statuses::answer_list;
use crate::{ApiState, Result};

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(index))
}

/// Lists favourited statuses.
#[utoipa::path(
    get,
    path = "/api/v1/favourites",
    params(Paging<20, 40>),
    responses((status = 200, body = Vec<entities::Status>)),
    security(("user" = ["read:favourites"])),
)]
async fn index(State(state): State<ApiState>, viewer: Viewer, paging: Paging<20, 40>) -> Result {
    let by = viewer.require("read:favourites")?;
    let urls = &state.app.urls;
    let mut conn = state.app.conn().await?;
    let entries = db::favourites::statuses_by(&mut conn, by.id, paging.page).await?;
    let ids: Vec<StatusId> = entries.iter().map(|entry| StatusId(entry.target)).collect();
    let links = paging.links(urls, entries.iter().map(|entry| entry.id));
    answer_list(&state, &mut conn, Some(by.id), &ids, links).await
}
