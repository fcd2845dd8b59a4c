//! Who favourited or reblogged a status.

use axum::extract::State;
use axum::response::IntoResponse;
use db::page::Entry;
use db::{AccountId, StatusId, account_views, favourites, statuses, timelines};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::{Viewer, reader};
use crate::paging::Paging;
use crate::path::Id;
use crate::{ApiState, Json, Result, entities};

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(favourited_by)).routes(routes!(reblogged_by))
}

/// Lists who favourited a status.
#[utoipa::path(
    get,
    path = "/api/v1/statuses/{id}/favourited_by",
    params(Paging<40, 80>),
    responses((status = 200, body = Vec<entities::Account>)),
    security((), ("user" = ["read:statuses"])),
)]
async fn favourited_by(
    State(state): State<ApiState>,
    viewer: Option<Viewer>,
    Id(id): Id<StatusId>,
    paging: Paging<40, 80>,
) -> Result {
    let viewer = reader(viewer.as_ref(), "read:statuses")?;
    let mut conn = state.app.conn().await?;
    let status = statuses::find_visible(&mut conn, viewer, id).await?;
    let of = status.reblog_of_id.unwrap_or(id);
    let entries = favourites::accounts_of(&mut conn, of, paging.page).await?;
    answer_accounts(&state, &mut conn, &entries, &paging).await
}

/// Lists who reblogged a status.
#[utoipa::path(
    get,
    path = "/api/v1/statuses/{id}/reblogged_by",
    params(Paging<40, 80>),
    responses((status = 200, body = Vec<entities::Account>)),
    security((), ("user" = ["read:statuses"])),
)]
async fn reblogged_by(
    State(state): State<ApiState>,
    viewer: Option<Viewer>,
    Id(id): Id<StatusId>,
    paging: Paging<40, 80>,
) -> Result {
    let viewer = reader(viewer.as_ref(), "read:statuses")?;
    let mut conn = state.app.conn().await?;
    let status = statuses::find_visible(&mut conn, viewer, id).await?;
    let of = status.reblog_of_id.unwrap_or(id);
    let entries = timelines::reblogged_by(&mut conn, viewer, of, paging.page).await?;
    answer_accounts(&state, &mut conn, &entries, &paging).await
}

async fn answer_accounts(
    state: &ApiState,
    conn: &mut db::Conn,
    entries: &[Entry],
    paging: &Paging<40, 80>,
) -> Result {
    let urls = &state.app.urls;
    let ids: Vec<AccountId> = entries.iter().map(|entry| AccountId(entry.target)).collect();
    let views = account_views::load_in_order(conn, &ids).await?;
    let links = paging.links(urls, entries.iter().map(|entry| entry.id));
    Ok((links, Json(entities::Account::list(urls, &views))).into_response())
}
