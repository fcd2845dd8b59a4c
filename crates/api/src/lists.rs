//! Lists of accounts, and their timelines.

use axum::Router;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::get;
use db::filters::Context;
use db::lists::RepliesPolicy;
use db::{AccountId, ListId, Page, account_views};
use http::StatusCode;
use serde::Deserialize;
use services::lists::{self, Changes, MOST_MEMBERS};

use crate::accounts::{Accounts, find, page};
use crate::auth::Viewer;
use crate::json::Empty;
use crate::paging::Paging;
use crate::params::Params;
use crate::path::Id;
use crate::statuses::answer_list;
use crate::{ApiState, Error, Json, Result, entities};

pub(crate) fn router() -> Router<ApiState> {
    Router::new()
        .route("/api/v1/lists", get(index).post(create))
        .route("/api/v1/lists/{id}", get(show).put(update).delete(destroy))
        .route("/api/v1/lists/{id}/accounts", get(members).post(add).delete(remove))
        .route("/api/v1/accounts/{id}/lists", get(with_account))
        .route("/api/v1/timelines/list/{id}", get(timeline))
}

fn list(rows: &[db::lists::List]) -> Json<Vec<entities::List<'_>>> {
    Json(rows.iter().map(entities::List::from).collect())
}

async fn index(State(state): State<ApiState>, viewer: Viewer) -> Result {
    let by = viewer.require("read:lists")?;
    let rows = db::lists::list(&mut *state.app.conn().await?, by.id).await?;
    Ok(list(&rows).into_response())
}

async fn show(State(state): State<ApiState>, viewer: Viewer, Id(id): Id<ListId>) -> Result {
    let by = viewer.require("read:lists")?;
    let row = db::lists::find_own(&mut *state.app.conn().await?, by.id, id).await?;
    Ok(Json(entities::List::from(&row)).into_response())
}

async fn with_account(State(state): State<ApiState>, viewer: Viewer, Id(id): Id<AccountId>) -> Result {
    let by = viewer.require("read:lists")?;
    let mut conn = state.app.conn().await?;
    let account = find(&mut conn, id).await?;
    let rows = db::lists::list_with(&mut conn, by.id, account.id).await?;
    Ok(list(&rows).into_response())
}

#[derive(Debug, Default, Deserialize)]
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

async fn create(State(state): State<ApiState>, viewer: Viewer, form: Params<Form>) -> Result {
    let by = viewer.require("write:lists")?;
    let row = lists::create(&state.app, by, form.0.changes()?).await?;
    Ok(Json(entities::List::from(&row)).into_response())
}

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

async fn destroy(State(state): State<ApiState>, viewer: Viewer, Id(id): Id<ListId>) -> Result {
    lists::delete(&state.app, viewer.require("write:lists")?, id).await?;
    Ok(Json(Empty {}).into_response())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    limit: Option<String>,
}

/// With `limit=0`, all of them on one page without links.
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

#[derive(Debug, Default, Deserialize)]
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

async fn add(
    State(state): State<ApiState>,
    viewer: Viewer,
    Id(id): Id<ListId>,
    members: Params<Members>,
) -> Result {
    lists::add(&state.app, viewer.require("write:lists")?, id, &members.0.ids()?).await?;
    Ok(Json(Empty {}).into_response())
}

async fn remove(
    State(state): State<ApiState>,
    viewer: Viewer,
    Id(id): Id<ListId>,
    members: Params<Members>,
) -> Result {
    lists::remove(&state.app, viewer.require("write:lists")?, id, &members.0.ids()?).await?;
    Ok(Json(Empty {}).into_response())
}

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
