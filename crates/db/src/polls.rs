//! Polls: what a status asks, and who chose what. A poll has the id of its status.

mod tallies;

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, SmallInt, Text};
use diesel_async::RunQueryDsl;
use schema::{poll_votes, polls};

use crate::Conn;
use crate::custom_emojis::{self, CustomEmoji};
use crate::ids::{AccountId, StatusId};
use crate::sql::prepared;

pub use tallies::{Vote, cast, chosen_by, load_votes, replace_tallies};

/// A row of `polls`.
#[derive(Clone, Debug, Queryable, Selectable, QueryableByName)]
#[diesel(table_name = polls, check_for_backend(diesel::pg::Pg))]
#[expect(missing_docs, reason = "the migration says what the columns mean")]
pub struct Poll {
    pub status_id: StatusId,
    pub options: Vec<String>,
    pub tallies: Vec<i64>,
    pub multiple: bool,
    pub hide_totals: bool,
    pub voters_count: i64,
    pub expires_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    pub told_up_to: i64,
    pub fetched_at: DateTime<Utc>,
}

impl Poll {
    /// Whether nobody can vote any more.
    pub fn has_ended(&self) -> bool {
        self.ended_at.is_some() || self.expires_at.is_some_and(|at| at <= Utc::now())
    }

    /// Whether the votes for each option may be shown: hidden ones only after the end.
    pub fn shows_totals(&self) -> bool {
        !self.hide_totals || self.has_ended()
    }
}

/// A poll as one viewer sees it.
#[derive(Clone, Debug)]
pub struct PollView {
    /// The row.
    pub poll: Poll,
    /// What the viewer chose, in order.
    pub own_votes: Vec<i16>,
    /// Custom emoji in the options.
    pub emojis: Vec<CustomEmoji>,
}

/// A poll to be written.
#[derive(Clone, Debug, PartialEq, Eq, Insertable, AsChangeset)]
#[diesel(table_name = polls, treat_none_as_null = true)]
#[expect(missing_docs, reason = "the migration says what the columns mean")]
pub struct NewPoll {
    pub options: Vec<String>,
    pub tallies: Vec<i64>,
    pub multiple: bool,
    pub hide_totals: bool,
    pub voters_count: i64,
    pub expires_at: Option<DateTime<Utc>>,
}

impl NewPoll {
    /// Whether it asks the same as a poll that is known, so that votes for that one still count.
    pub fn asks_as(&self, known: &Poll) -> bool {
        self.options == known.options && self.multiple == known.multiple
    }
}

/// Writes the poll of a status.
pub async fn insert(conn: &mut Conn, status: StatusId, new: &NewPoll) -> QueryResult<()> {
    diesel::insert_into(polls::table).values((polls::status_id.eq(status), new)).execute(conn).await?;
    Ok(())
}

/// The poll of a status, or [`diesel::result::Error::NotFound`]. Says nothing of who may see it.
pub async fn find(conn: &mut Conn, status: StatusId) -> QueryResult<Poll> {
    polls::table.find(status).select(Poll::as_select()).first(conn).await
}

/// As [`find`], for a change by this transaction alone.
pub async fn lock(conn: &mut Conn, status: StatusId) -> QueryResult<Poll> {
    polls::table.find(status).select(Poll::as_select()).for_no_key_update().first(conn).await
}

/// Replaces a poll by one that asks something else: nobody has voted in it.
pub async fn replace(conn: &mut Conn, status: StatusId, new: &NewPoll) -> QueryResult<()> {
    diesel::delete(poll_votes::table.filter(poll_votes::status_id.eq(status))).execute(conn).await?;
    update(conn, status, new).await
}

/// Changes a poll that goes on asking the same: everything but what was chosen. It ends anew.
pub async fn reschedule(conn: &mut Conn, known: &Poll, new: &NewPoll) -> QueryResult<()> {
    let kept = NewPoll { tallies: known.tallies.clone(), voters_count: known.voters_count, ..new.clone() };
    update(conn, known.status_id, &kept).await
}

async fn update(conn: &mut Conn, status: StatusId, new: &NewPoll) -> QueryResult<()> {
    diesel::update(polls::table.find(status))
        .set((new, polls::ended_at.eq(None::<DateTime<Utc>>), polls::told_up_to.eq(0)))
        .execute(conn)
        .await?;
    Ok(())
}

/// Removes the poll of a status, with its votes; there need not be one.
pub async fn delete(conn: &mut Conn, status: StatusId) -> QueryResult<()> {
    diesel::delete(polls::table.find(status)).execute(conn).await?;
    Ok(())
}

/// True for one caller, who is to ask the poll's server anew, when that was not done since `before`.
pub async fn claim_refresh(conn: &mut Conn, status: StatusId, before: DateTime<Utc>) -> QueryResult<bool> {
    let query = polls::table.find(status).filter(polls::fetched_at.lt(before));
    let claimed = diesel::update(query).set(polls::fetched_at.eq(diesel::dsl::now)).execute(conn).await?;
    Ok(claimed > 0)
}

/// Notes that the end of a poll is being acted upon; false when it was before, or has not come.
pub async fn end(conn: &mut Conn, status: StatusId) -> QueryResult<bool> {
    let query = polls::table
        .find(status)
        .filter(polls::ended_at.is_null())
        .filter(polls::expires_at.le(diesel::dsl::now));
    let ended = diesel::update(query).set(polls::ended_at.eq(diesel::dsl::now)).execute(conn).await?;
    Ok(ended > 0)
}

