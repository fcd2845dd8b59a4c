//! Tags that somebody shows on the profile.

use axum::extract::State;
use axum::response::IntoResponse;
use db::accounts::Account;
use db::{AccountId, featured_tags};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::accounts::find;
use crate::auth::{Viewer, reader};
use crate::json::Empty;
use crate::params::Params;
use crate::path::Id;
use crate::{ApiState, Error, Json, Result, entities, tags};

/// Suggested tags, and the statuses of the viewer that they come from.
const SUGGESTED: i64 = 10;
const RECENT: i64 = 1_000;

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(own, feature))
        .routes(routes!(suggestions))
        .routes(routes!(unfeature))
        .routes(routes!(of_account))
}

async fn list(state: &ApiState, of: &Account) -> Result {
    let rows = featured_tags::list(&mut *state.app.conn().await?, of.id).await?;
    let urls = &state.app.urls;
    let entities: Vec<_> = rows.iter().map(|row| entities::FeaturedTag::new(urls, of, row)).collect();
    Ok(Json(entities).into_response())
}

/// Lists the hashtags shown on the own profile.
#[utoipa::path(
    get,
    path = "/api/v1/featured_tags",
    responses((status = 200, body = Vec<entities::FeaturedTag>)),
    security(("user" = ["read:accounts"])),
)]
async fn own(State(state): State<ApiState>, viewer: Viewer) -> Result {
    list(&state, viewer.require("read:accounts")?).await
}

/// Lists the hashtags shown on a profile.
#[utoipa::path(
    get,
    path = "/api/v1/accounts/{id}/featured_tags",
    responses((status = 200, body = Vec<entities::FeaturedTag>)),
    security((), ("user" = ["read:accounts"])),
)]
async fn of_account(State(state): State<ApiState>, viewer: Option<Viewer>, id: Id<AccountId>) -> Result {
    reader(viewer.as_ref(), "read:accounts")?;
    let account = find(&mut *state.app.conn().await?, id.0).await?;
    list(&state, &account).await
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
struct Form {
    name: String,
}

/// Shows a hashtag on the own profile.
#[utoipa::path(
    post,
    path = "/api/v1/featured_tags",
    request_body = inline(Form),
    responses((status = 200, body = entities::FeaturedTag)),
    security(("user" = ["write:accounts"])),
)]
async fn feature(State(state): State<ApiState>, viewer: Viewer, form: Params<Form>) -> Result {
    let by = viewer.require("write:accounts")?;
    let tag = services::tags::feature(&state.app, by, &form.0.name).await?;
    let rows = featured_tags::list(&mut *state.app.conn().await?, by.id).await?;
    let row = rows.iter().find(|row| row.tag == tag.name).ok_or_else(Error::not_found)?;
    Ok(Json(entities::FeaturedTag::new(&state.app.urls, by, row)).into_response())
}

/// Shows a hashtag on the own profile no more.
#[utoipa::path(
    delete,
    path = "/api/v1/featured_tags/{id}",
    responses((status = 200, body = Empty)),
    security(("user" = ["write:accounts"])),
)]
async fn unfeature(State(state): State<ApiState>, viewer: Viewer, id: Id<i64>) -> Result {
    let by = viewer.require("write:accounts")?;
    services::tags::unfeature_row(&state.app, by, id.0).await?;
    Ok(Json(Empty {}).into_response())
}

/// Lists hashtags that the viewer uses often.
#[utoipa::path(
    get,
    path = "/api/v1/featured_tags/suggestions",
    responses((status = 200, body = Vec<entities::Tag>)),
    security(("user" = ["read:accounts"])),
)]
async fn suggestions(State(state): State<ApiState>, viewer: Viewer) -> Result {
    let by = viewer.require("read:accounts")?;
    let mut conn = state.app.conn().await?;
    let found = featured_tags::suggest(&mut conn, by.id, RECENT, SUGGESTED).await?;
    let usage = tags::usage(&mut conn, Some(by.id), &found).await?;
    Ok(Json(usage.list(&state.app.urls, &found)).into_response())
}
