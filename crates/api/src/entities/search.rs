//! What a search found.

use serde::Serialize;

use super::{Account, Tag};
use crate::rendering::Rendered;

/// <https://docs.joinmastodon.org/entities/Search/>
#[derive(Clone, Debug, Default, Serialize)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct Search<'a> {
    pub accounts: Vec<Account<'a>>,
    pub statuses: Vec<Rendered<'a>>,
    pub hashtags: Vec<Tag<'a>>,
}
