//! What must not come back, and what was processed before.
//!
//! A deletion or an undoing may arrive before the thing itself; its uri is remembered so that the thing is
//! dropped when it comes.

use chrono::{Duration, Utc};
use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel::sql_types::Text;
use diesel_async::{AsyncConnection, RunQueryDsl};
use schema::{received_activities, tombstones};

use crate::Conn;
use crate::sql::prepared;

/// Remembers that `actor` deleted or undid the thing with this uri.
pub async fn insert(conn: &mut Conn, uri: &str, actor: &str) -> QueryResult<()> {
    diesel::insert_into(tombstones::table)
        .values((tombstones::uri.eq(uri), tombstones::actor_uri.eq(actor)))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    Ok(())
}

/// Holds this uri until the transaction ends: who writes what it names and who buries it come one after the
/// other, so that neither overlooks the other.
pub async fn lock(conn: &mut Conn, uri: &str) -> QueryResult<()> {
    let query = diesel::sql_query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))")
        .bind::<Text, _>(format!("uri {uri}"));
    RunQueryDsl::execute(prepared(query), conn).await?;
    Ok(())
}

/// Whether `actor` deleted or undid this; what somebody else says of it does not count.
pub async fn exists(conn: &mut Conn, uri: &str, actor: &str) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(tombstones::table.find(uri).filter(tombstones::actor_uri.eq(actor))))
        .get_result(conn)
        .await
}

/// Holds this uri until the transaction ends, and says whether `actor` undid what it names, or is to find it
/// written when it does.
pub async fn hold(conn: &mut Conn, uri: &str, actor: &str) -> QueryResult<bool> {
    lock(conn, uri).await?;
    exists(conn, uri, actor).await
}

/// As [`insert`], after whoever is writing what this uri names is through with it: whoever comes later is told by
/// [`hold`].
pub async fn forestall(conn: &mut Conn, uri: &str, actor: &str) -> QueryResult<()> {
    conn.transaction(async |conn| {
        lock(conn, uri).await?;
        insert(conn, uri, actor).await
    })
    .await
}

/// Forgets that `actor` undid this: it was there, and may come again.
pub async fn remove(conn: &mut Conn, uri: &str, actor: &str) -> QueryResult<()> {
    diesel::delete(tombstones::table.find(uri).filter(tombstones::actor_uri.eq(actor))).execute(conn).await?;
    Ok(())
}

/// Takes the id of an activity for processing; false when it was processed before.
pub async fn receive(conn: &mut Conn, activity: &str) -> QueryResult<bool> {
    let new = diesel::insert_into(received_activities::table)
        .values(received_activities::uri.eq(activity))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    Ok(new > 0)
}

/// Forgets activity ids after a week and tombstones after a year; both at most 10,000 at a time.
pub async fn forget_old(conn: &mut Conn) -> QueryResult<usize> {
    let old = received_activities::table
        .filter(received_activities::received_at.lt(Utc::now() - Duration::days(7)))
        .select(received_activities::uri)
        .limit(10_000);
    let uris: Vec<String> = old.load(conn).await?;
    let first = diesel::delete(received_activities::table.filter(received_activities::uri.eq_any(uris)))
        .execute(conn)
        .await?;
    let old = tombstones::table
        .filter(tombstones::created_at.lt(Utc::now() - Duration::days(365)))
        .select(tombstones::uri)
        .limit(10_000);
    let uris: Vec<String> = old.load(conn).await?;
    let second = diesel::delete(tombstones::table.filter(tombstones::uri.eq_any(uris))).execute(conn).await?;
    Ok(first + second)
}
