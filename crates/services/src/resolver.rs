//! The one question that goes up: who or what is that, elsewhere?

use async_trait::async_trait;
use db::StatusId;
use db::accounts::Account;
use text::Handle;

use crate::Result;

/// What is at an address.
#[derive(Clone, Debug)]
pub enum Found {
    /// An account.
    Account(Box<Account>),
    /// A status; who asked may still not be allowed to see it.
    Status(StatusId),
}

/// Finds what is not here yet, by asking other servers. A use case that takes one may wait for the network.
#[async_trait]
pub trait Resolver: Send + Sync {
    /// The account with this handle: from the database, or fetched within a few seconds.
    async fn account(&self, handle: &Handle) -> Result<Option<Account>>;

    /// What is at this address: from the database, or fetched within a few seconds.
    async fn url(&self, url: &str) -> Result<Option<Found>>;
}
