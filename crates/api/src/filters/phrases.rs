//! Filters as older clients know them: one keyword each.

use axum::extract::State;
use axum::response::IntoResponse;
use chrono::Utc;
use db::FilterKeywordId;
use serde::Deserialize;
use services::filters::{self, PhraseDraft};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::expiry;
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
    phrase: Option<String>,
    context: Option<Vec<String>>,
    irreversible: Option<bool>,
    whole_word: Option<bool>,
    expires_in: Option<String>,
}

impl Form {
    fn draft(self) -> Result<PhraseDraft> {
        Ok(PhraseDraft {
            phrase: self.phrase,
            contexts: self.context,
            irreversible: self.irreversible,
            whole_word: self.whole_word,
            expires_at: expiry(self.expires_in.as_deref(), Utc::now())?,
        })
    }
}

/// Lists filters in their former shape.
#[utoipa::path(
    get,
    path = "/api/v1/filters",
    responses((status = 200, body = Vec<entities::Phrase>)),
    security(("user" = ["read:filters"])),
)]
async fn index(State(state): State<ApiState>, viewer: Viewer) -> Result {
    let by = viewer.require("read:filters")?;
    let views = filters::list(&mut *state.app.conn().await?, by.id).await?;
    let entities: Vec<_> = views
        .iter()
        .flat_map(|view| view.keywords.iter().map(|row| entities::Phrase::new(row, &view.filter)))
        .collect();
    Ok(Json(entities).into_response())
}

/// Shows a filter in its former shape.
#[utoipa::path(
    get,
    path = "/api/v1/filters/{id}",
    responses((status = 200, body = entities::Phrase)),
    security(("user" = ["read:filters"])),
)]
async fn show(State(state): State<ApiState>, viewer: Viewer, Id(id): Id<FilterKeywordId>) -> Result {
    let by = viewer.require("read:filters")?;
    let (row, filter) = db::filters::find_own_keyword(&mut *state.app.conn().await?, by.id, id).await?;
    Ok(Json(entities::Phrase::new(&row, &filter)).into_response())
}

/// Makes a filter of one keyword.
#[utoipa::path(
    post,
    path = "/api/v1/filters",
    request_body = inline(Form),
    responses((status = 200, body = entities::Phrase)),
    security(("user" = ["write:filters"])),
)]
async fn create(State(state): State<ApiState>, viewer: Viewer, form: Params<Form>) -> Result {
    let by = viewer.require("write:filters")?;
    let (row, filter) = filters::create_phrase(&state.app, by, form.0.draft()?).await?;
    Ok(Json(entities::Phrase::new(&row, &filter)).into_response())
}

/// Changes a filter of one keyword.
#[utoipa::path(
    put,
    path = "/api/v1/filters/{id}",
    request_body = inline(Form),
    responses((status = 200, body = entities::Phrase)),
    security(("user" = ["write:filters"])),
)]
async fn update(
    State(state): State<ApiState>,
    viewer: Viewer,
    Id(id): Id<FilterKeywordId>,
    form: Params<Form>,
) -> Result {
    let by = viewer.require("write:filters")?;
    let (row, filter) = filters::update_phrase(&state.app, by, id, form.0.draft()?).await?;
    Ok(Json(entities::Phrase::new(&row, &filter)).into_response())
}

/// Deletes a filter of one keyword.
#[utoipa::path(
    delete,
    path = "/api/v1/filters/{id}",
    responses((status = 200, body = Empty)),
    security(("user" = ["write:filters"])),
)]
async fn destroy(State(state): State<ApiState>, viewer: Viewer, Id(id): Id<FilterKeywordId>) -> Result {
    filters::delete_phrase(&state.app, viewer.require("write:filters")?, id).await?;
    Ok(Json(Empty {}).into_response())
}
