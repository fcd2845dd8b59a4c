//! Media attachments.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel::sql_types::{Array, BigInt, Nullable, Text, Timestamptz};
use diesel_async::RunQueryDsl;
use schema::{drafts, media_attachments};

use crate::Conn;
use crate::ids::{AccountId, DraftId, MediaId, StatusId};
use crate::sql::prepared;

/// What a file is, as the client API names it.
pub mod kind {
    /// Something that could not be read.
    pub const UNKNOWN: i16 = 0;
    /// A still image.
    pub const IMAGE: i16 = 1;
    /// A silent looping animation.
    pub const GIFV: i16 = 2;
    /// A video.
    pub const VIDEO: i16 = 3;
    /// Sound.
    pub const AUDIO: i16 = 4;
}

/// A row of `media_attachments`.
#[derive(Clone, Debug, Queryable, Selectable, Identifiable)]
#[diesel(table_name = media_attachments, check_for_backend(diesel::pg::Pg))]
#[expect(missing_docs, reason = "the migration says what the columns mean")]
pub struct Media {
    pub id: MediaId,
    pub account_id: AccountId,
    pub status_id: Option<StatusId>,
    pub kind: i16,
    pub mime: Option<String>,
    pub file_key: Option<String>,
    pub preview_key: Option<String>,
    pub remote_url: Option<String>,
    pub description: Option<String>,
    pub blurhash: Option<String>,
    pub meta: serde_json::Value,
    pub position: i16,
    pub created_at: DateTime<Utc>,
}

/// A new attachment: a stored file, or something at a remote URL.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = media_attachments)]
#[expect(missing_docs, reason = "the migration says what the columns mean")]
pub struct NewMedia {
    pub account_id: AccountId,
    pub status_id: Option<StatusId>,
    pub kind: i16,
    pub mime: Option<String>,
    pub file_key: Option<String>,
    pub preview_key: Option<String>,
    pub remote_url: Option<String>,
    pub description: Option<String>,
    pub blurhash: Option<String>,
    pub meta: serde_json::Value,
    pub position: i16,
}

/// What an owner changes of an attachment; `None` leaves it as it is.
#[derive(Clone, Debug, Default, AsChangeset)]
#[diesel(table_name = media_attachments)]
#[expect(missing_docs, reason = "the migration says what the columns mean")]
pub struct MediaChanges {
    pub description: Option<String>,
    pub meta: Option<serde_json::Value>,
}

/// Writes one.
pub async fn insert(conn: &mut Conn, new: &NewMedia) -> QueryResult<Media> {
    diesel::insert_into(media_attachments::table)
        .values(new)
        .returning(Media::as_returning())
        .get_result(conn)
        .await
}

/// The owner's attachment, or [`diesel::result::Error::NotFound`].
pub async fn find_own(conn: &mut Conn, owner: AccountId, id: MediaId) -> QueryResult<Media> {
    media_attachments::table
        .find(id)
        .filter(media_attachments::account_id.eq(owner))
        .select(Media::as_select())
        .first(conn)
        .await
}

/// Of these, those that the owner may attach to `status`: not attached yet, or attached to it already. What
/// waits with a scheduled status is for that one alone, which is published as `from`.
pub async fn attachable(
    conn: &mut Conn,
    owner: AccountId,
    ids: &[MediaId],
    status: Option<StatusId>,
    from: Option<DraftId>,
) -> QueryResult<Vec<Media>> {
    media_attachments::table
        .left_join(drafts::table)
        .filter(drafts::scheduled_at.is_null().or(media_attachments::draft_id.is_not_distinct_from(from)))
        .filter(media_attachments::id.eq_any(ids))
        .filter(media_attachments::account_id.eq(owner))
        .filter(media_attachments::status_id.is_null().or(media_attachments::status_id.nullable().eq(status)))
        .select(Media::as_select())
        .load(conn)
        .await
}

