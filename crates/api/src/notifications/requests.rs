//! Whom the viewer wants to hear of, and whose notifications wait to be accepted.

use axum::extract::State;
use axum::response::IntoResponse;
use db::accounts::Account;
use db::filters::Context;
use db::notifications::requests::{self, Pending, Policy, PolicyChanges, RequestView, Verdict};
use db::{AccountId, Conn, StatusId};
use serde::{Deserialize, Serialize};
use services::notifications;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::Viewer;
use crate::entities;
use crate::entities::{NotificationPolicy, NotificationRequest};
use crate::json::Empty;
use crate::paging::Paging;
use crate::params::Params;
use crate::path::Id;
use crate::rendering::List;
use crate::{ApiState, Error, Json, Result};

/// Requests that one call answers at most; a page has no more.
const MOST: usize = 80;

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(policy, set_policy))
        .routes(routes!(list))
        .routes(routes!(merged))
        .routes(routes!(accept_many))
        .routes(routes!(dismiss_many))
        .routes(routes!(one))
        .routes(routes!(accept))
        .routes(routes!(dismiss))
}

/// Shows whose notifications have to wait.
#[utoipa::path(
    get,
    path = "/api/v2/notifications/policy",
    responses((status = 200, body = entities::NotificationPolicy)),
    security(("user" = ["read:notifications"])),
)]
async fn policy(State(state): State<ApiState>, viewer: Viewer) -> Result {
    answer_policy(&state, viewer.require("read:notifications")?).await
}

async fn answer_policy(state: &ApiState, account: &Account) -> Result {
    let mut conn = state.app.conn().await?;
    let policy: Policy = requests::policy(&mut conn, account.id).await?;
    let pending: Pending = requests::pending(&mut conn, account.id).await?;
    Ok(Json(NotificationPolicy::new(&policy, &pending)).into_response())
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
#[expect(clippy::struct_field_names, reason = "they are the names of the parameters")]
struct PolicyForm {
    for_not_following: Option<String>,
    for_not_followers: Option<String>,
    for_new_accounts: Option<String>,
    for_private_mentions: Option<String>,
    for_limited_accounts: Option<String>,
}

/// `None` leaves it as it is.
fn verdict(name: &str, word: Option<&str>) -> Result<Option<Verdict>> {
    let Some(word) = word else { return Ok(None) };
    match Verdict::parse(word) {
        Some(verdict) => Ok(Some(verdict)),
        None => Err(Error::invalid(format!("{name} must be one of: accept, filter, drop"))),
    }
}

/// Changes whose notifications have to wait.
#[utoipa::path(
    method(patch, put),
    path = "/api/v2/notifications/policy",
    request_body = inline(PolicyForm),
    responses((status = 200, body = entities::NotificationPolicy)),
    security(("user" = ["write:notifications"])),
)]
async fn set_policy(State(state): State<ApiState>, viewer: Viewer, form: Params<PolicyForm>) -> Result {
    let account = viewer.require("write:notifications")?;
    let form = form.0;
    let changes = PolicyChanges {
        for_not_following: verdict("for_not_following", form.for_not_following.as_deref())?,
        for_not_followers: verdict("for_not_followers", form.for_not_followers.as_deref())?,
        for_new_accounts: verdict("for_new_accounts", form.for_new_accounts.as_deref())?,
        for_private_mentions: verdict("for_private_mentions", form.for_private_mentions.as_deref())?,
        for_limited_accounts: verdict("for_limited_accounts", form.for_limited_accounts.as_deref())?,
    };
    notifications::set_policy(&state.app, account, &changes).await?;
    answer_policy(&state, account).await
}

/// What requests of a page show.
struct Views {
    accounts: List,
    statuses: List,
}

impl Views {
    async fn load(
        state: &ApiState,
        conn: &mut Conn,
        viewer: AccountId,
        rows: &[RequestView],
    ) -> Result<Self> {
        let accounts: Vec<AccountId> = rows.iter().map(|row| row.from_account_id).collect();
        let statuses: Vec<StatusId> = rows.iter().filter_map(|row| row.last_status_id).collect();
        Ok(Self {
            accounts: state.renderer.accounts(conn, &accounts).await?,
            statuses: state
                .renderer
                .within(Context::Notifications)
                .statuses(conn, Some(viewer), &statuses)
                .await?,
        })
    }

    fn entity(&self, row: &RequestView) -> Option<NotificationRequest<'_>> {
        let from = self.accounts.get(row.from_account_id.0)?;
        let status = row.last_status_id.and_then(|id| self.statuses.get(id.0));
        Some(NotificationRequest::new(row, from, status))
    }
}

