//! Accounts that the viewer might like to follow.

use axum::extract::State;
use axum::response::IntoResponse;
use db::account_views::AccountView;
use db::suggestions::{self, Suggestion};
use db::{AccountId, account_views};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::Viewer;
use crate::json::Empty;
use crate::paging::Paging;
use crate::path::Id;
use crate::relationships::target;
use crate::{ApiState, Json, Result, accounts, entities};

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(plain)).routes(routes!(list)).routes(routes!(dismiss))
}

type Limit = Paging<40, 80>;

async fn load(
    state: &ApiState,
    viewer: &Viewer,
    limit: &Limit,
) -> Result<(Vec<Suggestion>, Vec<AccountView>)> {
    let viewer = viewer.require("read")?;
    let mut conn = state.app.conn().await?;
    let rows = suggestions::list(&mut conn, viewer.id, limit.page.limit).await?;
    let ids: Vec<AccountId> = rows.iter().map(|row| row.account).collect();
    let views = account_views::load_in_order(&mut conn, &ids).await?;
    Ok((rows, views))
}

/// Lists suggestions with their reasons.
#[utoipa::path(
    get,
    path = "/api/v2/suggestions",
    params(Limit),
    responses((status = 200, body = Vec<entities::Suggestion>)),
    security(("user" = ["read"])),
)]
async fn list(State(state): State<ApiState>, viewer: Viewer, limit: Limit) -> Result {
    let (rows, views) = load(&state, &viewer, &limit).await?;
    let entities: Vec<_> = rows
        .iter()
        .filter_map(|row| {
            let view = views.iter().find(|view| view.account.id == row.account)?;
            Some(entities::Suggestion::new(&state.app.urls, row, view))
        })
        .collect();
    Ok(Json(entities).into_response())
}

/// Lists suggested accounts.
#[utoipa::path(
    get,
    path = "/api/v1/suggestions",
    params(Limit),
    responses((status = 200, body = Vec<entities::Account>)),
    security(("user" = ["read"])),
)]
async fn plain(State(state): State<ApiState>, viewer: Viewer, limit: Limit) -> Result {
    let (_, views) = load(&state, &viewer, &limit).await?;
    Ok(accounts::list(&state, &views).into_response())
}

/// Removes a suggestion.
#[utoipa::path(
    delete,
    path = "/api/v1/suggestions/{id}",
    responses((status = 200, body = Empty)),
    security(("user" = ["read"])),
)]
async fn dismiss(State(state): State<ApiState>, viewer: Viewer, id: Id<AccountId>) -> Result {
    let by = viewer.require("read")?;
    let account = target(&state, id.0).await?;
    services::suggestions::dismiss(&state.app, by, &account).await?;
    Ok(Json(Empty {}).into_response())
}
