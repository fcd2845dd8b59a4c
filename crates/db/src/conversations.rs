//! Conversations in direct statuses. Each local participant has a row of its own for each thread and set of
//! participants; the statuses of that conversation hang on it.

use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel::sql_types::{Array, BigInt, Bool};
use diesel_async::RunQueryDsl;
use schema::account_conversations;

use crate::ids::{AccountId, ConversationId, StatusId};
use crate::sql::prepared;
use crate::visibility::{visible, welcome};
use crate::{Conn, Page};

/// A row of `account_conversations`.
#[derive(Clone, Debug, Queryable, Selectable, QueryableByName)]
#[diesel(table_name = account_conversations, check_for_backend(diesel::pg::Pg))]
#[expect(missing_docs, reason = "the migration says what the columns mean")]
pub struct Conversation {
    pub id: ConversationId,
    pub account_id: AccountId,
    pub participants: Vec<AccountId>,
    pub last_status_id: StatusId,
    pub unread: bool,
}

/// An account's conversation that has something new.
#[derive(Clone, Copy, Debug, PartialEq, Eq, QueryableByName)]
pub struct Filed {
    /// The conversation.
    #[diesel(sql_type = BigInt)]
    pub id: ConversationId,
    /// Whose.
    #[diesel(sql_type = BigInt)]
    pub account_id: AccountId,
    /// Whether its owner wants to hear of it: not of what it wrote itself, nor of who and what it mutes.
    #[diesel(sql_type = Bool)]
    pub news: bool,
}

/// Files a direct status with everybody here who takes part in it, its author included: in the conversation
/// of the same thread and the same people, which is made if need be. Returns those whose last status it is.
/// Filing again changes nothing, unless other people are mentioned now.
pub async fn file(conn: &mut Conn, status: StatusId) -> QueryResult<Vec<Filed>> {
    let query = diesel::sql_query(concat!(
        "WITH s AS (SELECT * FROM statuses WHERE id = $1 AND deleted_at IS NULL AND visibility = 3 ",
        "AND reblog_of_id IS NULL), ",
        "people AS (SELECT m.account_id FROM mentions m JOIN s ON s.id = m.status_id WHERE NOT m.silent ",
        "UNION SELECT account_id FROM s), ",
        "owners AS (SELECT p.account_id, s.id, s.conversation_id, ",
        // An index entry has a size; nobody talks to so many.
        "ARRAY(SELECT o.account_id FROM people o WHERE o.account_id <> p.account_id ORDER BY 1 LIMIT 100) ",
        "AS participants, (s.account_id <> p.account_id AND NOT EXISTS (SELECT FROM conversation_mutes c ",
        "WHERE c.account_id = p.account_id AND c.conversation_id = s.conversation_id) AND ",
        welcome!("s.account_id", "p.account_id"),
        ") AS news FROM s CROSS JOIN people p JOIN users u ON u.account_id = p.account_id WHERE ",
        visible!("s", "p.account_id"),
        " AND NOT EXISTS (SELECT FROM blocks b WHERE b.account_id = p.account_id ",
        "AND b.target_account_id = s.account_id)), ",
        "made AS (INSERT INTO account_conversations AS c (account_id, conversation_id, participants, ",
        "last_status_id, unread) SELECT account_id, conversation_id, participants, id, news FROM owners ",
        // In one order, so that two do not wait for each other.
        "ORDER BY account_id ON CONFLICT (account_id, conversation_id, participants) DO UPDATE SET ",
        "unread = CASE WHEN excluded.last_status_id > c.last_status_id THEN excluded.unread ELSE c.unread END, ",
        "last_status_id = greatest(c.last_status_id, excluded.last_status_id) ",
        "RETURNING c.id, c.account_id, c.last_status_id), ",
        "linked AS (INSERT INTO account_conversation_statuses (account_id, status_id, account_conversation_id) ",
        "SELECT account_id, $1, id FROM made ON CONFLICT (account_id, status_id) ",
        "DO UPDATE SET account_conversation_id = excluded.account_conversation_id) ",
        "SELECT m.id, m.account_id, o.news FROM made m JOIN owners o ON o.account_id = m.account_id ",
        "WHERE m.last_status_id = $1"
    ))
    .bind::<BigInt, _>(status);
    let filed = RunQueryDsl::load(prepared(query), conn).await?;
    // After an edit the status may have moved to a conversation with other people.
    settle(conn, &[status]).await?;
    Ok(filed)
}

