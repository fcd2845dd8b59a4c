//! Grouped notifications: many that say the same as one.

use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::result::QueryResult;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, SmallInt, Timestamptz};
use diesel_async::RunQueryDsl;

use super::{Count, Filter, Kind, Notification, Row, heard, shown};
use crate::ids::{AccountId, NotificationId, StatusId};
use crate::page::Entry;
use crate::sql::prepared;
use crate::visibility::visible;
use crate::{Conn, Page};

/// What a group is known by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GroupKey {
    /// A group.
    Group(Kind, i64),
    /// A notification that stands alone.
    Single(NotificationId),
}

impl GroupKey {
    /// Reads what [`std::fmt::Display`] wrote.
    pub fn parse(text: &str) -> Option<Self> {
        let (word, number) = text.rsplit_once('-')?;
        if !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let number = number.parse().ok()?;
        match word {
            "ungrouped" => Some(Self::Single(NotificationId(number))),
            word => Some(Self::Group(Kind::parse(word)?, number)),
        }
    }

    fn number(self) -> Option<i64> {
        match self {
            Self::Group(_, number) => Some(number),
            Self::Single(_) => None,
        }
    }
}

impl std::fmt::Display for GroupKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Group(kind, number) => write!(f, "{}-{number}", kind.as_str()),
            Self::Single(id) => write!(f, "ungrouped-{id}"),
        }
    }
}

/// A group as its owner sees it (<https://docs.joinmastodon.org/methods/grouped_notifications/#NotificationGroup>).
#[derive(Clone, Debug)]
pub struct Group {
    /// What it is known by.
    pub key: GroupKey,
    /// What happened.
    pub kind: Kind,
    /// How many notifications it has.
    pub count: i64,
    /// The newest of all of them.
    pub newest: NotificationId,
    /// Which of them are on this page.
    pub on_page: Option<OnPage>,
    /// Who caused the newest, eight at most.
    pub samples: Vec<AccountId>,
    /// What it is about.
    pub status: Option<StatusId>,
    /// The report, warning or severance it is about.
    pub subject: Option<i64>,
}

/// The part of a group that lies on a page.
#[derive(Clone, Copy, Debug)]
pub struct OnPage {
    /// The oldest.
    pub min: NotificationId,
    /// The newest.
    pub max: NotificationId,
    /// When that was.
    pub latest_at: DateTime<Utc>,
}

/// A page of groups, newest first, and its cursors.
#[derive(Clone, Debug, Default)]
pub struct GroupPage {
    /// The groups.
    pub groups: Vec<Group>,
    /// The notifications by which the groups came onto the page.
    pub cursors: Vec<i64>,
}

/// SQL: a page walks from notification to notification and steps over what belongs to a group that it has seen.
/// `$1` is whose, `$2` and `$3` are the bounds, `$4` the limit, `$5` to `$7` the filter, `$8` the kinds to group.
macro_rules! walked {
    ($before:literal, $order:literal) => {
        concat!(
            "WITH RECURSIVE page AS ((SELECT n.*, ARRAY[CASE WHEN n.kind = ANY($8) \
             THEN coalesce(n.group_id, 0) ELSE 0 END] AS seen, 1 AS step FROM notifications n \
             WHERE n.id < $2 AND n.id > $3 AND ",
            shown!(),
            " ORDER BY n.id ",
            $order,
            " LIMIT 1) UNION ALL SELECT w.*, p.seen || CASE WHEN w.kind = ANY($8) THEN coalesce(w.group_id, 0) \
             ELSE 0 END, p.step + 1 FROM page p CROSS JOIN LATERAL (SELECT n.* FROM notifications n \
             WHERE n.id < $2 AND n.id > $3 AND n.id ",
            $before,
            " p.id AND NOT (n.kind = ANY($8) AND coalesce(n.group_id = ANY(p.seen), false)) AND ",
            shown!(),
            " ORDER BY n.id ",
            $order,
            " LIMIT 1) w WHERE p.step < $4) SELECT * FROM page ORDER BY id DESC"
        )
    };
}