/// Attaches the owner's media in the order given; what was attached to the status before and is not named is
/// let go. False, and the caller's transaction must be rolled back, when one of them hangs on another status
/// or is not the owner's.
pub async fn attach(
    conn: &mut Conn,
    owner: AccountId,
    status: StatusId,
    ids: &[MediaId],
) -> QueryResult<bool> {
    diesel::update(
        media_attachments::table
            .filter(media_attachments::status_id.eq(status))
            .filter(diesel::dsl::not(media_attachments::id.eq_any(ids))),
    )
    .set((
        media_attachments::status_id.eq(None::<StatusId>),
        media_attachments::detached_at.eq(diesel::dsl::now),
    ))
    .execute(conn)
    .await?;
    if ids.is_empty() {
        return Ok(true);
    }
    // Whoever comes second waits for the first here, and finds what was free taken.
    let query = diesel::sql_query(
        "WITH free AS (SELECT m.id FROM media_attachments m LEFT JOIN drafts d ON d.id = m.draft_id \
         WHERE m.id = ANY($2) AND m.account_id = $3 AND (m.status_id IS NULL OR m.status_id = $1) \
         AND d.scheduled_at IS NULL ORDER BY m.id FOR UPDATE OF m) \
         UPDATE media_attachments m SET status_id = $1, draft_id = NULL, detached_at = NULL, position = w.number - 1 \
         FROM free f JOIN unnest($2::bigint[]) WITH ORDINALITY AS w(id, number) ON w.id = f.id \
         WHERE m.id = f.id",
    )
    .bind::<BigInt, _>(status)
    .bind::<Array<BigInt>, _>(ids)
    .bind::<BigInt, _>(owner);
    Ok(RunQueryDsl::execute(prepared(query), conn).await? == ids.len())
}

/// Keeps the owner's media for a draft, in the order given; what it had and is not named is let go. False, and
/// the caller's transaction must be rolled back, when one of them hangs on a status, waits with a scheduled one,
/// or is not the owner's.
pub async fn keep(conn: &mut Conn, owner: AccountId, draft: DraftId, ids: &[MediaId]) -> QueryResult<bool> {
    diesel::update(
        media_attachments::table
            .filter(media_attachments::draft_id.eq(draft))
            .filter(diesel::dsl::not(media_attachments::id.eq_any(ids))),
    )
    .set((
        media_attachments::draft_id.eq(None::<DraftId>),
        media_attachments::detached_at.eq(diesel::dsl::now),
    ))
    .execute(conn)
    .await?;
    if ids.is_empty() {
        return Ok(true);
    }
    let query = diesel::sql_query(
        "WITH free AS (SELECT m.id FROM media_attachments m LEFT JOIN drafts d ON d.id = m.draft_id \
         WHERE m.id = ANY($2) AND m.account_id = $3 AND m.status_id IS NULL \
         AND (d.scheduled_at IS NULL OR d.id = $1) ORDER BY m.id FOR UPDATE OF m) \
         UPDATE media_attachments m SET draft_id = $1, position = w.number - 1 \
         FROM free f JOIN unnest($2::bigint[]) WITH ORDINALITY AS w(id, number) ON w.id = f.id \
         WHERE m.id = f.id",
    )
    .bind::<BigInt, _>(draft)
    .bind::<Array<BigInt>, _>(ids)
    .bind::<BigInt, _>(owner);
    Ok(RunQueryDsl::execute(prepared(query), conn).await? == ids.len())
}

/// Changes description or focus of the owner's attachment.
pub async fn update(
    conn: &mut Conn,
    owner: AccountId,
    id: MediaId,
    changes: &MediaChanges,
) -> QueryResult<Media> {
    diesel::update(media_attachments::table.find(id).filter(media_attachments::account_id.eq(owner)))
        .set(changes)
        .returning(Media::as_returning())
        .get_result(conn)
        .await
}

