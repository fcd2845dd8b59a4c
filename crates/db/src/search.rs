//! Search in PostgreSQL: accounts by handle or name, tags by prefix, statuses by words.

use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Text};
use diesel_async::RunQueryDsl;

use crate::Conn;
use crate::ids::{AccountId, StatusId};
use crate::sql::prepared;
use crate::tags::Tag;
use crate::visibility::{visible, welcome};

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

/// A prefix as a LIKE pattern, with its wildcards escaped.
fn prefix(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 1);
    for c in text.to_lowercase().chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// Accounts whose username or display name begins with the text (or `name@host` that begins so): exact
/// names first, then those the viewer follows, then by followers.
pub async fn accounts(
    conn: &mut Conn,
    viewer: Option<AccountId>,
    text: &str,
    only_following: bool,
    offset: i64,
    limit: i64,
) -> QueryResult<Vec<AccountId>> {
    let (name, host) = match text.trim_start_matches('@').split_once('@') {
        Some((name, host)) => (name, Some(host)),
        None => (text.trim_start_matches('@'), None),
    };
    let query = diesel::sql_query(concat!(
        "SELECT a.id FROM accounts a LEFT JOIN account_stats t ON t.account_id = a.id ",
        "LEFT JOIN follows f ON f.account_id = $1 AND f.target_account_id = a.id ",
        "WHERE (lower(a.username) COLLATE \"C\" LIKE $2 OR ($3 IS NULL AND lower(a.display_name) COLLATE \"C\" LIKE $2)) ",
        "AND ($3 IS NULL OR a.domain LIKE $3 OR (a.domain IS NULL AND $3 = '%')) ",
        "AND a.suspended_at IS NULL AND a.username <> 'instance.actor' AND (NOT $4 OR f.id IS NOT NULL) ",
        "AND NOT EXISTS (SELECT FROM blocks b WHERE b.account_id = a.id AND b.target_account_id = $1) ",
        "ORDER BY (lower(a.username) = lower($5)) DESC, (f.id IS NOT NULL) DESC, ",
        "coalesce(t.followers_count, 0) DESC, a.id LIMIT $7 OFFSET $6"
    ))
    .bind::<Nullable<BigInt>, _>(viewer)
    .bind::<Text, _>(prefix(name))
    .bind::<Nullable<Text>, _>(host.map(prefix))
    .bind::<Bool, _>(only_following)
    .bind::<Text, _>(name)
    .bind::<BigInt, _>(offset)
    .bind::<BigInt, _>(limit);
    let rows: Vec<Row> = RunQueryDsl::load(prepared(query), conn).await?;
    Ok(rows.into_iter().map(|row| AccountId(row.id)).collect())
}

/// Tags whose name begins with the (normalised) text, most recently used first.
pub async fn tags(conn: &mut Conn, text: &str, offset: i64, limit: i64) -> QueryResult<Vec<Tag>> {
    let query = diesel::sql_query(
        "SELECT * FROM tags WHERE name LIKE $1 ORDER BY (name = $2) DESC, last_status_at DESC NULLS LAST, id \
         LIMIT $4 OFFSET $3",
    )
    .bind::<Text, _>(prefix(text))
    .bind::<Text, _>(text)
    .bind::<BigInt, _>(offset)
    .bind::<BigInt, _>(limit);
    RunQueryDsl::load(prepared(query), conn).await
}

/// Where statuses are looked for.
#[derive(Clone, Copy, Debug)]
pub struct Statuses {
    /// Only by this account.
    pub by: Option<AccountId>,
    /// Only with media.
    pub only_media: bool,
    /// Only with ids below this.
    pub below: i64,
    /// Only with ids above this.
    pub above: i64,
    /// Skip so many.
    pub offset: i64,
    /// At most so many.
    pub limit: i64,
}

/// Those of these accounts that the viewer may find, in no order.
pub async fn accounts_among(
    conn: &mut Conn,
    viewer: Option<AccountId>,
    ids: &[AccountId],
) -> QueryResult<Vec<AccountId>> {
    let query = diesel::sql_query(
        "SELECT a.id FROM accounts a WHERE a.id = ANY($2) AND a.suspended_at IS NULL \
         AND a.username <> 'instance.actor' AND NOT EXISTS (SELECT FROM blocks b \
         WHERE b.account_id = a.id AND b.target_account_id = $1)",
    )
    .bind::<Nullable<BigInt>, _>(viewer)
    .bind::<Array<BigInt>, _>(ids);
    let rows: Vec<Row> = RunQueryDsl::load(prepared(query), conn).await?;
    Ok(rows.into_iter().map(|row| AccountId(row.id)).collect())
}

