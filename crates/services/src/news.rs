//! News for every process, over the bus.

use db::{AccountId, Conn};
use diesel::result::QueryResult;
use streaming::{CHANNEL, Message};

/// Says something to every process, once the caller's transaction commits.
pub async fn tell(conn: &mut Conn, message: &Message) -> QueryResult<()> {
    let payload = serde_json::to_string(message)
        .map_err(|error| diesel::result::Error::SerializationError(Box::new(error)))?;
    db::bus::notify(conn, CHANNEL, &payload).await
}

/// Says that an account may not be here any more, so that what it has open is closed.
pub async fn account_closed(conn: &mut Conn, account: AccountId) -> QueryResult<()> {
    tell(conn, &Message::AccountClosed { account: account.0 }).await
}

/// Says that the filters of an account are other ones now.
pub async fn filters_changed(conn: &mut Conn, account: AccountId) -> QueryResult<()> {
    tell(conn, &Message::FiltersChanged { account: account.0 }).await
}

/// Says that the home feeds of these accounts are to be built anew.
pub async fn feed_changed(conn: &mut Conn, accounts: &[AccountId]) -> QueryResult<()> {
    for account in accounts {
        tell(conn, &Message::FeedChanged { account: account.0 }).await?;
    }
    Ok(())
}
