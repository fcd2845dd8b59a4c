//! What a search found.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Account, Status, Tag};
use crate::rendering::Rendered;

/// <https://docs.joinmastodon.org/entities/Search/>
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct Search<'a> {
    pub accounts: Vec<Account<'a>>,
    #[schema(value_type = Vec<Status>)]
    pub statuses: Vec<Rendered<'a>>,
    pub hashtags: Vec<Tag<'a>>,
}
