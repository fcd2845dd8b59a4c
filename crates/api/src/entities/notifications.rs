//! Notifications.

use db::account_views::AccountView;
use db::status_views::StatusView;
use serde::Serialize;
use services::Urls;

use super::{Account, Id, Status, Time};

/// <https://docs.joinmastodon.org/entities/Notification/>
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct Notification<'a> {
    pub id: Id,
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub group_key: String,
    pub created_at: Time,
    pub account: Account<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Status<'a>>,
}

impl<'a> Notification<'a> {
    /// `from` caused it; `status` is what it is about, if anything.
    pub fn new(
        urls: &Urls,
        notification: &db::notifications::Notification,
        from: &'a AccountView,
        status: Option<&'a StatusView>,
    ) -> Self {
        Self {
            id: Id(notification.id.0),
            kind: notification.kind.as_str(),
            group_key: format!("ungrouped-{}", notification.id),
            created_at: Time(notification.created_at),
            account: Account::new(urls, from),
            status: status.map(|status| Status::new(urls, status)),
        }
    }
}
