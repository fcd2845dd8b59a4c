//! Accounts that want to be found.

use axum::extract::State;
use axum::response::IntoResponse;
use db::directory::{self, Wanted};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::{Viewer, reader};
use crate::entities;
use crate::paging::Offset;
use crate::params::Params;
use crate::{ApiState, Result, accounts};

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(page))
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
struct Form {
    order: String,
    local: bool,
}

/// Lists accounts that want to be found.
#[utoipa::path(
    get,
    path = "/api/v1/directory",
    params(Offset<40, 80>, Form),
    responses((status = 200, body = Vec<entities::Account>)),
    security((), ("user" = ["read:accounts"])),
)]
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
