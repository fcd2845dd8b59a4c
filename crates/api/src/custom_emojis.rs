//! Custom emoji that can be picked here.

use axum::Router;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::get;

use crate::{ApiState, Json, Result, entities};

pub(crate) fn router() -> Router<ApiState> {
    Router::new().route("/api/v1/custom_emojis", get(list))
}

async fn list(State(state): State<ApiState>) -> Result {
    let mut conn = state.app.conn().await?;
    let emojis = db::custom_emojis::local(&mut conn).await?;
    Ok(Json(entities::CustomEmoji::list(&state.app.urls, &emojis)).into_response())
}
