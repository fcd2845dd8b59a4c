//! Former versions of statuses.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel_async::RunQueryDsl;
use schema::status_edits;

use crate::Conn;
use crate::ids::StatusId;
use crate::statuses::Status;

/// A row of `status_edits`: what a status said until it was changed.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = status_edits, check_for_backend(diesel::pg::Pg))]
#[expect(missing_docs, reason = "the migration says what the columns mean")]
pub struct StatusEdit {
    pub content: String,
    pub spoiler_text: String,
    pub sensitive: bool,
    pub media: serde_json::Value,
    pub poll: Option<Vec<String>>,
    pub created_at: DateTime<Utc>,
}

/// Keeps the present version of a status, before it changes; `media` are the ids of its attachments, `poll` the
/// options of its poll.
pub async fn keep(
    conn: &mut Conn,
    status: &Status,
    media: serde_json::Value,
    poll: Option<&[String]>,
) -> QueryResult<()> {
    diesel::insert_into(status_edits::table)
        .values((
            status_edits::status_id.eq(status.id),
            status_edits::content.eq(&status.content),
            status_edits::spoiler_text.eq(&status.spoiler_text),
            status_edits::sensitive.eq(status.sensitive),
            status_edits::media.eq(media),
            status_edits::poll.eq(poll),
            status_edits::created_at.eq(status.edited_at.unwrap_or(status.created_at)),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// Former versions, oldest first; at most 200.
pub async fn list(conn: &mut Conn, status: StatusId) -> QueryResult<Vec<StatusEdit>> {
    status_edits::table
        .filter(status_edits::status_id.eq(status))
        .order(status_edits::id)
        .select(StatusEdit::as_select())
        .limit(200)
        .load(conn)
        .await
}
