//! Threads: replies joined to what they answer, in whatever order they came.

use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel::sql_types::{Array, BigInt, Bool, Integer, Nullable, Text};
use diesel_async::RunQueryDsl;

use super::{Id, Status};
use crate::Conn;
use crate::ids::StatusId;
use crate::sql::prepared;
use crate::visibility::visible;

/// At most so many statuses move into another conversation at once.
const MAX_MOVED: i64 = 5_000;

/// A status that was just written, and what came about while it was.
#[derive(Clone, Debug, QueryableByName)]
pub struct Fresh {
    /// The status.
    #[diesel(embed)]
    pub status: Status,
    /// Whether its author, elsewhere, deleted it meanwhile.
    #[diesel(sql_type = Bool)]
    pub buried: bool,
    /// Whether there are replies that came before it.
    #[diesel(sql_type = Bool)]
    pub awaited: bool,
    /// Whether it is not joined to what it answers although that is here.
    #[diesel(sql_type = Bool)]
    pub lost: bool,
}

/// The status that is not deleted; it stays so until the transaction ends.
pub async fn find_fresh(conn: &mut Conn, id: StatusId) -> QueryResult<Option<Fresh>> {
    let query = diesel::sql_query(
        "SELECT s.*, (NOT s.local AND EXISTS (SELECT FROM tombstones t JOIN accounts a ON a.uri = t.actor_uri \
         WHERE t.uri = s.uri AND a.id = s.account_id)) AS buried, \
         (NOT s.local AND s.reblog_of_id IS NULL AND EXISTS (SELECT FROM statuses r \
         WHERE r.in_reply_to_uri = s.uri AND r.in_reply_to_id IS NULL)) AS awaited, \
         (s.in_reply_to_id IS NULL AND s.in_reply_to_uri IS NOT NULL AND EXISTS (\
         SELECT FROM statuses p WHERE p.uri = s.in_reply_to_uri)) AS lost \
         FROM statuses s WHERE s.id = $1 AND s.deleted_at IS NULL FOR SHARE OF s",
    )
    .bind::<BigInt, _>(id);
    RunQueryDsl::get_result(prepared(query), conn).await.optional()
}

