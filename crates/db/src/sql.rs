//! Statements written by hand.
//!
//! Diesel prepares a `sql_query` anew at every call, since it cannot know that its text is constant. Ours
//! are constants, and the planner's time would be most of a page's cost, so [`prepared`] lets the
//! connection keep them by their text.

use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::Untyped;

/// A statement whose text never varies, so that each connection prepares it once.
#[derive(Debug, Clone)]
pub struct Prepared<Q>(Q);

/// Marks a statement as constant text (all that varies is bound).
pub fn prepared<Q: QueryFragment<Pg>>(query: Q) -> Prepared<Q> {
    Prepared(query)
}

impl<Q: QueryFragment<Pg>> QueryFragment<Pg> for Prepared<Q> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.0.walk_ast(out)
    }

    fn is_safe_to_cache_prepared(&self, _backend: &Pg) -> QueryResult<bool> {
        Ok(true)
    }
}

impl<Q> QueryId for Prepared<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q> Query for Prepared<Q> {
    type SqlType = Untyped;
}

impl<Q, C> diesel::query_dsl::RunQueryDsl<C> for Prepared<Q> {}