/// Notes that local voters up to this one were told of the end.
pub async fn told(conn: &mut Conn, status: StatusId, up_to: AccountId) -> QueryResult<()> {
    diesel::update(polls::table.find(status)).set(polls::told_up_to.eq(up_to.0)).execute(conn).await?;
    Ok(())
}

#[derive(QueryableByName)]
struct Voter {
    #[diesel(sql_type = BigInt)]
    account_id: AccountId,
}

/// Accounts here that voted, above `after` in order of their ids, `limit` at most.
pub async fn local_voters(
    conn: &mut Conn,
    status: StatusId,
    after: i64,
    limit: i64,
) -> QueryResult<Vec<AccountId>> {
    let query = diesel::sql_query(
        "SELECT DISTINCT v.account_id FROM poll_votes v JOIN accounts a ON a.id = v.account_id \
         WHERE v.status_id = $1 AND v.account_id > $2 AND a.domain IS NULL ORDER BY v.account_id LIMIT $3",
    )
    .bind::<BigInt, _>(status)
    .bind::<BigInt, _>(after)
    .bind::<BigInt, _>(limit);
    let rows: Vec<Voter> = RunQueryDsl::load(prepared(query), conn).await?;
    Ok(rows.into_iter().map(|row| row.account_id).collect())
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(embed)]
    poll: Poll,
    #[diesel(sql_type = Nullable<Array<SmallInt>>)]
    own_votes: Option<Vec<i16>>,
    /// Of its status; nothing when that comes without custom emoji.
    #[diesel(sql_type = Nullable<Text>)]
    emoji_uri: Option<String>,
    #[diesel(sql_type = Bool)]
    local: bool,
}

impl Row {
    /// Custom emoji that may stand in the options: those of the author's host.
    fn emojis(&self) -> Vec<custom_emojis::Wanted> {
        let Some(uri) = &self.emoji_uri else { return Vec::new() };
        let host = (!self.local).then(|| crate::instances::host_of(uri)).flatten();
        custom_emojis::in_texts(self.poll.options.iter().map(String::as_str), host)
    }
}

/// The polls of these statuses with what the viewer chose: two queries at most, none without statuses.
pub async fn load_for(
    conn: &mut Conn,
    viewer: Option<AccountId>,
    ids: &[StatusId],
) -> QueryResult<HashMap<StatusId, PollView>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let query = diesel::sql_query(
        "SELECT p.*, (SELECT array_agg(v.position ORDER BY v.position) FROM poll_votes v \
         WHERE v.status_id = p.status_id AND v.account_id = $2) AS own_votes, \
         CASE WHEN s.emojis_count > 0 THEN s.uri END AS emoji_uri, s.local \
         FROM polls p JOIN statuses s ON s.id = p.status_id WHERE p.status_id = ANY($1)",
    )
    .bind::<Array<BigInt>, _>(ids)
    .bind::<Nullable<BigInt>, _>(viewer);
    let rows: Vec<Row> = RunQueryDsl::load(prepared(query), conn).await?;
    let wanted: Vec<custom_emojis::Wanted> = rows.iter().flat_map(Row::emojis).collect();
    let found = custom_emojis::load(conn, &wanted).await?;
    let view = |row: Row| {
        let emojis = custom_emojis::pick(&found, &row.emojis());
        let own_votes = row.own_votes.unwrap_or_default();
        (row.poll.status_id, PollView { poll: row.poll, own_votes, emojis })
    };
    Ok(rows.into_iter().map(view).collect())
}

#[derive(QueryableByName)]
struct Chosen {
    #[diesel(sql_type = BigInt)]
    account_id: AccountId,
    #[diesel(sql_type = Array<SmallInt>)]
    votes: Vec<i16>,
}

/// Of many voters, what those chose, in order, who voted in one poll.
pub async fn votes_of(
    conn: &mut Conn,
    status: StatusId,
    voters: &[AccountId],
) -> QueryResult<HashMap<AccountId, Vec<i16>>> {
    let query = diesel::sql_query(
        "SELECT account_id, array_agg(position ORDER BY position) AS votes FROM poll_votes \
         WHERE status_id = $1 AND account_id = ANY($2) GROUP BY account_id",
    )
    .bind::<BigInt, _>(status)
    .bind::<Array<BigInt>, _>(voters);
    let rows: Vec<Chosen> = RunQueryDsl::load(prepared(query), conn).await?;
    Ok(rows.into_iter().map(|row| (row.account_id, row.votes)).collect())
}

#[derive(QueryableByName)]
struct Flag {
    #[diesel(sql_type = Bool)]
    flag: bool,
}

/// Whether anybody here voted.
pub async fn has_local_voters(conn: &mut Conn, status: StatusId) -> QueryResult<bool> {
    let query = diesel::sql_query(
        "SELECT EXISTS (SELECT FROM poll_votes v JOIN accounts a ON a.id = v.account_id \
         WHERE v.status_id = $1 AND a.domain IS NULL) AS flag",
    )
    .bind::<BigInt, _>(status);
    let row: Flag = RunQueryDsl::get_result(prepared(query), conn).await?;
    Ok(row.flag)
}
