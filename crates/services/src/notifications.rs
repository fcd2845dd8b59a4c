//! Notifying local accounts.

use db::notifications::{self, Kind};
use db::{AccountId, Conn, StatusId};
use diesel::result::QueryResult;
use streaming::Message;

use crate::news;

/// Notifies an account of what another did, unless it does not want to know (see
/// [`notifications::insert`]); tells open streams.
pub async fn notify(
    conn: &mut Conn,
    account: AccountId,
    from: AccountId,
    kind: Kind,
    status: Option<StatusId>,
) -> QueryResult<()> {
    if let Some(made) = notifications::insert(conn, account, from, kind, status).await? {
        news::tell(conn, &Message::Notified { account: account.0, notification: made.id.0 }).await?;
    }
    Ok(())
}
