//! Votes, and what they are counted in.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel::sql_types::{Array, BigInt, Bool, SmallInt, Text};
use diesel_async::RunQueryDsl;
use schema::{poll_votes, polls};

use super::Poll;
use crate::Conn;
use crate::ids::{AccountId, StatusId};
use crate::sql::prepared;

#[derive(QueryableByName)]
struct Cast {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = SmallInt)]
    position: i16,
}

/// Writes an account's votes in a poll that the caller's transaction holds, and counts them; what it chose
/// before is not counted again. Returns the numbers of the new votes.
pub async fn cast(
    conn: &mut Conn,
    poll: &Poll,
    account: AccountId,
    positions: &[i16],
) -> QueryResult<Vec<i64>> {
    let is_new = chosen_by(conn, poll.status_id, account).await?.is_empty();
    let query = diesel::sql_query(
        "INSERT INTO poll_votes (status_id, account_id, position, multiple) \
         SELECT $1, $2, position, $4 FROM unnest($3::smallint[]) AS w(position) \
         ON CONFLICT DO NOTHING RETURNING id, position",
    )
    .bind::<BigInt, _>(poll.status_id)
    .bind::<BigInt, _>(account)
    .bind::<Array<SmallInt>, _>(positions)
    .bind::<Bool, _>(poll.multiple);
    let votes: Vec<Cast> = RunQueryDsl::load(prepared(query), conn).await?;
    if votes.is_empty() {
        return Ok(Vec::new());
    }
    let counted: Vec<i16> = votes.iter().map(|vote| vote.position).collect();
    let query = diesel::sql_query(
        "UPDATE polls SET voters_count = voters_count + $3, tallies = (SELECT array_agg(t.tally + \
         CASE WHEN t.number - 1 = ANY($2::smallint[]) THEN 1 ELSE 0 END ORDER BY t.number) \
         FROM unnest(tallies) WITH ORDINALITY AS t(tally, number)) WHERE status_id = $1",
    )
    .bind::<BigInt, _>(poll.status_id)
    .bind::<Array<SmallInt>, _>(counted)
    .bind::<BigInt, _>(i64::from(is_new));
    RunQueryDsl::execute(prepared(query), conn).await?;
    Ok(votes.into_iter().map(|vote| vote.id).collect())
}

/// What an account chose, in order.
pub async fn chosen_by(conn: &mut Conn, status: StatusId, account: AccountId) -> QueryResult<Vec<i16>> {
    poll_votes::table
        .filter(poll_votes::status_id.eq(status))
        .filter(poll_votes::account_id.eq(account))
        .order(poll_votes::position)
        .select(poll_votes::position)
        .load(conn)
        .await
}

/// A vote as it is sent to the author of the poll.
#[derive(Clone, Debug, QueryableByName)]
pub struct Vote {
    /// Its number.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// The option that was chosen.
    #[diesel(sql_type = Text)]
    pub title: String,
}

/// Of these votes, those that still count.
pub async fn load_votes(conn: &mut Conn, ids: &[i64]) -> QueryResult<Vec<Vote>> {
    let query = diesel::sql_query(
        "SELECT v.id, p.options[v.position + 1] AS title FROM poll_votes v \
         JOIN polls p ON p.status_id = v.status_id WHERE v.id = ANY($1) ORDER BY v.position",
    )
    .bind::<Array<BigInt>, _>(ids);
    RunQueryDsl::load(prepared(query), conn).await
}

/// Takes over what the author of a poll from elsewhere says of it.
pub async fn replace_tallies(
    conn: &mut Conn,
    status: StatusId,
    tallies: &[i64],
    voters: i64,
    expires_at: Option<DateTime<Utc>>,
) -> QueryResult<()> {
    diesel::update(polls::table.find(status))
        .set((
            polls::tallies.eq(tallies),
            polls::voters_count.eq(voters),
            polls::expires_at.eq(expires_at),
            polls::fetched_at.eq(diesel::dsl::now),
        ))
        .execute(conn)
        .await?;
    Ok(())
}
