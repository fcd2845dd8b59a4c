//! Quotes of a status, and who may make them.

use axum::extract::State;
use db::StatusId;
use serde::Deserialize;
use services::quotes;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::drafts::policy;
use super::{answer, answer_list};
use crate::auth::Viewer;
use crate::paging::Paging;
use crate::params::Params;
use crate::path::{Id, Ids};
use crate::{ApiState, Result, entities};

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(index)).routes(routes!(revoke)).routes(routes!(set_policy))
}

/// Lists the quotes of a status.
#[utoipa::path(
    get,
    path = "/api/v1/statuses/{id}/quotes",
    params(Paging<20, 40>),
    responses((status = 200, body = Vec<entities::Status>)),
    security(("user" = ["read:statuses"])),
)]
async fn index(
    State(state): State<ApiState>,
    viewer: Viewer,
    Id(id): Id<StatusId>,
    paging: Paging<20, 40>,
) -> Result {
    let by = viewer.require("read:statuses")?;
    let mut conn = state.app.conn().await?;
    let status = db::statuses::find_visible(&mut conn, Some(by.id), id).await?;
    let of = status.reblog_of_id.unwrap_or(id);
    let quoting = db::quotes::quoting(&mut conn, by.id, of, paging.page).await?;
    let links = paging.links(&state.app.urls, quoting.iter().map(|id| id.0));
    answer_list(&state, &mut conn, Some(by.id), &quoting, links).await
}

/// Takes the consent to a quote back.
#[utoipa::path(
    post,
    path = "/api/v1/statuses/{id}/quotes/{quoting_status_id}/revoke",
    responses((status = 200, body = entities::Status)),
    security(("user" = ["write:statuses"])),
)]
async fn revoke(
    State(state): State<ApiState>,
    viewer: Viewer,
    Ids(id, quoting): Ids<StatusId, StatusId>,
) -> Result {
    let by = viewer.require("write:statuses")?;
    quotes::revoke(&state.app, by, id, quoting).await?;
    answer(&state, Some(by.id), quoting).await
}

#[derive(Default, Deserialize, ToSchema)]
#[serde(default)]
struct Policy {
    quote_approval_policy: String,
}

/// Changes who may quote a status.
#[utoipa::path(
    put,
    path = "/api/v1/statuses/{id}/interaction_policy",
    request_body = inline(Policy),
    responses((status = 200, body = entities::Status)),
    security(("user" = ["write:statuses"])),
)]
async fn set_policy(
    State(state): State<ApiState>,
    viewer: Viewer,
    Id(id): Id<StatusId>,
    Params(form): Params<Policy>,
) -> Result {
    let by = viewer.require("write:statuses")?;
    match policy(&form.quote_approval_policy)? {
        Some(setting) => quotes::set_policy(&state.app, by, id, setting).await?,
        // Nothing is asked, of a status that must be there all the same.
        None => drop(db::statuses::find_own(&mut *state.app.conn().await?, by.id, id).await?),
    }
    answer(&state, Some(by.id), id).await
}