/// Takes statuses out of the conversations they are in; those in which nothing is left go.
pub async fn withdraw(conn: &mut Conn, statuses: &[StatusId]) -> QueryResult<()> {
    let query = diesel::sql_query("DELETE FROM account_conversation_statuses WHERE status_id = ANY($1)")
        .bind::<Array<BigInt>, _>(statuses);
    RunQueryDsl::execute(prepared(query), conn).await?;
    settle(conn, statuses).await
}

/// Takes all direct statuses of an account out of the conversations they are in, before it goes.
pub async fn withdraw_all_of(conn: &mut Conn, author: AccountId) -> QueryResult<()> {
    let query = diesel::sql_query(
        "DELETE FROM account_conversation_statuses l USING statuses s \
         WHERE s.id = l.status_id AND s.account_id = $1 RETURNING l.status_id AS id",
    )
    .bind::<BigInt, _>(author);
    let gone: Vec<Row> = RunQueryDsl::load(prepared(query), conn).await?;
    let gone: Vec<StatusId> = gone.into_iter().map(|row| row.id).collect();
    if gone.is_empty() { Ok(()) } else { settle(conn, &gone).await }
}

/// Gives conversations whose last status was one of these, and is not in them any more, the one before it.
async fn settle(conn: &mut Conn, gone: &[StatusId]) -> QueryResult<()> {
    let query = diesel::sql_query(
        "WITH stale AS (SELECT c.id, (SELECT max(l.status_id) FROM account_conversation_statuses l \
         WHERE l.account_conversation_id = c.id) AS last FROM account_conversations c \
         WHERE c.last_status_id = ANY($1) AND NOT EXISTS (SELECT FROM account_conversation_statuses l \
         WHERE l.account_conversation_id = c.id AND l.status_id = c.last_status_id)), \
         kept AS (UPDATE account_conversations c SET last_status_id = stale.last FROM stale \
         WHERE c.id = stale.id AND stale.last IS NOT NULL) \
         DELETE FROM account_conversations c USING stale WHERE c.id = stale.id AND stale.last IS NULL",
    )
    .bind::<Array<BigInt>, _>(gone);
    RunQueryDsl::execute(prepared(query), conn).await?;
    Ok(())
}

/// Moves what was filed under other threads to the one that turned out to be theirs.
pub async fn join(conn: &mut Conn, thread: i64, others: &[StatusId]) -> QueryResult<()> {
    let statements = [
        "INSERT INTO account_conversations AS c (account_id, conversation_id, participants, last_status_id, unread) \
         SELECT account_id, $1, participants, max(last_status_id), bool_or(unread) FROM account_conversations \
         WHERE conversation_id = ANY($2) AND conversation_id <> $1 GROUP BY account_id, participants \
         ON CONFLICT (account_id, conversation_id, participants) DO UPDATE SET \
         last_status_id = greatest(c.last_status_id, excluded.last_status_id), \
         unread = c.unread OR excluded.unread",
        "UPDATE account_conversation_statuses l SET account_conversation_id = n.id \
         FROM account_conversations o JOIN account_conversations n ON n.account_id = o.account_id \
         AND n.participants = o.participants AND n.conversation_id = $1 \
         WHERE o.conversation_id = ANY($2) AND o.conversation_id <> $1 AND l.account_conversation_id = o.id",
        "DELETE FROM account_conversations WHERE conversation_id = ANY($2) AND conversation_id <> $1",
    ];
    for statement in statements {
        let query = diesel::sql_query(statement).bind::<BigInt, _>(thread).bind::<Array<BigInt>, _>(others);
        RunQueryDsl::execute(prepared(query), conn).await?;
    }
    Ok(())
}

