//! What the instance says of itself at length.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel_async::RunQueryDsl;
use schema::{instance_texts, terms_of_service};

use crate::Conn;

/// A row of `instance_texts`.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = instance_texts, check_for_backend(diesel::pg::Pg))]
#[expect(missing_docs, reason = "the migration says what the columns mean")]
pub struct Text {
    pub source: String,
    pub content: String,
    pub updated_at: DateTime<Utc>,
}

/// The text of this kind, if one was written.
pub async fn find(conn: &mut Conn, kind: &str) -> QueryResult<Option<Text>> {
    instance_texts::table.find(kind).select(Text::as_select()).first(conn).await.optional()
}

/// Writes the text of this kind, instead of the one before.
pub async fn save(conn: &mut Conn, kind: &str, source: &str, content: &str) -> QueryResult<()> {
    let written = (instance_texts::source.eq(source), instance_texts::content.eq(content));
    diesel::insert_into(instance_texts::table)
        .values((instance_texts::kind.eq(kind), written))
        .on_conflict(instance_texts::kind)
        .do_update()
        .set((written, instance_texts::updated_at.eq(diesel::dsl::now)))
        .execute(conn)
        .await?;
    Ok(())
}

/// Removes the text of this kind; false when there is none.
pub async fn delete(conn: &mut Conn, kind: &str) -> QueryResult<bool> {
    Ok(diesel::delete(instance_texts::table.find(kind)).execute(conn).await? > 0)
}

/// A row of `terms_of_service`.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = terms_of_service, check_for_backend(diesel::pg::Pg))]
#[expect(missing_docs, reason = "the migration says what the columns mean")]
pub struct Terms {
    pub effective_on: NaiveDate,
    pub source: String,
    pub content: String,
    pub published_at: DateTime<Utc>,
}

/// The terms that are in force today, or, when none is yet, those that come first.
pub async fn current_terms(conn: &mut Conn, today: NaiveDate) -> QueryResult<Option<Terms>> {
    let in_force = terms_of_service::table
        .filter(terms_of_service::effective_on.le(today))
        .order(terms_of_service::effective_on.desc())
        .select(Terms::as_select())
        .first(conn)
        .await
        .optional()?;
    if in_force.is_some() {
        return Ok(in_force);
    }
    terms_of_service::table
        .order(terms_of_service::effective_on)
        .select(Terms::as_select())
        .first(conn)
        .await
        .optional()
}

/// The terms that come into force on this day.
pub async fn terms_of(conn: &mut Conn, day: NaiveDate) -> QueryResult<Option<Terms>> {
    terms_of_service::table.find(day).select(Terms::as_select()).first(conn).await.optional()
}

/// When the next terms after those of this day come into force.
pub async fn terms_after(conn: &mut Conn, day: NaiveDate) -> QueryResult<Option<NaiveDate>> {
    terms_of_service::table
        .filter(terms_of_service::effective_on.gt(day))
        .order(terms_of_service::effective_on)
        .select(terms_of_service::effective_on)
        .first(conn)
        .await
        .optional()
}

/// Whether there are terms, in force or to come.
pub async fn has_terms(conn: &mut Conn) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(terms_of_service::table.select(terms_of_service::effective_on)))
        .get_result(conn)
        .await
}

/// Writes the terms of a day, instead of those that were to come into force then.
pub async fn save_terms(conn: &mut Conn, day: NaiveDate, source: &str, content: &str) -> QueryResult<()> {
    let written = (terms_of_service::source.eq(source), terms_of_service::content.eq(content));
    diesel::insert_into(terms_of_service::table)
        .values((terms_of_service::effective_on.eq(day), written))
        .on_conflict(terms_of_service::effective_on)
        .do_update()
        .set((written, terms_of_service::published_at.eq(diesel::dsl::now)))
        .execute(conn)
        .await?;
    Ok(())
}

/// Removes the terms of a day; false when there are none.
pub async fn delete_terms(conn: &mut Conn, day: NaiveDate) -> QueryResult<bool> {
    Ok(diesel::delete(terms_of_service::table.find(day)).execute(conn).await? > 0)
}
