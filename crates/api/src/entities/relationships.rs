//! What stands between the viewer and an account.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Id, Time};

/// <https://docs.joinmastodon.org/entities/Relationship/>
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct Relationship<'a> {
    pub id: Id,
    pub following: bool,
    pub showing_reblogs: bool,
    pub notifying: bool,
    pub languages: Option<&'a [String]>,
    pub followed_by: bool,
    pub blocking: bool,
    pub blocked_by: bool,
    pub muting: bool,
    pub muting_notifications: bool,
    pub muting_expires_at: Option<Time>,
    pub requested: bool,
    pub requested_by: bool,
    pub domain_blocking: bool,
    pub endorsed: bool,
    pub note: &'a str,
}

impl<'a> From<&'a db::relationships::Relationship> for Relationship<'a> {
    fn from(row: &'a db::relationships::Relationship) -> Self {
        Self {
            id: Id(row.id.0),
            following: row.following,
            showing_reblogs: row.showing_reblogs,
            notifying: row.notifying,
            languages: row.languages.as_deref(),
            followed_by: row.followed_by,
            blocking: row.blocking,
            blocked_by: row.blocked_by,
            muting: row.muting,
            muting_notifications: row.muting_notifications,
            muting_expires_at: row.muting_expires_at.map(Time),
            requested: row.requested,
            requested_by: row.requested_by,
            domain_blocking: row.domain_blocking,
            endorsed: row.endorsed,
            note: &row.note,
        }
    }
}
