//! Telling the moderators (<https://docs.joinmastodon.org/methods/reports/>).

use axum::extract::State;
use axum::response::IntoResponse;
use db::account_views;
use db::reports::Category;
use db::{AccountId, StatusId};
use serde::Deserialize;
use services::reports::{self, Complaint};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::Viewer;
use crate::paging::Paging;
use crate::params::Params;
use crate::{ApiState, Error, Json, Result, entities};

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(index, create))
}

#[derive(Deserialize, ToSchema)]
struct NewReport {
    account_id: Option<String>,
    #[serde(default)]
    status_ids: Vec<String>,
    #[serde(default)]
    comment: String,
    #[serde(default)]
    forward: bool,
    #[serde(default)]
    category: String,
    #[serde(default)]
    rule_ids: Vec<String>,
}

/// Reports an account.
///
/// What cannot be an id is the id of nothing.
#[utoipa::path(
    post,
    path = "/api/v1/reports",
    request_body = inline(NewReport),
    responses((status = 200, body = entities::Report)),
    security(("user" = ["write:reports"])),
)]
async fn create(State(state): State<ApiState>, viewer: Viewer, Params(new): Params<NewReport>) -> Result {
    let by = viewer.require("write:reports")?;
    let target = new.account_id.as_deref().and_then(|id| id.trim().parse::<AccountId>().ok());
    let statuses: Result<Vec<StatusId>, _> = new.status_ids.iter().map(|id| id.trim().parse()).collect();
    let rules: Result<Vec<i64>, _> = new.rule_ids.iter().map(|id| id.trim().parse()).collect();
    let category = match new.category.as_str() {
        "" => Category::Other,
        word => {
            Category::parse(word).ok_or_else(|| Error::invalid("Category is not included in the list"))?
        }
    };
    let complaint = Complaint {
        target: target.ok_or_else(Error::not_found)?,
        statuses: statuses.map_err(|_| Error::not_found())?,
        comment: new.comment,
        forward: new.forward,
        category,
        rules: rules.map_err(|_| Error::invalid("Rule ids does not reference valid rules"))?,
    };
    let report = reports::file(&state.app, by, complaint).await?;
    let mut conn = state.app.conn().await?;
    let target = account_views::find(&mut conn, report.target_account_id).await?;
    Ok(Json(entities::Report::new(&state.app.urls, &report, &target)).into_response())
}

/// Lists own reports.
///
/// Not documented any more, but called; there is no narrower scope for it.
#[utoipa::path(
    get,
    path = "/api/v1/reports",
    params(Paging<20, 40>),
    responses((status = 200, body = Vec<entities::Report>)),
    security(("user" = ["read"])),
)]
async fn index(State(state): State<ApiState>, viewer: Viewer, paging: Paging<20, 40>) -> Result {
    let by = viewer.require("read")?;
    let mut conn = state.app.conn().await?;
    let rows = db::reports::made_by(&mut conn, by.id, paging.page).await?;
    let targets: Vec<AccountId> = rows.iter().map(|row| row.target_account_id).collect();
    let targets = account_views::load(&mut conn, &targets).await?;
    let urls = &state.app.urls;
    let entities: Vec<_> = rows
        .iter()
        .filter_map(|row| Some(entities::Report::new(urls, row, targets.get(&row.target_account_id)?)))
        .collect();
    let links = paging.links(urls, rows.iter().map(|row| row.id));
    Ok((links, Json(entities)).into_response())
}
