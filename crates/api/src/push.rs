//! Web Push: where the viewer's notifications go when the client is not open
//! (<https://docs.joinmastodon.org/methods/push/>).

use std::collections::HashMap;

use axum::extract::State;
use axum::response::IntoResponse;
use db::notifications::Kind;
use db::push_subscriptions::{self, Policy, Subscription};
use serde::Deserialize;
use services::{keys, push};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::Viewer;
use crate::json::Empty;
use crate::params::Params;
use crate::{ApiState, Error, Json, Result, entities};

pub(crate) fn router() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(show, create, update, end))
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
struct Form {
    #[schema(inline, default = json!({}))]
    subscription: Device,
    #[schema(inline, default = json!({}))]
    data: Data,
    /// `PUT` has it here, and clients in `data` too.
    policy: Option<String>,
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
struct Device {
    endpoint: String,
    #[schema(inline, default = json!({}))]
    keys: Keys,
    standard: bool,
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
struct Keys {
    p256dh: String,
    auth: String,
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
struct Data {
    alerts: HashMap<String, bool>,
    policy: Option<String>,
}

impl Form {
    /// Types that do not exist here are never told.
    fn alerts(&self) -> Vec<Kind> {
        Kind::ALL.into_iter().filter(|kind| self.data.alerts.get(kind.as_str()) == Some(&true)).collect()
    }

    fn policy(&self) -> Result<Option<Policy>> {
        match self.data.policy.as_deref().or(self.policy.as_deref()) {
            None | Some("") => Ok(None),
            Some(word) => match Policy::parse(word) {
                Some(policy) => Ok(Some(policy)),
                None => Err(Error::invalid("policy must be one of: all, followed, follower, none")),
            },
        }
    }
}

async fn answer(state: &ApiState, subscription: &Subscription) -> Result {
    let key = keys::vapid(&state.app).await?.public();
    Ok(Json(entities::WebPushSubscription::new(subscription, &key)).into_response())
}

/// Shows the subscription of the token.
#[utoipa::path(
    get,
    path = "/api/v1/push/subscription",
    responses((status = 200, body = entities::WebPushSubscription)),
    security(("user" = ["push"])),
)]
async fn show(State(state): State<ApiState>, viewer: Viewer) -> Result {
    viewer.require("push")?;
    let mut conn = state.app.conn().await?;
    let subscription = push_subscriptions::find_by_token(&mut conn, viewer.token()).await?;
    drop(conn);
    answer(&state, &subscription).await
}

/// Subscribes to notifications.
#[utoipa::path(
    post,
    path = "/api/v1/push/subscription",
    request_body = inline(Form),
    responses((status = 200, body = entities::WebPushSubscription)),
    security(("user" = ["push"])),
)]
async fn create(State(state): State<ApiState>, viewer: Viewer, form: Params<Form>) -> Result {
    let account = viewer.require("push")?;
    let form = form.0;
    let (alerts, policy) = (form.alerts(), form.policy()?.unwrap_or_default());
    let new = push_subscriptions::NewSubscription {
        token: viewer.token(),
        account: account.id,
        endpoint: form.subscription.endpoint,
        p256dh: form.subscription.keys.p256dh,
        auth: form.subscription.keys.auth,
        standard: form.subscription.standard,
        alerts,
        policy,
    };
    answer(&state, &push::subscribe(&state.app, new).await?).await
}

/// Changes the subscription of the token.
#[utoipa::path(
    put,
    path = "/api/v1/push/subscription",
    request_body = inline(Form),
    responses((status = 200, body = entities::WebPushSubscription)),
    security(("user" = ["push"])),
)]
async fn update(State(state): State<ApiState>, viewer: Viewer, form: Params<Form>) -> Result {
    viewer.require("push")?;
    let (alerts, policy) = (form.0.alerts(), form.0.policy()?);
    answer(&state, &push::change(&state.app, viewer.token(), &alerts, policy).await?).await
}

/// Ends the subscription of the token.
#[utoipa::path(
    delete,
    path = "/api/v1/push/subscription",
    responses((status = 200, body = Empty)),
    security(("user" = ["push"])),
)]
async fn end(State(state): State<ApiState>, viewer: Viewer) -> Result {
    viewer.require("push")?;
    push::unsubscribe(&state.app, viewer.token()).await?;
    Ok(Json(Empty {}).into_response())
}
