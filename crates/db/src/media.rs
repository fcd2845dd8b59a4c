//! Media attachments.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel_async::RunQueryDsl;
use schema::media_attachments;

use crate::Conn;
use crate::ids::{AccountId, MediaId, StatusId};

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

/// Of these, those that the owner may attach to `status`: not attached yet, or attached to it already.
pub async fn attachable(
    conn: &mut Conn,
    owner: AccountId,
    ids: &[MediaId],
    status: Option<StatusId>,
) -> QueryResult<Vec<Media>> {
    media_attachments::table
        .filter(media_attachments::id.eq_any(ids))
        .filter(media_attachments::account_id.eq(owner))
        .filter(media_attachments::status_id.is_null().or(media_attachments::status_id.nullable().eq(status)))
        .select(Media::as_select())
        .load(conn)
        .await
}

/// Attaches in the order given; what was attached to the status before and is not named is let go.
pub async fn attach(conn: &mut Conn, status: StatusId, ids: &[MediaId]) -> QueryResult<()> {
    diesel::update(
        media_attachments::table
            .filter(media_attachments::status_id.eq(status))
            .filter(diesel::dsl::not(media_attachments::id.eq_any(ids))),
    )
    .set(media_attachments::status_id.eq(None::<StatusId>))
    .execute(conn)
    .await?;
    for (position, id) in (0_i16..).zip(ids) {
        diesel::update(media_attachments::table.find(id))
            .set((media_attachments::status_id.eq(status), media_attachments::position.eq(position)))
            .execute(conn)
            .await?;
    }
    Ok(())
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
        .set(media_attachments::status_id.eq(None::<StatusId>))
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

/// Removes attachments that have hung on no status since before `before`, `limit` at most, and returns
/// them so that their files can go too.
pub async fn delete_orphans(conn: &mut Conn, before: DateTime<Utc>, limit: i64) -> QueryResult<Vec<Media>> {
    let orphans = media_attachments::table
        .filter(media_attachments::status_id.is_null())
        .filter(media_attachments::created_at.lt(before))
        .select(media_attachments::id)
        .limit(limit);
    let ids: Vec<MediaId> = orphans.load(conn).await?;
    diesel::delete(media_attachments::table.filter(media_attachments::id.eq_any(ids)))
        .returning(Media::as_returning())
        .get_results(conn)
        .await
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
