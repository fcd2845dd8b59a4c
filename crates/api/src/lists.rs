//! Lists of accounts, and their timelines.

use axum::extract::State;
use axum::response::IntoResponse;
use db::filters::Context;
use db::lists::RepliesPolicy;
use db::{AccountId, ListId, Page, account_views};
use http::StatusCode;
use serde::Deserialize;
use services::lists::{self, Changes, MOST_MEMBERS};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::accounts::{Accounts, find, page};
use crate::auth::Viewer;
use crate::json::Empty;
use crate::paging::Paging;
use crate::params::Params;
use crate::path::Id;
use crate::statuses::answer_list;
use crate::{ApiState, Error, Json, Result, entities};

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(index, create))
        .routes(routes!(show, update, destroy))
        .routes(routes!(members, add, remove))
        .routes(routes!(with_account))
        .routes(routes!(timeline))
}

fn list(rows: &[db::lists::List]) -> Json<Vec<entities::List<'_>>> {
    Json(rows.iter().map(entities::List::from).collect())
}

/// Lists lists.
#[utoipa::path(
    get,
    path = "/api/v1/lists",
    responses((status = 200, body = Vec<entities::List>)),
    security(("user" = ["read:lists"])),
)]
async fn index(State(state): State<ApiState>, viewer: Viewer) -> Result {
    let by = viewer.require("read:lists")?;
    let rows = db::lists::list(&mut *state.app.conn().await?, by.id).await?;
    Ok(list(&rows).into_response())
}

/// Shows a list.
#[utoipa::path(
    get,
    path = "/api/v1/lists/{id}",
    responses((status = 200, body = entities::List)),
    security(("user" = ["read:lists"])),
)]
async fn show(State(state): State<ApiState>, viewer: Viewer, Id(id): Id<ListId>) -> Result {
    let by = viewer.require("read:lists")?;
    let row = db::lists::find_own(&mut *state.app.conn().await?, by.id, id).await?;
    Ok(Json(entities::List::from(&row)).into_response())
}

/// Lists the lists that an account is on.
#[utoipa::path(
    get,
    path = "/api/v1/accounts/{id}/lists",
    responses((status = 200, body = Vec<entities::List>)),
    security(("user" = ["read:lists"])),
)]
async fn with_account(State(state): State<ApiState>, viewer: Viewer, Id(id): Id<AccountId>) -> Result {
    let by = viewer.require("read:lists")?;
    let mut conn = state.app.conn().await?;
    let account = find(&mut conn, id).await?;
    let rows = db::lists::list_with(&mut conn, by.id, account.id).await?;
    Ok(list(&rows).into_response())
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
struct Form {
    title: Option<String>,
    replies_policy: Option<String>,
    exclusive: Option<bool>,
}

impl Form {
    fn changes(self) -> Result<Changes> {
        let policy = match self.replies_policy.as_deref() {
            None => None,
            Some(word) => Some(RepliesPolicy::parse(word).ok_or_else(|| {
                let text = format!("'{word}' is not a valid replies_policy");
                Error::new(StatusCode::UNPROCESSABLE_ENTITY, text)
            })?),
        };
        Ok(Changes { title: self.title, replies_policy: policy, exclusive: self.exclusive })
    }
}

/// Makes a list.
#[utoipa::path(
    post,
    path = "/api/v1/lists",
    request_body = inline(Form),
    responses((status = 200, body = entities::List)),
    security(("user" = ["write:lists"])),
)]
async fn create(State(state): State<ApiState>, viewer: Viewer, form: Params<Form>) -> Result {
    let by = viewer.require("write:lists")?;
    let row = lists::create(&state.app, by, form.0.changes()?).await?;
    Ok(Json(entities::List::from(&row)).into_response())
}

/// Changes a list.
#[utoipa::path(
    put,
    path = "/api/v1/lists/{id}",
    request_body = inline(Form),
    responses((status = 200, body = entities::List)),
    security(("user" = ["write:lists"])),
)]
async fn update(
    State(state): State<ApiState>,
    viewer: Viewer,
    Id(id): Id<ListId>,
    form: Params<Form>,
) -> Result {
    let by = viewer.require("write:lists")?;
    let row = lists::update(&state.app, by, id, form.0.changes()?).await?;
    Ok(Json(entities::List::from(&row)).into_response())
}

