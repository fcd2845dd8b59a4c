//! Web Push.

use std::collections::BTreeMap;

use db::notifications::Kind;
use db::push_subscriptions::Subscription;
use serde::Serialize;
use utoipa::ToSchema;

use super::Id;

/// <https://docs.joinmastodon.org/entities/WebPushSubscription/>
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct WebPushSubscription<'a> {
    pub id: Id,
    pub endpoint: &'a str,
    pub standard: bool,
    pub server_key: &'a str,
    pub alerts: BTreeMap<&'static str, bool>,
    pub policy: &'static str,
}

impl<'a> WebPushSubscription<'a> {
    /// `server_key` is the public key of the instance.
    pub fn new(row: &'a Subscription, server_key: &'a str) -> Self {
        let shown = |kind: &Kind| kind.rules().documented || row.alerts(*kind);
        Self {
            id: Id(row.id),
            endpoint: &row.endpoint,
            standard: row.standard,
            server_key,
            alerts: Kind::ALL
                .into_iter()
                .filter(shown)
                .map(|kind| (kind.as_str(), row.alerts(kind)))
                .collect(),
            policy: row.policy().as_str(),
        }
    }
}