/// A page of groups; kinds that are not in `grouped` stand alone. Two queries.
pub async fn list(
    conn: &mut Conn,
    account: AccountId,
    filter: &Filter,
    grouped: &[Kind],
    page: Page,
) -> QueryResult<GroupPage> {
    let statement = if page.upwards() { walked!(">", "ASC") } else { walked!("<", "DESC") };
    let query = diesel::sql_query(statement)
        .bind::<BigInt, _>(account)
        .bind::<BigInt, _>(page.below())
        .bind::<BigInt, _>(page.above())
        .bind::<BigInt, _>(page.limit)
        .bind::<Array<SmallInt>, _>(filter.kinds())
        .bind::<Nullable<BigInt>, _>(filter.from)
        .bind::<Bool, _>(filter.filtered)
        .bind::<Array<SmallInt>, _>(numbers(grouped));
    let rows: Vec<Row> = RunQueryDsl::load(prepared(query), conn).await?;
    let heads: Vec<Notification> = rows.into_iter().filter_map(Row::into_notification).collect();
    let cursors: Vec<i64> = heads.iter().map(|head| head.id.0).collect();
    let (&[newest, ..], &[.., oldest]) = (cursors.as_slice(), cursors.as_slice()) else {
        return Ok(GroupPage::default());
    };
    let keys: Vec<GroupKey> = heads
        .iter()
        .map(|head| if grouped.contains(&head.kind) { head.group_key() } else { GroupKey::Single(head.id) })
        .collect();
    let details = details(conn, account, &keys, filter.filtered, (oldest, newest)).await?;
    let groups = heads.iter().zip(keys).filter_map(|(head, key)| group(head, key, &details)).collect();
    Ok(GroupPage { groups, cursors })
}

fn numbers(kinds: &[Kind]) -> Vec<i16> {
    kinds.iter().map(|kind| *kind as i16).collect()
}

#[derive(QueryableByName)]
struct Details {
    #[diesel(sql_type = BigInt)]
    group_id: i64,
    #[diesel(sql_type = BigInt)]
    count: i64,
    #[diesel(sql_type = BigInt)]
    newest: NotificationId,
    #[diesel(sql_type = Nullable<BigInt>)]
    page_min: Option<NotificationId>,
    #[diesel(sql_type = Nullable<BigInt>)]
    page_max: Option<NotificationId>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    latest_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Array<BigInt>)]
    samples: Vec<AccountId>,
}

/// What groups hold, all of it and between two ids.
async fn details(
    conn: &mut Conn,
    account: AccountId,
    keys: &[GroupKey],
    filtered: bool,
    (oldest, newest): (i64, i64),
) -> QueryResult<Vec<Details>> {
    let wanted: Vec<i64> = keys.iter().filter_map(|key| key.number()).collect();
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let query = diesel::sql_query(concat!(
        "SELECT n.group_id, count(*) AS count, max(n.id) AS newest, \
         min(n.id) FILTER (WHERE n.id BETWEEN $3 AND $4) AS page_min, \
         max(n.id) FILTER (WHERE n.id BETWEEN $3 AND $4) AS page_max, \
         max(n.created_at) FILTER (WHERE n.id BETWEEN $3 AND $4) AS latest_at, \
         (array_agg(n.from_account_id ORDER BY n.id DESC))[1:8] AS samples FROM notifications n \
         WHERE n.account_id = $1 AND n.group_id = ANY($2) AND ($5 OR NOT n.filtered) AND ",
        heard!("n.from_account_id", "$1"),
        " AND (n.status_id IS NULL OR EXISTS (SELECT FROM statuses s WHERE s.id = n.status_id AND ",
        visible!("s", "$1"),
        ")) GROUP BY n.group_id"
    ))
    .bind::<BigInt, _>(account)
    .bind::<Array<BigInt>, _>(wanted)
    .bind::<BigInt, _>(oldest)
    .bind::<BigInt, _>(newest)
    .bind::<Bool, _>(filtered);
    RunQueryDsl::load(prepared(query), conn).await
}

/// `None` when the group went while it was read.
fn group(head: &Notification, key: GroupKey, details: &[Details]) -> Option<Group> {
    let alone = OnPage { min: head.id, max: head.id, latest_at: head.created_at };
    let (count, newest, on_page, samples) = match key.number() {
        None => (1, head.id, Some(alone), vec![head.from_account_id]),
        Some(number) => {
            let of = details.iter().find(|of| of.group_id == number)?;
            let on_page = match (of.page_min, of.page_max, of.latest_at) {
                (Some(min), Some(max), Some(latest_at)) => Some(OnPage { min, max, latest_at }),
                _ => None,
            };
            (of.count, of.newest, on_page, of.samples.clone())
        }
    };
    let (status, subject) = (head.status_id, head.subject_id);
    Some(Group { key, kind: head.kind, count, newest, on_page, samples, status, subject })
}