/// Deletes a list.
#[utoipa::path(
    delete,
    path = "/api/v1/lists/{id}",
    responses((status = 200, body = Empty)),
    security(("user" = ["write:lists"])),
)]
async fn destroy(State(state): State<ApiState>, viewer: Viewer, Id(id): Id<ListId>) -> Result {
    lists::delete(&state.app, viewer.require("write:lists")?, id).await?;
    Ok(Json(Empty {}).into_response())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    limit: Option<String>,
}

/// Lists the accounts of a list.
///
/// With `limit=0`, all of them on one page without links.
#[utoipa::path(
    get,
    path = "/api/v1/lists/{id}/accounts",
    params(Accounts),
    responses((status = 200, body = Vec<entities::Account>)),
    security(("user" = ["read:lists"])),
)]
async fn members(
    State(state): State<ApiState>,
    viewer: Viewer,
    Id(id): Id<ListId>,
    paging: Accounts,
    wanted: Params<Wanted>,
) -> Result {
    let by = viewer.require("read:lists")?;
    let mut conn = state.app.conn().await?;
    db::lists::find_own(&mut conn, by.id, id).await?;
    if wanted.0.limit.is_some_and(|limit| limit.trim() == "0") {
        let entries = db::lists::members(&mut conn, id, Page::first(MOST_MEMBERS)).await?;
        let ids: Vec<AccountId> = entries.iter().map(|entry| AccountId(entry.target)).collect();
        let views = account_views::load_in_order(&mut conn, &ids).await?;
        return Ok(Json(entities::Account::list(&state.app.urls, &views)).into_response());
    }
    let entries = db::lists::members(&mut conn, id, paging.page).await?;
    page(&state, &mut conn, &paging, &entries).await
}

#[derive(Debug, Default, Deserialize, IntoParams, ToSchema)]
#[into_params(parameter_in = Query)]
#[serde(default)]
struct Members {
    account_ids: Vec<String>,
}

impl Members {
    /// Each once; what is no id is nobody's: 404.
    fn ids(&self) -> Result<Vec<AccountId>> {
        let mut ids = Vec::with_capacity(self.account_ids.len());
        for text in &self.account_ids {
            let id = text.trim().parse().map_err(|_| Error::not_found())?;
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        Ok(ids)
    }
}

/// Adds accounts to a list.
#[utoipa::path(
    post,
    path = "/api/v1/lists/{id}/accounts",
    request_body = inline(Members),
    responses((status = 200, body = Empty)),
    security(("user" = ["write:lists"])),
)]
async fn add(
    State(state): State<ApiState>,
    viewer: Viewer,
    Id(id): Id<ListId>,
    members: Params<Members>,
) -> Result {
    lists::add(&state.app, viewer.require("write:lists")?, id, &members.0.ids()?).await?;
    Ok(Json(Empty {}).into_response())
}

/// Removes accounts from a list.
#[utoipa::path(
    delete,
    path = "/api/v1/lists/{id}/accounts",
    params(Members),
    responses((status = 200, body = Empty)),
    security(("user" = ["write:lists"])),
)]
async fn remove(
    State(state): State<ApiState>,
    viewer: Viewer,
    Id(id): Id<ListId>,
    members: Params<Members>,
) -> Result {
    lists::remove(&state.app, viewer.require("write:lists")?, id, &members.0.ids()?).await?;
    Ok(Json(Empty {}).into_response())
}

/// Lists what accounts of a list wrote.
#[utoipa::path(
    get,
    path = "/api/v1/timelines/list/{id}",
    params(Paging<20, 40>),
    responses((status = 200, body = Vec<entities::Status>)),
    security(("user" = ["read:lists"])),
)]
async fn timeline(
    State(state): State<ApiState>,
    viewer: Viewer,
    Id(id): Id<ListId>,
    paging: Paging<20, 40>,
) -> Result {
    let by = viewer.require("read:lists")?;
    let app = &state.app;
    let mut conn = app.conn().await?;
    let page = lists::timeline(&mut conn, by.id, id, paging.page).await?;
    let links = paging.links(&app.urls, page.cursors.iter().map(|id| id.0));
    answer_list(&state.within(Context::Home), &mut conn, Some(by.id), &page.shown, links).await
}