/// Lists who waits to be heard.
#[utoipa::path(
    get,
    path = "/api/v1/notifications/requests",
    params(Paging<40, 80>),
    responses((status = 200, body = Vec<entities::NotificationRequest>)),
    security(("user" = ["read:notifications"])),
)]
async fn list(State(state): State<ApiState>, viewer: Viewer, paging: Paging<40, 80>) -> Result {
    let account = viewer.require("read:notifications")?;
    let mut conn = state.app.conn().await?;
    let rows = requests::list(&mut conn, account.id, paging.page).await?;
    let links = paging.links(&state.app.urls, rows.iter().map(|row| row.id));
    let views = Views::load(&state, &mut conn, account.id, &rows).await?;
    let entities: Vec<_> = rows.iter().filter_map(|row| views.entity(row)).collect();
    Ok((links, Json(entities)).into_response())
}

/// Shows a request.
#[utoipa::path(
    get,
    path = "/api/v1/notifications/requests/{id}",
    responses((status = 200, body = entities::NotificationRequest)),
    security(("user" = ["read:notifications"])),
)]
async fn one(State(state): State<ApiState>, viewer: Viewer, id: Id<i64>) -> Result {
    let account = viewer.require("read:notifications")?;
    let mut conn = state.app.conn().await?;
    let row = requests::find(&mut conn, account.id, id.0).await?;
    let views = Views::load(&state, &mut conn, account.id, std::slice::from_ref(&row)).await?;
    let entity = views.entity(&row).ok_or_else(Error::not_found)?;
    Ok(Json(entity).into_response())
}

/// Accepts a request.
#[utoipa::path(
    post,
    path = "/api/v1/notifications/requests/{id}/accept",
    responses((status = 200, body = Empty)),
    security(("user" = ["write:notifications"])),
)]
async fn accept(State(state): State<ApiState>, viewer: Viewer, id: Id<i64>) -> Result {
    let account = viewer.require("write:notifications")?;
    settled(notifications::accept_requests(&state.app, account, &[id.0]).await?)
}

/// Dismisses a request.
#[utoipa::path(
    post,
    path = "/api/v1/notifications/requests/{id}/dismiss",
    responses((status = 200, body = Empty)),
    security(("user" = ["write:notifications"])),
)]
async fn dismiss(State(state): State<ApiState>, viewer: Viewer, id: Id<i64>) -> Result {
    let account = viewer.require("write:notifications")?;
    settled(notifications::dismiss_requests(&state.app, account, &[id.0]).await?)
}

fn settled(count: usize) -> Result {
    if count == 0 { Err(Error::not_found()) } else { Ok(Json(Empty {}).into_response()) }
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
struct Many {
    id: Vec<String>,
}

impl Many {
    /// Those that can be ids; the others are of nothing.
    fn ids(&self) -> Result<Vec<i64>> {
        if self.id.is_empty() {
            return Err(Error::invalid("id can't be blank"));
        }
        if self.id.len() > MOST {
            return Err(Error::invalid(format!("At most {MOST} requests can be answered at once")));
        }
        Ok(self.id.iter().filter_map(|id| id.trim().parse().ok()).collect())
    }
}

/// Accepts several requests.
#[utoipa::path(
    post,
    path = "/api/v1/notifications/requests/accept",
    request_body = inline(Many),
    responses((status = 200, body = Empty)),
    security(("user" = ["write:notifications"])),
)]
async fn accept_many(State(state): State<ApiState>, viewer: Viewer, form: Params<Many>) -> Result {
    let account = viewer.require("write:notifications")?;
    notifications::accept_requests(&state.app, account, &form.0.ids()?).await?;
    Ok(Json(Empty {}).into_response())
}

/// Dismisses several requests.
#[utoipa::path(
    post,
    path = "/api/v1/notifications/requests/dismiss",
    request_body = inline(Many),
    responses((status = 200, body = Empty)),
    security(("user" = ["write:notifications"])),
)]
async fn dismiss_many(State(state): State<ApiState>, viewer: Viewer, form: Params<Many>) -> Result {
    let account = viewer.require("write:notifications")?;
    notifications::dismiss_requests(&state.app, account, &form.0.ids()?).await?;
    Ok(Json(Empty {}).into_response())
}

#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
struct Merged {
    merged: bool,
}

/// Says whether accepted notifications have arrived.
#[utoipa::path(
    get,
    path = "/api/v1/notifications/requests/merged",
    responses((status = 200, body = Merged)),
    security(("user" = ["read:notifications"])),
)]
async fn merged(State(state): State<ApiState>, viewer: Viewer) -> Result {
    let account = viewer.require("read:notifications")?;
    let mut conn = state.app.conn().await?;
    let merged = requests::are_merged(&mut conn, account.id).await?;
    Ok(Json(Merged { merged }).into_response())
}
