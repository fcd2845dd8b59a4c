//! Conversations in direct statuses, as each local participant has them.

use db::accounts::Account;
use db::conversations::{self, Conversation};
use db::ids::ConversationId;
use db::{Conn, StatusId};
use diesel::result::QueryResult;
use streaming::Message;

use crate::{App, Error, Result, news};

/// Files a direct status with everybody here who takes part, and tells those for whom it is news. Others
/// are in no conversation.
pub async fn file(conn: &mut Conn, status: StatusId) -> QueryResult<()> {
    for filed in conversations::file(conn, status).await? {
        if filed.news {
            let message = Message::Conversation { account: filed.account_id.0, conversation: filed.id.0 };
            news::tell(conn, &message).await?;
        }
    }
    Ok(())
}

/// Marks a conversation as read, or as unread.
///
/// # Errors
/// [`Error::NotFound`] when the account has no such conversation.
pub async fn mark(app: &App, by: &Account, id: ConversationId, unread: bool) -> Result<Conversation> {
    let mut conn = app.conn().await?;
    Ok(conversations::mark(&mut conn, by.id, id, unread).await?)
}

/// Removes a conversation from the account's list; its statuses stay, and the next one makes it anew.
///
/// # Errors
/// [`Error::NotFound`] when the account has no such conversation.
pub async fn delete(app: &App, by: &Account, id: ConversationId) -> Result<()> {
    let mut conn = app.conn().await?;
    if conversations::delete(&mut conn, by.id, id).await? { Ok(()) } else { Err(Error::NotFound) }
}
