//! Translating a status: nobody translates here, which is answered as the documentation has it
//! (<https://docs.joinmastodon.org/methods/statuses/#translate>).

use axum::extract::State;
use db::StatusId;
use db::statuses::find_visible;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::{AppToken, Viewer};
use crate::path::Id;
use crate::{ApiState, Error, Result};

pub(super) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(create))
}

/// Translates a status.
///
/// First 404 for what the viewer may not see, then 403 for what is not for everybody, then 404, for without an
/// engine there is no translation.
#[utoipa::path(post, path = "/api/v1/statuses/{id}/translate", security(("application" = ["read:statuses"])))]
async fn create(
    State(state): State<ApiState>,
    token: AppToken,
    viewer: Option<Viewer>,
    id: Id<StatusId>,
) -> Result<()> {
    token.require("read:statuses")?;
    let viewer = viewer.as_ref().map(|viewer| viewer.user().account_id);
    let mut conn = state.app.conn().await?;
    let status = find_visible(&mut conn, viewer, id.0).await?;
    if !status.visibility.is_open() {
        return Err(Error::forbidden("This action is not allowed"));
    }
    Err(Error::not_found())
}
