//! Accounts that want to be found.

use axum::Router;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::get;
use db::directory::{self, Wanted};
use serde::Deserialize;

use crate::auth::{Viewer, reader};
use crate::paging::Offset;
use crate::params::Params;
use crate::{ApiState, Result, accounts};

pub(crate) fn router() -> Router<ApiState> {
    Router::new().route("/api/v1/directory", get(page))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Form {
    order: String,
    local: bool,
}

async fn page(
    State(state): State<ApiState>,
    viewer: Option<Viewer>,
    paging: Offset<40, 80>,
    form: Params<Form>,
) -> Result {
    let viewer = reader(viewer.as_ref(), "read:accounts")?;
    let mut conn = state.app.conn().await?;
    let Form { order, local } = form.0;
    let (offset, limit) = (paging.skip, paging.limit);
    let ids =
        directory::page(&mut conn, viewer, Wanted { newest: order == "new", local, offset, limit }).await?;
    let views = db::account_views::load_in_order(&mut conn, &ids).await?;
    Ok((paging.links(&state.app.urls, ids.len()), accounts::list(&state, &views)).into_response())
}
