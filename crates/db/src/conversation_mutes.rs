//! Conversations whose notifications an account does not want.

use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel_async::RunQueryDsl;
use schema::conversation_mutes;

use crate::Conn;
use crate::ids::AccountId;

/// Mutes a conversation; muting twice is muting once.
pub async fn insert(conn: &mut Conn, by: AccountId, conversation: i64) -> QueryResult<()> {
    diesel::insert_into(conversation_mutes::table)
        .values((conversation_mutes::account_id.eq(by), conversation_mutes::conversation_id.eq(conversation)))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    Ok(())
}

/// Lifts a mute.
pub async fn delete(conn: &mut Conn, by: AccountId, conversation: i64) -> QueryResult<()> {
    diesel::delete(conversation_mutes::table.find((by, conversation))).execute(conn).await?;
    Ok(())
}