macro_rules! members {
    ($column:literal, $order:literal) => {
        concat!(
            "SELECT n.* FROM notifications n WHERE n.account_id = $1 AND n.",
            $column,
            " = $5 AND n.id < $2 AND n.id > $3 AND NOT n.filtered AND ",
            heard!("n.from_account_id", "$1"),
            " AND (n.status_id IS NULL OR EXISTS (SELECT FROM statuses s WHERE s.id = n.status_id AND ",
            visible!("s", "$1"),
            ")) ORDER BY n.id ",
            $order,
            " LIMIT $4"
        )
    };
}

async fn members(
    conn: &mut Conn,
    account: AccountId,
    key: GroupKey,
    page: Page,
) -> QueryResult<Vec<Notification>> {
    let (statement, number) = match (key, page.upwards()) {
        (GroupKey::Group(_, number), false) => (members!("group_id", "DESC"), number),
        (GroupKey::Group(_, number), true) => (members!("group_id", "ASC"), number),
        (GroupKey::Single(id), _) => (members!("id", "DESC"), id.0),
    };
    let query = diesel::sql_query(statement)
        .bind::<BigInt, _>(account)
        .bind::<BigInt, _>(page.below())
        .bind::<BigInt, _>(page.above())
        .bind::<BigInt, _>(page.limit)
        .bind::<BigInt, _>(number);
    let rows: Vec<Row> = RunQueryDsl::load(prepared(query), conn).await?;
    let is_of = |row: &Notification| match key {
        GroupKey::Group(kind, _) => row.kind == kind,
        GroupKey::Single(_) => true,
    };
    let members = rows.into_iter().filter_map(Row::into_notification).filter(is_of);
    Ok(page.sort_newest_first(members.collect()))
}

/// One of the account's groups, or [`diesel::result::Error::NotFound`].
pub async fn find(conn: &mut Conn, account: AccountId, key: GroupKey) -> QueryResult<Group> {
    let heads = members(conn, account, key, Page::first(1)).await?;
    let head = heads.as_slice().first().ok_or(diesel::result::Error::NotFound)?;
    let details = details(conn, account, &[key], false, (0, -1)).await?;
    let group = group(head, key, &details).ok_or(diesel::result::Error::NotFound)?;
    Ok(Group { on_page: None, ..group })
}

/// Who caused the notifications of a group, latest first; the cursors are the notifications.
pub async fn accounts(
    conn: &mut Conn,
    account: AccountId,
    key: GroupKey,
    page: Page,
) -> QueryResult<Vec<Entry>> {
    let members = members(conn, account, key, page).await?;
    Ok(members.iter().map(|row| Entry { id: row.id.0, target: row.from_account_id.0 }).collect())
}

/// So many notifications are looked at for each group that is counted.
const LOOKED_AT: i64 = 50;

/// How many groups have something newer than the account's marker; counts up to `limit`.
pub async fn unread_count(
    conn: &mut Conn,
    account: AccountId,
    filter: &Filter,
    grouped: &[Kind],
    limit: i64,
) -> QueryResult<i64> {
    let query = diesel::sql_query(concat!(
        "SELECT least(count(DISTINCT key), $4) AS count FROM (SELECT CASE WHEN n.kind = ANY($3) \
         THEN coalesce(n.group_id, n.id) ELSE n.id END AS key FROM notifications n \
         WHERE n.id > coalesce((SELECT last_read_id FROM markers WHERE account_id = $1 \
         AND timeline = 'notifications'), 0) AND ",
        shown!(),
        " ORDER BY n.id DESC LIMIT $2) unread"
    ))
    .bind::<BigInt, _>(account)
    .bind::<BigInt, _>(limit.saturating_mul(LOOKED_AT))
    .bind::<Array<SmallInt>, _>(numbers(grouped))
    .bind::<BigInt, _>(limit)
    .bind::<Array<SmallInt>, _>(filter.kinds())
    .bind::<Nullable<BigInt>, _>(filter.from)
    .bind::<Bool, _>(filter.filtered);
    let row: Count = RunQueryDsl::get_result(prepared(query), conn).await?;
    Ok(row.count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_as_they_are_written() {
        for key in [
            GroupKey::Single(NotificationId(7)),
            GroupKey::Group(Kind::Favourite, 12),
            GroupKey::Group(Kind::SignUp, i64::MAX),
        ] {
            assert_eq!(GroupKey::parse(&key.to_string()), Some(key));
        }
        for text in ["", "7", "-7", "ungrouped-", "ungrouped--7", "ungrouped-+7", "favourite-x", "nonsense-7"]
        {
            assert_eq!(GroupKey::parse(text), None, "{text}");
        }
    }
}