/// Lets go of everything attached to a status; redrafting may attach it again, or a sweep removes it.
pub async fn detach(conn: &mut Conn, status: StatusId) -> QueryResult<()> {
    diesel::update(media_attachments::table.filter(media_attachments::status_id.eq(status)))
        .set((
            media_attachments::status_id.eq(None::<StatusId>),
            media_attachments::detached_at.eq(diesel::dsl::now),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// Removes what a remote status had, before an edit writes it anew.
pub async fn delete_of_status(conn: &mut Conn, status: StatusId) -> QueryResult<()> {
    diesel::delete(media_attachments::table.filter(media_attachments::status_id.eq(status)))
        .execute(conn)
        .await?;
    Ok(())
}

/// Whether an attachment waits with a scheduled status.
pub async fn is_scheduled(conn: &mut Conn, id: MediaId) -> QueryResult<bool> {
    let waiting = media_attachments::table
        .inner_join(drafts::table)
        .filter(media_attachments::id.eq(id))
        .filter(drafts::scheduled_at.is_not_null());
    diesel::select(diesel::dsl::exists(waiting)).get_result(conn).await
}

/// Removes the owner's attachment if it hangs on no status; returns it so that its files can go too.
pub async fn delete_unattached(conn: &mut Conn, owner: AccountId, id: MediaId) -> QueryResult<Option<Media>> {
    diesel::delete(
        media_attachments::table
            .find(id)
            .filter(media_attachments::account_id.eq(owner))
            .filter(media_attachments::status_id.is_null()),
    )
    .returning(Media::as_returning())
    .get_result(conn)
    .await
    .optional()
}

#[derive(QueryableByName)]
struct Keys {
    #[diesel(sql_type = Nullable<Text>)]
    first: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    second: Option<String>,
}

fn keys(rows: Vec<Keys>) -> Vec<String> {
    rows.into_iter().flat_map(|row| [row.first, row.second]).flatten().collect()
}

/// Removes attachments that have hung on no status since before `before`, `limit` at most, and returns the
/// keys of their files, so that those can go too.
pub async fn delete_orphans(conn: &mut Conn, before: DateTime<Utc>, limit: i64) -> QueryResult<Vec<String>> {
    let query = diesel::sql_query(
        "DELETE FROM media_attachments WHERE id IN (SELECT id FROM media_attachments WHERE status_id IS NULL \
         AND draft_id IS NULL AND coalesce(detached_at, created_at) < $1 LIMIT $2 FOR UPDATE SKIP LOCKED) \
         AND status_id IS NULL AND draft_id IS NULL \
         RETURNING file_key AS first, preview_key AS second",
    )
    .bind::<Timestamptz, _>(before)
    .bind::<BigInt, _>(limit);
    Ok(keys(RunQueryDsl::load(prepared(query), conn).await?))
}

/// Removes attachments of an account that is going, `limit` at most, with those on its statuses; returns how
/// many those were, and the keys of their files.
pub async fn delete_of_account(
    conn: &mut Conn,
    account: AccountId,
    limit: i64,
) -> QueryResult<(usize, Vec<String>)> {
    let query = diesel::sql_query(
        "DELETE FROM media_attachments WHERE id IN (SELECT id FROM media_attachments WHERE account_id = $1 \
         LIMIT $2) RETURNING file_key AS first, preview_key AS second",
    )
    .bind::<BigInt, _>(account)
    .bind::<BigInt, _>(limit);
    let rows: Vec<Keys> = RunQueryDsl::load(prepared(query), conn).await?;
    Ok((rows.len(), keys(rows)))
}

/// The keys of an account's own pictures, which nobody changes until the caller's transaction ends.
pub async fn pictures_of(conn: &mut Conn, account: AccountId) -> QueryResult<Vec<String>> {
    let query = diesel::sql_query(
        "SELECT avatar_key AS first, header_key AS second FROM accounts WHERE id = $1 FOR UPDATE",
    )
    .bind::<BigInt, _>(account);
    Ok(keys(RunQueryDsl::load(prepared(query), conn).await?))
}

/// What hangs on each status, in order.
pub async fn load_for(conn: &mut Conn, ids: &[StatusId]) -> QueryResult<HashMap<StatusId, Vec<Media>>> {
    let rows: Vec<Media> = media_attachments::table
        .filter(media_attachments::status_id.eq_any(ids))
        .order((media_attachments::position, media_attachments::id))
        .select(Media::as_select())
        .load(conn)
        .await?;
    let mut by_status: HashMap<StatusId, Vec<Media>> = HashMap::new();
    for media in rows {
        if let Some(status) = media.status_id {
            by_status.entry(status).or_default().push(media);
        }
    }
    Ok(by_status)
}

/// What waits with each draft, in order.
pub async fn load_for_drafts(conn: &mut Conn, ids: &[DraftId]) -> QueryResult<HashMap<DraftId, Vec<Media>>> {
    let rows: Vec<(Option<DraftId>, Media)> = media_attachments::table
        .filter(media_attachments::draft_id.eq_any(ids))
        .order((media_attachments::position, media_attachments::id))
        .select((media_attachments::draft_id, Media::as_select()))
        .load(conn)
        .await?;
    let mut by_draft: HashMap<DraftId, Vec<Media>> = HashMap::new();
    for (draft, media) in rows {
        if let Some(draft) = draft {
            by_draft.entry(draft).or_default().push(media);
        }
    }
    Ok(by_draft)
}
