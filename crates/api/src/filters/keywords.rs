//! Keywords of filters.

use axum::extract::State;
use axum::response::IntoResponse;
use db::{FilterId, FilterKeywordId};
use serde::Deserialize;
use services::filters::{self, KeywordDraft};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::Viewer;
use crate::json::Empty;
use crate::params::Params;
use crate::path::Id;
use crate::{ApiState, Json, Result, entities};

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(index, create)).routes(routes!(show, update, destroy))
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
struct Form {
    keyword: Option<String>,
    whole_word: Option<bool>,
}

impl From<Form> for KeywordDraft {
    fn from(form: Form) -> Self {
        Self { keyword: form.keyword, whole_word: form.whole_word, ..Self::default() }
    }
}

/// Lists the keywords of a filter.
#[utoipa::path(
    get,
    path = "/api/v2/filters/{id}/keywords",
    responses((status = 200, body = Vec<entities::FilterKeyword>)),
    security(("user" = ["read:filters"])),
)]
async fn index(State(state): State<ApiState>, viewer: Viewer, Id(id): Id<FilterId>) -> Result {
    let by = viewer.require("read:filters")?;
    let view = filters::find(&mut *state.app.conn().await?, by.id, id).await?;
    let entities: Vec<_> = view.keywords.iter().map(entities::FilterKeyword::from).collect();
    Ok(Json(entities).into_response())
}

/// Shows a keyword.
#[utoipa::path(
    get,
    path = "/api/v2/filters/keywords/{id}",
    responses((status = 200, body = entities::FilterKeyword)),
    security(("user" = ["read:filters"])),
)]
async fn show(State(state): State<ApiState>, viewer: Viewer, Id(id): Id<FilterKeywordId>) -> Result {
    let by = viewer.require("read:filters")?;
    let (row, _) = db::filters::find_own_keyword(&mut *state.app.conn().await?, by.id, id).await?;
    Ok(Json(entities::FilterKeyword::from(&row)).into_response())
}

/// Adds a keyword to a filter.
#[utoipa::path(
    post,
    path = "/api/v2/filters/{id}/keywords",
    request_body = inline(Form),
    responses((status = 200, body = entities::FilterKeyword)),
    security(("user" = ["write:filters"])),
)]
async fn create(
    State(state): State<ApiState>,
    viewer: Viewer,
    Id(id): Id<FilterId>,
    form: Params<Form>,
) -> Result {
    let by = viewer.require("write:filters")?;
    let row = filters::add_keyword(&state.app, by, id, form.0.into()).await?;
    Ok(Json(entities::FilterKeyword::from(&row)).into_response())
}

/// Changes a keyword.
#[utoipa::path(
    put,
    path = "/api/v2/filters/keywords/{id}",
    request_body = inline(Form),
    responses((status = 200, body = entities::FilterKeyword)),
    security(("user" = ["write:filters"])),
)]
async fn update(
    State(state): State<ApiState>,
    viewer: Viewer,
    Id(id): Id<FilterKeywordId>,
    form: Params<Form>,
) -> Result {
    let by = viewer.require("write:filters")?;
    let row = filters::update_keyword(&state.app, by, id, form.0.into()).await?;
    Ok(Json(entities::FilterKeyword::from(&row)).into_response())
}

/// Removes a keyword.
#[utoipa::path(
    delete,
    path = "/api/v2/filters/keywords/{id}",
    responses((status = 200, body = Empty)),
    security(("user" = ["write:filters"])),
)]
async fn destroy(State(state): State<ApiState>, viewer: Viewer, Id(id): Id<FilterKeywordId>) -> Result {
    filters::delete_keyword(&state.app, viewer.require("write:filters")?, id).await?;
    Ok(Json(Empty {}).into_response())
}
