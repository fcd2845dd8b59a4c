//! Conversations.

use serde::Serialize;

use super::Id;
use crate::rendering::Rendered;

/// <https://docs.joinmastodon.org/entities/Conversation/>
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct Conversation<'a> {
    pub id: Id,
    pub unread: bool,
    /// Those who take part, without its owner.
    pub accounts: Vec<Rendered<'a>>,
    pub last_status: Option<Rendered<'a>>,
}
