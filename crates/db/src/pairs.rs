//! Tables whose rows are nothing but a pair: the functions that are the same for all of them.

/// Functions on a table of pairs whose first column is `account_id`: `insert`, `delete` and `count`.
macro_rules! pairs {
    ($table:ident, $other:ident: $kind:ty) => {
        /// Adds a pair; false when it was there.
        pub async fn insert(conn: &mut Conn, by: AccountId, of: $kind) -> QueryResult<bool> {
            let added = diesel::insert_into($table::table)
                .values(($table::account_id.eq(by), $table::$other.eq(of)))
                .on_conflict_do_nothing()
                .execute(conn)
                .await?;
            Ok(added > 0)
        }

        /// Removes a pair; false when there was none.
        pub async fn delete(conn: &mut Conn, by: AccountId, of: $kind) -> QueryResult<bool> {
            let pair = $table::account_id.eq(by).and($table::$other.eq(of));
            let removed = diesel::delete($table::table.filter(pair)).execute(conn).await?;
            Ok(removed > 0)
        }
    };
    ($table:ident, $other:ident: $kind:ty, counted) => {
        pairs!($table, $other: $kind);

        /// How many pairs an account has.
        pub async fn count(conn: &mut Conn, by: AccountId) -> QueryResult<i64> {
            $table::table.filter($table::account_id.eq(by)).count().get_result(conn).await
        }
    };
}

pub(crate) use pairs;
