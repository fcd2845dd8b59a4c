//! Followers of an account whom the viewer follows.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Account, Id};

/// <https://docs.joinmastodon.org/entities/FamiliarFollowers/>
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct FamiliarFollowers<'a> {
    pub id: Id,
    pub accounts: Vec<Account<'a>>,
}