/// Joins replies that came before their parent to it, if their authors may see it, and returns them. Who
/// was joined meanwhile is not joined again.
pub async fn adopt_orphans(conn: &mut Conn, parent: &Status) -> QueryResult<Vec<StatusId>> {
    let query = diesel::sql_query(concat!(
        "WITH p AS (SELECT * FROM statuses WHERE id = $1 AND deleted_at IS NULL FOR SHARE) ",
        "UPDATE statuses r SET in_reply_to_id = p.id, in_reply_to_account_id = p.account_id, ",
        "conversation_id = p.conversation_id FROM p WHERE r.in_reply_to_uri = $2 AND r.in_reply_to_id IS NULL ",
        "AND r.deleted_at IS NULL AND r.id <> p.id AND ",
        visible!("p", "r.account_id"),
        " RETURNING r.id"
    ))
    .bind::<BigInt, _>(parent.id)
    .bind::<Text, _>(&parent.uri);
    let rows: Vec<Id> = RunQueryDsl::load(prepared(query), conn).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// Joins a reply to what it answers if that is here now, not deleted, and its author may see it; returns
/// the reply as it is then, or `None` when nothing was joined.
pub async fn join_parent(conn: &mut Conn, reply: &Status) -> QueryResult<Option<Status>> {
    let query = diesel::sql_query(concat!(
        "WITH p AS (SELECT * FROM statuses p WHERE p.uri = $2 AND p.id <> $1 AND ",
        visible!("p", "$3"),
        " FOR SHARE) ",
        "UPDATE statuses r SET in_reply_to_id = p.id, in_reply_to_account_id = p.account_id, ",
        "conversation_id = p.conversation_id FROM p WHERE r.id = $1 AND r.in_reply_to_id IS NULL RETURNING r.*"
    ))
    .bind::<BigInt, _>(reply.id)
    .bind::<Nullable<Text>, _>(&reply.in_reply_to_uri)
    .bind::<BigInt, _>(reply.account_id);
    RunQueryDsl::get_result(prepared(query), conn).await.optional()
}

/// Moves everything below these statuses into their new conversation.
pub async fn move_into(conn: &mut Conn, conversation: i64, below: &[StatusId]) -> QueryResult<()> {
    let query = diesel::sql_query(
        "WITH RECURSIVE down(id) AS (SELECT unnest($1::bigint[]) UNION \
         SELECT c.id FROM down JOIN statuses c ON c.in_reply_to_id = down.id WHERE c.deleted_at IS NULL), \
         kept AS (SELECT id FROM down LIMIT $3) \
         UPDATE statuses s SET conversation_id = $2 FROM kept WHERE s.id = kept.id AND s.conversation_id <> $2",
    )
    .bind::<Array<BigInt>, _>(below)
    .bind::<BigInt, _>(conversation)
    .bind::<BigInt, _>(MAX_MOVED);
    RunQueryDsl::execute(prepared(query), conn).await?;
    Ok(())
}

/// A status of a thread.
#[derive(Clone, Copy, Debug, QueryableByName)]
struct Knot {
    #[diesel(sql_type = BigInt)]
    id: StatusId,
    #[diesel(sql_type = Bool)]
    above: bool,
}

/// How much of a thread is read.
#[derive(Clone, Copy, Debug)]
pub struct Extent {
    /// Most ancestors: the nearest.
    pub up: i64,
    /// Most descendants: the nearest.
    pub down: i64,
    /// Most replies, each to the one before, beneath the status.
    pub depth: i32,
}

/// The ancestors of a status from the root down, and its descendants depth first. Says nothing of who may see
/// them, nor whether ancestors still exist. Loops in what others sent end the walk.
pub async fn thread(
    conn: &mut Conn,
    id: StatusId,
    extent: Extent,
) -> QueryResult<(Vec<StatusId>, Vec<StatusId>)> {
    let query = diesel::sql_query(
        "WITH RECURSIVE up(id, parent, path) AS (\
         SELECT id, in_reply_to_id, ARRAY[id] FROM statuses WHERE id = $1 UNION ALL \
         SELECT p.id, p.in_reply_to_id, up.path || p.id FROM up JOIN statuses p ON p.id = up.parent \
         WHERE NOT p.id = ANY(up.path) AND cardinality(up.path) <= $2), \
         down(id, path) AS (\
         SELECT id, ARRAY[id] FROM statuses WHERE in_reply_to_id = $1 AND deleted_at IS NULL AND id <> $1 \
         UNION ALL \
         SELECT c.id, down.path || c.id FROM down JOIN statuses c ON c.in_reply_to_id = down.id \
         WHERE c.deleted_at IS NULL AND NOT c.id = ANY(down.path) AND c.id <> $1 \
         AND cardinality(down.path) < $4), \
         kept AS (SELECT id, path FROM down LIMIT $3) \
         (SELECT id, true AS above FROM up WHERE id <> $1 ORDER BY cardinality(path) DESC) UNION ALL \
         (SELECT id, false AS above FROM kept ORDER BY path)",
    )
    .bind::<BigInt, _>(id)
    .bind::<BigInt, _>(extent.up)
    .bind::<BigInt, _>(extent.down)
    .bind::<Integer, _>(extent.depth);
    let knots: Vec<Knot> = RunQueryDsl::load(prepared(query), conn).await?;
    let (above, below): (Vec<Knot>, Vec<Knot>) = knots.into_iter().partition(|knot| knot.above);
    let ids = |knots: Vec<Knot>| knots.into_iter().map(|knot| knot.id).collect();
    Ok((ids(above), ids(below)))
}