macro_rules! statuses {
    ($words:literal) => {
        concat!(
            "SELECT s.id FROM statuses s JOIN accounts a ON a.id = s.account_id WHERE ",
            $words,
            " AND s.id < $6 AND s.id > $7 AND (NOT $8 OR s.media_count > 0) ",
            "AND s.reblog_of_id IS NULL AND s.deleted_at IS NULL AND a.suspended_at IS NULL ",
            "AND ($3 IS NULL OR s.account_id = $3) AND (s.account_id = $1 ",
            "OR (a.indexable AND s.visibility = 0) ",
            "OR EXISTS (SELECT FROM favourites i WHERE i.account_id = $1 AND i.status_id = s.id) ",
            "OR EXISTS (SELECT FROM bookmarks i WHERE i.account_id = $1 AND i.status_id = s.id) ",
            "OR EXISTS (SELECT FROM mentions i WHERE i.account_id = $1 AND i.status_id = s.id) ",
            "OR EXISTS (SELECT FROM statuses i WHERE i.account_id = $1 AND i.reblog_of_id = s.id)) AND ",
            visible!("s", "$1"),
            " AND (s.account_id = $1 OR ",
            welcome!("s.account_id", "$1"),
            ") ORDER BY s.id DESC LIMIT $5 OFFSET $4"
        )
    };
}

/// Statuses that contain all the words (without any, all of the author) and that the viewer may find: the own
/// ones, those it interacted with or is mentioned in, and public ones of accounts that agree to be found.
/// Newest first.
pub async fn statuses(
    conn: &mut Conn,
    viewer: AccountId,
    text: &str,
    what: Statuses,
) -> QueryResult<Vec<StatusId>> {
    let statement = match (text.is_empty(), what.by) {
        (false, _) => statuses!("to_tsvector('simple', s.content) @@ plainto_tsquery('simple', $2)"),
        (true, Some(_)) => statuses!("$2 = '' AND s.account_id = $3"),
        (true, None) => return Ok(Vec::new()),
    };
    let query = diesel::sql_query(statement)
        .bind::<BigInt, _>(viewer)
        .bind::<Text, _>(text)
        .bind::<Nullable<BigInt>, _>(what.by)
        .bind::<BigInt, _>(what.offset)
        .bind::<BigInt, _>(what.limit)
        .bind::<BigInt, _>(what.below)
        .bind::<BigInt, _>(what.above)
        .bind::<Bool, _>(what.only_media);
    let rows: Vec<Row> = RunQueryDsl::load(prepared(query), conn).await?;
    Ok(rows.into_iter().map(|row| StatusId(row.id)).collect())
}

/// Those of these statuses that [`statuses`] might find, newest first.
pub async fn statuses_among(
    conn: &mut Conn,
    viewer: AccountId,
    ids: &[StatusId],
    what: Statuses,
) -> QueryResult<Vec<StatusId>> {
    let query = diesel::sql_query(statuses!("s.id = ANY($2)"))
        .bind::<BigInt, _>(viewer)
        .bind::<Array<BigInt>, _>(ids)
        .bind::<Nullable<BigInt>, _>(what.by)
        .bind::<BigInt, _>(0)
        .bind::<BigInt, _>(i64::try_from(ids.len()).unwrap_or(i64::MAX))
        .bind::<BigInt, _>(what.below)
        .bind::<BigInt, _>(what.above)
        .bind::<Bool, _>(what.only_media);
    let rows: Vec<Row> = RunQueryDsl::load(prepared(query), conn).await?;
    Ok(rows.into_iter().map(|row| StatusId(row.id)).collect())
}

#[cfg(test)]
mod tests {
    use super::prefix;

    #[test]
    fn wildcards_are_taken_literally() {
        assert_eq!(prefix("A%b_c\\"), "a\\%b\\_c\\\\%");
    }
}
