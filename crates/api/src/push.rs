//! Web Push: where the viewer's notifications go when the client is not open
//! (<https://docs.joinmastodon.org/methods/push/>).

use std::collections::HashMap;

use axum::Router;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::get;
use db::notifications::Kind;
use db::push_subscriptions::{self, Policy, Subscription};
use serde::Deserialize;
use services::{keys, push};

use crate::auth::Viewer;
use crate::json::Empty;
use crate::params::Params;
use crate::{ApiState, Error, Json, Result, entities};

pub(crate) fn router() -> Router<ApiState> {
    Router::new().route("/api/v1/push/subscription", get(show).post(create).put(update).delete(end))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Form {
    subscription: Device,
    data: Data,
    /// `PUT` has it here, and clients in `data` too.
    policy: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Device {
    endpoint: String,
    keys: Keys,
    standard: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Keys {
    p256dh: String,
    auth: String,
}

#[derive(Debug, Default, Deserialize)]
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

async fn show(State(state): State<ApiState>, viewer: Viewer) -> Result {
    viewer.require("push")?;
    let mut conn = state.app.conn().await?;
    let subscription = push_subscriptions::find_by_token(&mut conn, viewer.token()).await?;
    drop(conn);
    answer(&state, &subscription).await
}

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

async fn update(State(state): State<ApiState>, viewer: Viewer, form: Params<Form>) -> Result {
    viewer.require("push")?;
    let (alerts, policy) = (form.0.alerts(), form.0.policy()?);
    answer(&state, &push::change(&state.app, viewer.token(), &alerts, policy).await?).await
}

async fn end(State(state): State<ApiState>, viewer: Viewer) -> Result {
    viewer.require("push")?;
    push::unsubscribe(&state.app, viewer.token()).await?;
    Ok(Json(Empty {}).into_response())
}
