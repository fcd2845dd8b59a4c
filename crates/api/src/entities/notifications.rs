//! Notifications.

use std::borrow::Cow;

use db::AccountId;
use db::notifications::groups::Group;
use db::notifications::requests::{Pending, Policy, RequestView};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{Account, FixedAccount, Id, Report, Status, Time};
use crate::rendering::Rendered;

/// <https://docs.joinmastodon.org/entities/Notification/>
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct Notification<'a> {
    pub id: Id,
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub group_key: String,
    pub created_at: Time,
    #[schema(value_type = Account)]
    pub account: Rendered<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Status>)]
    pub status: Option<Rendered<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Report>)]
    pub report: Option<&'a Value>,
    /// Not documented: with what somebody reacted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub emoji: Option<String>,
    /// Not documented: its picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub emoji_url: Option<String>,
    /// Only said of those that the policy keeps apart.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub filtered: bool,
}

impl<'a> Notification<'a> {
    /// `from` caused it; `status` or `report` is what it is about, if anything.
    pub fn new(
        notification: &db::notifications::Notification,
        from: Rendered<'a>,
        status: Option<Rendered<'a>>,
        report: Option<&'a Value>,
    ) -> Self {
        Self {
            id: Id(notification.id.0),
            kind: notification.kind.as_str(),
            group_key: notification.group_key().to_string(),
            created_at: Time(notification.created_at),
            account: from,
            status,
            report,
            emoji: None,
            emoji_url: None,
            filtered: notification.filtered,
        }
    }

    /// With what somebody reacted, and its picture.
    #[must_use]
    pub fn with_emoji(self, emoji: Option<(String, Option<String>)>) -> Self {
        let (emoji, emoji_url) = emoji.unzip();
        Self { emoji, emoji_url: emoji_url.flatten(), ..self }
    }
}

/// <https://docs.joinmastodon.org/methods/grouped_notifications/#GroupedNotificationsResults>
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct GroupedNotificationsResults<'a> {
    #[schema(value_type = Vec<Account>)]
    pub accounts: Vec<Rendered<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partial_accounts: Option<Vec<PartialAccountWithAvatar<'a>>>,
    #[schema(value_type = Vec<Status>)]
    pub statuses: Vec<Rendered<'a>>,
    pub notification_groups: Vec<NotificationGroup<'a>>,
}

/// <https://docs.joinmastodon.org/methods/grouped_notifications/#NotificationGroup>
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct NotificationGroup<'a> {
    pub group_key: String,
    pub notifications_count: i64,
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub most_recent_notification_id: Id,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page_min_id: Option<Id>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page_max_id: Option<Id>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latest_page_notification_at: Option<Time>,
    pub sample_account_ids: Vec<Id>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_id: Option<Id>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Report>)]
    pub report: Option<&'a Value>,
}

impl<'a> NotificationGroup<'a> {
    /// `None` when nobody of its sample is to be seen.
    pub fn new(
        group: &Group,
        is_known: impl Fn(AccountId) -> bool,
        report: Option<&'a Value>,
    ) -> Option<Self> {
        let samples: Vec<Id> = group.samples.iter().filter(|id| is_known(**id)).map(|id| Id(id.0)).collect();
        if samples.is_empty() {
            return None;
        }
        Some(Self {
            group_key: group.key.to_string(),
            notifications_count: group.count,
            kind: group.kind.as_str(),
            most_recent_notification_id: Id(group.newest.0),
            page_min_id: group.on_page.map(|page| Id(page.min.0)),
            page_max_id: group.on_page.map(|page| Id(page.max.0)),
            latest_page_notification_at: group.on_page.map(|page| Time(page.latest_at)),
            sample_account_ids: samples,
            status_id: group.status.map(|id| Id(id.0)),
            report,
        })
    }
}

/// <https://docs.joinmastodon.org/methods/grouped_notifications/#PartialAccountWithAvatar>
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct PartialAccountWithAvatar<'a> {
    pub id: Id,
    pub acct: Cow<'a, str>,
    pub url: Cow<'a, str>,
    pub avatar: Cow<'a, str>,
    pub avatar_static: Cow<'a, str>,
    pub avatar_description: &'a str,
    pub locked: bool,
    pub bot: bool,
}

impl<'a> PartialAccountWithAvatar<'a> {
    /// The part of an account that a small picture needs.
    pub fn new(account: FixedAccount<'a>) -> Self {
        Self {
            id: account.id,
            acct: account.acct,
            url: account.url,
            avatar: account.avatar,
            avatar_static: account.avatar_static,
            avatar_description: account.avatar_description,
            locked: account.locked,
            bot: account.bot,
        }
    }
}

/// <https://docs.joinmastodon.org/entities/NotificationPolicy/>
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct NotificationPolicy {
    pub for_not_following: &'static str,
    pub for_not_followers: &'static str,
    pub for_new_accounts: &'static str,
    pub for_private_mentions: &'static str,
    pub for_limited_accounts: &'static str,
    pub summary: NotificationSummary,
}

/// What waits, as part of a [`NotificationPolicy`].
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct NotificationSummary {
    pub pending_requests_count: i64,
    pub pending_notifications_count: i64,
}

impl NotificationPolicy {
    /// The policy of an account, with what waits because of it.
    pub fn new(policy: &Policy, pending: &Pending) -> Self {
        Self {
            for_not_following: policy.for_not_following.as_str(),
            for_not_followers: policy.for_not_followers.as_str(),
            for_new_accounts: policy.for_new_accounts.as_str(),
            for_private_mentions: policy.for_private_mentions.as_str(),
            for_limited_accounts: policy.for_limited_accounts.as_str(),
            summary: NotificationSummary {
                pending_requests_count: pending.requests,
                pending_notifications_count: pending.notifications,
            },
        }
    }
}

/// <https://docs.joinmastodon.org/entities/NotificationRequest/>
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct NotificationRequest<'a> {
    pub id: Id,
    pub created_at: Time,
    pub updated_at: Time,
    #[schema(value_type = Account)]
    pub account: Rendered<'a>,
    /// A text.
    pub notifications_count: Id,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Status>)]
    pub last_status: Option<Rendered<'a>>,
}

impl<'a> NotificationRequest<'a> {
    /// `from` asks to be heard, and said `status` last, if it is still there.
    pub fn new(request: &RequestView, from: Rendered<'a>, status: Option<Rendered<'a>>) -> Self {
        Self {
            id: Id(request.id),
            created_at: Time(request.created_at),
            updated_at: Time(request.updated_at),
            account: from,
            notifications_count: Id(request.count),
            last_status: status,
        }
    }
}
