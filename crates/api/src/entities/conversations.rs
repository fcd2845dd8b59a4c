//! Conversations.

use db::account_views::AccountView;
use db::status_views::StatusView;
use serde::Serialize;
use services::Urls;

use super::{Account, Id, Status};

/// <https://docs.joinmastodon.org/entities/Conversation/>
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct Conversation<'a> {
    pub id: Id,
    pub unread: bool,
    pub accounts: Vec<Account<'a>>,
    pub last_status: Option<Status<'a>>,
}

impl<'a> Conversation<'a> {
    /// With those who take part, without its owner.
    pub fn new(
        urls: &Urls,
        row: &db::conversations::Conversation,
        accounts: Vec<&'a AccountView>,
        last_status: Option<&'a StatusView>,
    ) -> Self {
        Self {
            id: Id(row.id.0),
            unread: row.unread,
            accounts: accounts.into_iter().map(|view| Account::new(urls, view)).collect(),
            last_status: last_status.map(|view| Status::new(urls, view)),
        }
    }
}
