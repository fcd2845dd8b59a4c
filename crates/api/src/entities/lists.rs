//! Lists of accounts.

use serde::Serialize;
use utoipa::ToSchema;

use super::Id;

/// <https://docs.joinmastodon.org/entities/List/>
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct List<'a> {
    pub id: Id,
    pub title: &'a str,
    pub replies_policy: &'static str,
    pub exclusive: bool,
}

impl<'a> From<&'a db::lists::List> for List<'a> {
    fn from(row: &'a db::lists::List) -> Self {
        Self {
            id: Id(row.id.0),
            title: &row.title,
            replies_policy: row.replies_policy.as_str(),
            exclusive: row.exclusive,
        }
    }
}
