//! What whoever runs the place asks of people.

use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel_async::RunQueryDsl;
use schema::instance_rules;

use crate::Conn;

/// A row of `instance_rules`, as far as people read it.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = instance_rules, check_for_backend(diesel::pg::Pg))]
#[expect(missing_docs, reason = "the migration says what the columns mean")]
pub struct Rule {
    pub id: i64,
    pub text: String,
    pub hint: String,
    pub translations: serde_json::Value,
}

/// Those that hold, in order.
pub async fn list(conn: &mut Conn) -> QueryResult<Vec<Rule>> {
    instance_rules::table
        .filter(instance_rules::withdrawn_at.is_null())
        .order((instance_rules::position, instance_rules::id))
        .select(Rule::as_select())
        .load(conn)
        .await
}

/// One that holds, or [`diesel::result::Error::NotFound`].
pub async fn find(conn: &mut Conn, id: i64) -> QueryResult<Rule> {
    instance_rules::table
        .find(id)
        .filter(instance_rules::withdrawn_at.is_null())
        .select(Rule::as_select())
        .first(conn)
        .await
}

/// How many of these hold.
pub async fn count_among(conn: &mut Conn, ids: &[i64]) -> QueryResult<i64> {
    instance_rules::table
        .filter(instance_rules::id.eq_any(ids))
        .filter(instance_rules::withdrawn_at.is_null())
        .count()
        .get_result(conn)
        .await
}

/// Adds a rule behind the others.
pub async fn insert(conn: &mut Conn, text: &str, hint: &str) -> QueryResult<Rule> {
    let last: Option<i32> =
        instance_rules::table.select(diesel::dsl::max(instance_rules::position)).first(conn).await?;
    diesel::insert_into(instance_rules::table)
        .values((
            instance_rules::position.eq(last.unwrap_or_default().saturating_add(1)),
            instance_rules::text.eq(text),
            instance_rules::hint.eq(hint),
        ))
        .returning(Rule::as_returning())
        .get_result(conn)
        .await
}

/// Replaces the translations.
pub async fn set_translations(conn: &mut Conn, id: i64, translations: &serde_json::Value) -> QueryResult<()> {
    diesel::update(instance_rules::table.find(id))
        .set(instance_rules::translations.eq(translations))
        .execute(conn)
        .await?;
    Ok(())
}

/// Withdraws a rule; false when none of this id holds.
pub async fn withdraw(conn: &mut Conn, id: i64) -> QueryResult<bool> {
    let holding = instance_rules::table.find(id).filter(instance_rules::withdrawn_at.is_null());
    let changed =
        diesel::update(holding).set(instance_rules::withdrawn_at.eq(diesel::dsl::now)).execute(conn).await?;
    Ok(changed > 0)
}
