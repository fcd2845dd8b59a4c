//! Whom the viewer mutes.

use axum::extract::State;
use axum::response::IntoResponse;
use db::{AccountId, account_views, relationships};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::accounts::Accounts;
use crate::auth::Viewer;
use crate::entities;
use crate::entities::{Account, MutedAccount, Time};
use crate::{ApiState, Json, Result};

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(list))
}

/// Lists muted accounts.
#[utoipa::path(
    get,
    path = "/api/v1/mutes",
    params(Accounts),
    responses((status = 200, body = Vec<entities::MutedAccount>)),
    security(("user" = ["read:mutes"])),
)]
async fn list(State(state): State<ApiState>, viewer: Viewer, paging: Accounts) -> Result {
    let by = viewer.require("read:mutes")?;
    let mut conn = state.app.conn().await?;
    let entries = relationships::muted(&mut conn, by.id, paging.page).await?;
    let ids: Vec<AccountId> = entries.iter().map(|entry| AccountId(entry.target)).collect();
    let views = account_views::load_in_order(&mut conn, &ids).await?;
    let between = relationships::load(&mut conn, by.id, &ids).await?;
    let urls = &state.app.urls;
    let entities: Vec<_> = views
        .iter()
        .map(|view| {
            let row = between.iter().find(|row| row.id == view.account.id);
            let mute_expires_at = row.and_then(|row| row.muting_expires_at).map(Time);
            MutedAccount { account: Account::new(urls, view), mute_expires_at }
        })
        .collect();
    Ok((paging.links(urls, entries.iter().map(|entry| entry.id)), Json(entities)).into_response())
}
