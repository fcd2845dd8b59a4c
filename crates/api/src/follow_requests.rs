//! Who asks to follow the viewer, and what the viewer says to it.

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use db::AccountId;
use services::follows;

use crate::accounts::{self, Accounts};
use crate::auth::Viewer;
use crate::path::Id;
use crate::relationships::{answer, target};
use crate::{ApiState, Error, Result};

pub(crate) fn router() -> Router<ApiState> {
    Router::new()
        .route("/api/v1/follow_requests", get(list))
        .route("/api/v1/follow_requests/{id}/authorize", post(authorize))
        .route("/api/v1/follow_requests/{id}/reject", post(reject))
}

async fn list(State(state): State<ApiState>, viewer: Viewer, paging: Accounts) -> Result {
    let of = viewer.require("read:follows")?;
    let mut conn = state.app.conn().await?;
    let entries = db::follows::requests(&mut conn, of.id, Some(of.id), paging.page).await?;
    accounts::page(&state, &mut conn, &paging, &entries).await
}

async fn authorize(State(state): State<ApiState>, viewer: Viewer, id: Id<AccountId>) -> Result {
    let of = viewer.require("write:follows")?;
    let by = target(&state, id.0).await?;
    follows::accept(&state.app, of, &by).await?;
    answer(&state, of, &by).await
}

/// Only a request: a follower is not removed by this.
async fn reject(State(state): State<ApiState>, viewer: Viewer, id: Id<AccountId>) -> Result {
    let of = viewer.require("write:follows")?;
    let by = target(&state, id.0).await?;
    let has_asked = {
        let mut conn = state.app.conn().await?;
        db::follows::find_request(&mut conn, by.id, of.id).await?.is_some()
    };
    if !has_asked {
        return Err(Error::not_found());
    }
    follows::reject(&state.app, of, &by).await?;
    answer(&state, of, &by).await
}
