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

/// Says that the home feeds of these accounts are to be built anew.
pub async fn feed_changed(conn: &mut Conn, accounts: &[AccountId]) -> QueryResult<()> {
    for account in accounts {
        tell(conn, &Message::FeedChanged { account: account.0 }).await?;
    }
    Ok(())
}
