//! Custom emoji that can be picked here.

use axum::extract::State;
use axum::response::IntoResponse;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::{ApiState, Json, Result, entities};

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(list))
}

/// Lists custom emoji.
#[utoipa::path(
    get,
    path = "/api/v1/custom_emojis",
    responses((status = 200, body = Vec<entities::CustomEmoji>)),
)]
async fn list(State(state): State<ApiState>) -> Result {
    let mut conn = state.app.conn().await?;
    let emojis = db::custom_emojis::local(&mut conn).await?;
    Ok(Json(entities::CustomEmoji::list(&state.app.urls, &emojis)).into_response())
}