macro_rules! listed {
    ($order:literal) => {
        concat!(
            "SELECT * FROM account_conversations WHERE account_id = $1 AND last_status_id < $2 ",
            "AND last_status_id > $3 ORDER BY last_status_id ",
            $order,
            " LIMIT $4"
        )
    };
}

/// A page of an account's conversations, those with the newest statuses first; cursors are the ids of the
/// last statuses.
pub async fn list(conn: &mut Conn, account: AccountId, page: Page) -> QueryResult<Vec<Conversation>> {
    let statement = if page.upwards() { listed!("ASC") } else { listed!("DESC") };
    let query = diesel::sql_query(statement)
        .bind::<BigInt, _>(account)
        .bind::<BigInt, _>(page.below())
        .bind::<BigInt, _>(page.above())
        .bind::<BigInt, _>(page.limit);
    Ok(page.sort_newest_first(RunQueryDsl::load(prepared(query), conn).await?))
}

/// One of the account's conversations, or [`diesel::result::Error::NotFound`].
pub async fn find_own(conn: &mut Conn, account: AccountId, id: ConversationId) -> QueryResult<Conversation> {
    account_conversations::table
        .find(id)
        .filter(account_conversations::account_id.eq(account))
        .select(Conversation::as_select())
        .first(conn)
        .await
}

/// Marks one of the account's conversations and returns it; [`diesel::result::Error::NotFound`] when it has
/// no such one.
pub async fn mark(
    conn: &mut Conn,
    account: AccountId,
    id: ConversationId,
    unread: bool,
) -> QueryResult<Conversation> {
    diesel::update(
        account_conversations::table.find(id).filter(account_conversations::account_id.eq(account)),
    )
    .set(account_conversations::unread.eq(unread))
    .returning(Conversation::as_returning())
    .get_result(conn)
    .await
}

/// Removes one of the account's conversations, not its statuses; false when it has no such one.
pub async fn delete(conn: &mut Conn, account: AccountId, id: ConversationId) -> QueryResult<bool> {
    let gone = diesel::delete(
        account_conversations::table.find(id).filter(account_conversations::account_id.eq(account)),
    )
    .execute(conn)
    .await?;
    Ok(gone > 0)
}

/// Removes the account's conversations in which another takes part, after a block.
pub async fn delete_with(conn: &mut Conn, account: AccountId, other: AccountId) -> QueryResult<()> {
    let query = diesel::sql_query(
        "DELETE FROM account_conversations WHERE account_id = $1 AND participants @> ARRAY[$2::bigint]",
    )
    .bind::<BigInt, _>(account)
    .bind::<BigInt, _>(other);
    RunQueryDsl::execute(prepared(query), conn).await?;
    Ok(())
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    id: StatusId,
}

macro_rules! direct {
    ($order:literal) => {
        concat!(
            "SELECT s.id FROM account_conversation_statuses l JOIN statuses s ON s.id = l.status_id ",
            "WHERE l.account_id = $1 AND l.status_id < $2 AND l.status_id > $3 AND ",
            visible!("s", "$1"),
            " AND (s.account_id = $1 OR ",
            welcome!("s.account_id", "$1"),
            ") ORDER BY l.status_id ",
            $order,
            " LIMIT $4"
        )
    };
}

/// The statuses of all conversations of an account, newest first.
pub async fn statuses(conn: &mut Conn, account: AccountId, page: Page) -> QueryResult<Vec<StatusId>> {
    let statement = if page.upwards() { direct!("ASC") } else { direct!("DESC") };
    let query = diesel::sql_query(statement)
        .bind::<BigInt, _>(account)
        .bind::<BigInt, _>(page.below())
        .bind::<BigInt, _>(page.above())
        .bind::<BigInt, _>(page.limit);
    let rows: Vec<Row> = RunQueryDsl::load(prepared(query), conn).await?;
    Ok(page.sort_newest_first(rows.into_iter().map(|row| row.id).collect()))
}
