//! Conversations.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Account, Id, Status};
use crate::rendering::Rendered;

/// <https://docs.joinmastodon.org/entities/Conversation/>
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct Conversation<'a> {
    pub id: Id,
    pub unread: bool,
    /// Those who take part, without its owner.
    #[schema(value_type = Vec<Account>)]
    pub accounts: Vec<Rendered<'a>>,
    #[schema(value_type = Option<Status>)]
    pub last_status: Option<Rendered<'a>>,
}
