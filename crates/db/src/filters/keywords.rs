//! Keywords of filters.

use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel::sql_types::BigInt;
use diesel_async::RunQueryDsl;
use schema::{filter_keywords, filters};

use super::Filter;
use crate::Conn;
use crate::ids::{AccountId, FilterId, FilterKeywordId};
use crate::sql::prepared;

/// A row of `filter_keywords`.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = filter_keywords, check_for_backend(diesel::pg::Pg))]
#[expect(missing_docs, reason = "the migration says what the columns mean")]
pub struct Keyword {
    pub id: FilterKeywordId,
    pub filter_id: FilterId,
    pub keyword: String,
    pub whole_word: bool,
}

/// Adds a keyword.
pub async fn insert_keyword(
    conn: &mut Conn,
    filter: FilterId,
    keyword: &str,
    whole_word: bool,
) -> QueryResult<Keyword> {
    diesel::insert_into(filter_keywords::table)
        .values((
            filter_keywords::filter_id.eq(filter),
            filter_keywords::keyword.eq(keyword),
            filter_keywords::whole_word.eq(whole_word),
        ))
        .returning(Keyword::as_returning())
        .get_result(conn)
        .await
}

/// The keywords of a filter in the order of their making.
pub async fn keywords_of(conn: &mut Conn, filter: FilterId) -> QueryResult<Vec<Keyword>> {
    filter_keywords::table
        .filter(filter_keywords::filter_id.eq(filter))
        .order(filter_keywords::id)
        .select(Keyword::as_select())
        .load(conn)
        .await
}

/// The keywords of all filters of an account, in the order of their making.
pub async fn keywords_of_account(conn: &mut Conn, owner: AccountId) -> QueryResult<Vec<Keyword>> {
    filter_keywords::table
        .inner_join(filters::table)
        .filter(filters::account_id.eq(owner))
        .order(filter_keywords::id)
        .select(Keyword::as_select())
        .load(conn)
        .await
}

/// A keyword of one of the account's filters, with the filter, or [`diesel::result::Error::NotFound`].
pub async fn find_own_keyword(
    conn: &mut Conn,
    owner: AccountId,
    id: FilterKeywordId,
) -> QueryResult<(Keyword, Filter)> {
    filter_keywords::table
        .find(id)
        .inner_join(filters::table)
        .filter(filters::account_id.eq(owner))
        .select((Keyword::as_select(), Filter::as_select()))
        .first(conn)
        .await
}

/// Changes a keyword.
pub async fn update_keyword(
    conn: &mut Conn,
    id: FilterKeywordId,
    keyword: &str,
    whole_word: bool,
) -> QueryResult<Keyword> {
    diesel::update(filter_keywords::table.find(id))
        .set((filter_keywords::keyword.eq(keyword), filter_keywords::whole_word.eq(whole_word)))
        .returning(Keyword::as_returning())
        .get_result(conn)
        .await
}

/// Removes a keyword.
pub async fn delete_keyword(conn: &mut Conn, id: FilterKeywordId) -> QueryResult<()> {
    diesel::delete(filter_keywords::table.find(id)).execute(conn).await?;
    Ok(())
}

/// Removes a keyword if it is one of this filter; else false.
pub async fn delete_keyword_of(conn: &mut Conn, filter: FilterId, id: FilterKeywordId) -> QueryResult<bool> {
    let gone = diesel::delete(filter_keywords::table.find(id).filter(filter_keywords::filter_id.eq(filter)))
        .execute(conn)
        .await?;
    Ok(gone > 0)
}

#[derive(QueryableByName)]
struct Size {
    #[diesel(sql_type = BigInt)]
    count: i64,
    #[diesel(sql_type = BigInt)]
    chars: i64,
}

/// How many keywords an account has in all its filters, and how many characters they have together.
pub async fn keywords_size(conn: &mut Conn, owner: AccountId) -> QueryResult<(i64, i64)> {
    let query = diesel::sql_query(
        "SELECT count(*) AS count, coalesce(sum(char_length(k.keyword)), 0)::bigint AS chars \
         FROM filters f JOIN filter_keywords k ON k.filter_id = f.id WHERE f.account_id = $1",
    )
    .bind::<BigInt, _>(owner);
    let size: Size = RunQueryDsl::get_result(prepared(query), conn).await?;
    Ok((size.count, size.chars))
}
