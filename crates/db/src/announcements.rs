//! What whoever runs the place tells everybody who is signed in.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Text};
use diesel_async::RunQueryDsl;
use schema::{announcement_dismissals, announcement_reactions, announcements};

use crate::accounts::{self, Account};
use crate::custom_emojis::{self, CustomEmoji, Wanted};
use crate::ids::{AccountId, StatusId};
use crate::sql::prepared;
use crate::statuses::{self, Status};
use crate::{Conn, Visibility};

/// Most announcements handed out at once, the newest.
const MOST: i64 = 100;

/// A row of `announcements`.
#[derive(Clone, Debug, Queryable, Selectable, QueryableByName)]
#[diesel(table_name = announcements, check_for_backend(diesel::pg::Pg))]
#[expect(missing_docs, reason = "the migration says what the columns mean")]
pub struct Announcement {
    pub id: i64,
    pub source: String,
    pub content: String,
    pub mention_ids: Vec<AccountId>,
    pub status_ids: Vec<StatusId>,
    pub tags: Vec<String>,
    pub starts_at: Option<DateTime<Utc>>,
    pub ends_at: Option<DateTime<Utc>>,
    pub all_day: bool,
    pub published_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// A new announcement.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = announcements)]
#[expect(missing_docs, reason = "the migration says what the columns mean")]
pub struct NewAnnouncement {
    pub source: String,
    pub content: String,
    pub mention_ids: Vec<AccountId>,
    pub status_ids: Vec<StatusId>,
    pub tags: Vec<String>,
    pub starts_at: Option<DateTime<Utc>>,
    pub ends_at: Option<DateTime<Utc>>,
    pub all_day: bool,
}

/// How many reacted with an emoji.
#[derive(Clone, Debug, QueryableByName)]
pub struct Reaction {
    #[diesel(sql_type = BigInt)]
    announcement_id: i64,
    /// An emoji, or a shortcode.
    #[diesel(sql_type = Text)]
    pub name: String,
    /// How many did.
    #[diesel(sql_type = BigInt)]
    pub count: i64,
    /// Whether the viewer did.
    #[diesel(sql_type = Bool)]
    pub me: bool,
}

/// An announcement as one viewer sees it.
#[derive(Clone, Debug)]
pub struct AnnouncementView {
    /// The row.
    pub announcement: Announcement,
    /// Whether the viewer dismissed it.
    pub read: bool,
    /// Accounts it mentions that are still there.
    pub mentions: Vec<Account>,
    /// Statuses it links to that everybody may see.
    pub statuses: Vec<Status>,
    /// The authors of these.
    pub authors: HashMap<AccountId, Account>,
    /// Custom emoji in its text.
    pub emojis: Vec<CustomEmoji>,
    /// In the order in which they came first.
    pub reactions: Vec<Reaction>,
    /// The pictures of those reactions that are custom emoji, by shortcode.
    pub pictures: HashMap<String, CustomEmoji>,
}

/// Those that are not over, the oldest first. An announcement of whole days lasts until the end of its last.
pub async fn current(conn: &mut Conn) -> QueryResult<Vec<Announcement>> {
    let query = prepared(
        diesel::sql_query(
            "SELECT * FROM (SELECT a.* FROM announcements a WHERE a.ends_at IS NULL \
         OR a.ends_at + CASE WHEN a.all_day THEN interval '1 day' ELSE interval '0' END > now() \
         ORDER BY a.id DESC LIMIT $1) newest ORDER BY id",
        )
        .bind::<BigInt, _>(MOST),
    );
    RunQueryDsl::load(query, conn).await
}

/// All of them, the newest first.
pub async fn all(conn: &mut Conn) -> QueryResult<Vec<Announcement>> {
    announcements::table
        .order(announcements::id.desc())
        .limit(1_000)
        .select(Announcement::as_select())
        .load(conn)
        .await
}

/// One that is not over, or [`diesel::result::Error::NotFound`].
pub async fn find(conn: &mut Conn, id: i64) -> QueryResult<Announcement> {
    let query = prepared(
        diesel::sql_query(
            "SELECT a.* FROM announcements a WHERE a.id = $1 AND (a.ends_at IS NULL \
         OR a.ends_at + CASE WHEN a.all_day THEN interval '1 day' ELSE interval '0' END > now())",
        )
        .bind::<BigInt, _>(id),
    );
    RunQueryDsl::get_result(query, conn).await
}

/// Like [`find`], and until the transaction ends nobody else adds a reaction to it.
pub async fn lock(conn: &mut Conn, id: i64) -> QueryResult<Announcement> {
    let held: i64 =
        announcements::table.find(id).select(announcements::id).for_no_key_update().first(conn).await?;
    find(conn, held).await
}

/// Writes an announcement.
pub async fn insert(conn: &mut Conn, new: &NewAnnouncement) -> QueryResult<Announcement> {
    diesel::insert_into(announcements::table)
        .values(new)
        .returning(Announcement::as_returning())
        .get_result(conn)
        .await
}

/// Removes one; false when there is none.
pub async fn delete(conn: &mut Conn, id: i64) -> QueryResult<bool> {
    Ok(diesel::delete(announcements::table.find(id)).execute(conn).await? > 0)
}

/// Notes that somebody has read one.
pub async fn dismiss(conn: &mut Conn, account: AccountId, id: i64) -> QueryResult<()> {
    diesel::insert_into(announcement_dismissals::table)
        .values((
            announcement_dismissals::account_id.eq(account),
            announcement_dismissals::announcement_id.eq(id),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    Ok(())
}

/// The different reactions to one.
pub async fn reaction_names(conn: &mut Conn, id: i64) -> QueryResult<Vec<String>> {
    announcement_reactions::table
        .filter(announcement_reactions::announcement_id.eq(id))
        .select(announcement_reactions::name)
        .distinct()
        .load(conn)
        .await
}

/// How many reacted to one with an emoji.
pub async fn reaction_count(conn: &mut Conn, id: i64, name: &str) -> QueryResult<i64> {
    announcement_reactions::table
        .filter(announcement_reactions::announcement_id.eq(id))
        .filter(announcement_reactions::name.eq(name))
        .count()
        .get_result(conn)
        .await
}

/// Adds a reaction; false when it was there.
pub async fn react(conn: &mut Conn, account: AccountId, id: i64, name: &str) -> QueryResult<bool> {
    let added = diesel::insert_into(announcement_reactions::table)
        .values((
            announcement_reactions::announcement_id.eq(id),
            announcement_reactions::account_id.eq(account),
            announcement_reactions::name.eq(name),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    Ok(added > 0)
}

/// Takes a reaction back; false when there was none.
pub async fn unreact(conn: &mut Conn, account: AccountId, id: i64, name: &str) -> QueryResult<bool> {
    let gone = diesel::delete(
        announcement_reactions::table
            .filter(announcement_reactions::announcement_id.eq(id))
            .filter(announcement_reactions::account_id.eq(account))
            .filter(announcement_reactions::name.eq(name)),
    )
    .execute(conn)
    .await?;
    Ok(gone > 0)
}

/// Announcements with everything that a viewer is shown of them; at most six queries.
pub async fn views(
    conn: &mut Conn,
    viewer: Option<AccountId>,
    rows: Vec<Announcement>,
) -> QueryResult<Vec<AnnouncementView>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let read = dismissed(conn, viewer, &ids).await?;
    let mut reactions = reactions(conn, viewer, &ids).await?;
    let statuses = open_statuses(conn, &rows).await?;
    let wanted_accounts: Vec<AccountId> = rows
        .iter()
        .flat_map(|row| row.mention_ids.iter().copied())
        .chain(statuses.values().map(|status| status.account_id))
        .collect();
    let known = accounts::load(conn, &wanted_accounts).await?;
    let known: HashMap<AccountId, Account> =
        known.into_iter().filter(|a| a.suspended_at.is_none()).map(|a| (a.id, a)).collect();
    let wanted: HashMap<i64, Vec<Wanted>> =
        rows.iter().map(|row| (row.id, custom_emojis::in_texts([row.source.as_str()], None))).collect();
    let shortcodes: Vec<Wanted> = reactions.values().flatten().map(|reaction| ours(&reaction.name)).collect();
    let emojis = custom_emojis::load(conn, wanted.values().flatten().chain(&shortcodes)).await?;
    let view = |row: Announcement| {
        let reactions = reactions.remove(&row.id).unwrap_or_default();
        let picture =
            |reaction: &Reaction| Some((reaction.name.clone(), emojis.get(&ours(&reaction.name))?.clone()));
        let shown: Vec<Status> = row.status_ids.iter().filter_map(|id| statuses.get(id).cloned()).collect();
        AnnouncementView {
            read: read.contains(&row.id),
            mentions: row.mention_ids.iter().filter_map(|id| known.get(id).cloned()).collect(),
            authors: shown
                .iter()
                .filter_map(|s| Some((s.account_id, known.get(&s.account_id)?.clone())))
                .collect(),
            statuses: shown,
            emojis: custom_emojis::pick(&emojis, &wanted[&row.id]),
            pictures: reactions.iter().filter_map(picture).collect(),
            reactions,
            announcement: row,
        }
    };
    Ok(rows.into_iter().map(view).collect())
}

/// An emoji of our own.
fn ours(shortcode: &str) -> Wanted {
    Wanted { domain: String::new(), shortcode: shortcode.to_owned() }
}

async fn dismissed(conn: &mut Conn, viewer: Option<AccountId>, ids: &[i64]) -> QueryResult<Vec<i64>> {
    let Some(viewer) = viewer else { return Ok(Vec::new()) };
    announcement_dismissals::table
        .filter(announcement_dismissals::account_id.eq(viewer))
        .filter(announcement_dismissals::announcement_id.eq_any(ids))
        .select(announcement_dismissals::announcement_id)
        .load(conn)
        .await
}

async fn reactions(
    conn: &mut Conn,
    viewer: Option<AccountId>,
    ids: &[i64],
) -> QueryResult<HashMap<i64, Vec<Reaction>>> {
    let query = diesel::sql_query(
        "SELECT r.announcement_id, r.name, count(*) AS count, \
         coalesce(bool_or(r.account_id = $2), false) AS me \
         FROM announcement_reactions r WHERE r.announcement_id = ANY($1) \
         GROUP BY r.announcement_id, r.name ORDER BY min(r.created_at), r.name",
    )
    .bind::<Array<BigInt>, _>(ids)
    .bind::<Nullable<BigInt>, _>(viewer);
    let rows: Vec<Reaction> = RunQueryDsl::load(prepared(query), conn).await?;
    let mut found: HashMap<i64, Vec<Reaction>> = HashMap::new();
    for row in rows {
        found.entry(row.announcement_id).or_default().push(row);
    }
    Ok(found)
}

/// The statuses that are linked to, as far as everybody may see them.
async fn open_statuses(conn: &mut Conn, rows: &[Announcement]) -> QueryResult<HashMap<StatusId, Status>> {
    let ids: Vec<StatusId> = rows.iter().flat_map(|row| row.status_ids.iter().copied()).collect();
    let found = statuses::load_visible(conn, None, &ids).await?;
    Ok(found
        .into_iter()
        .filter(|status| matches!(status.visibility, Visibility::Public | Visibility::Unlisted))
        .map(|status| (status.id, status))
        .collect())
}
