//! All that an account filters by, in one query.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, SmallInt, Text, Timestamptz};
use diesel_async::RunQueryDsl;

use super::{Action, Contexts, Filter};
use crate::Conn;
use crate::ids::{AccountId, FilterId, StatusId};
use crate::sql::prepared;

/// A filter with all that it matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The filter.
    pub filter: Filter,
    /// Keywords, each with whether it must be a whole word.
    pub keywords: Vec<(String, bool)>,
    /// Single statuses.
    pub statuses: Vec<StatusId>,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    account_id: AccountId,
    #[diesel(sql_type = BigInt)]
    id: FilterId,
    #[diesel(sql_type = Text)]
    title: String,
    #[diesel(sql_type = SmallInt)]
    contexts: Contexts,
    #[diesel(sql_type = SmallInt)]
    action: Action,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    expires_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Text>)]
    keyword: Option<String>,
    #[diesel(sql_type = Nullable<Bool>)]
    whole_word: Option<bool>,
    #[diesel(sql_type = Nullable<BigInt>)]
    status_id: Option<StatusId>,
}

/// The filters of an account that match anything, and are not over yet.
pub async fn rules(conn: &mut Conn, owner: AccountId) -> QueryResult<Vec<Rule>> {
    Ok(rules_of(conn, &[owner]).await?.remove(&owner).unwrap_or_default())
}

/// The same of many accounts; those that filter nothing are not among them.
pub async fn rules_of(conn: &mut Conn, owners: &[AccountId]) -> QueryResult<HashMap<AccountId, Vec<Rule>>> {
    let query = diesel::sql_query(
        "SELECT f.account_id, f.id, f.title, f.contexts, f.action, f.expires_at, w.keyword, w.whole_word, w.status_id \
         FROM filters f CROSS JOIN LATERAL (\
         SELECT k.keyword, k.whole_word, NULL::bigint AS status_id, k.id AS place FROM filter_keywords k \
         WHERE k.filter_id = f.id UNION ALL \
         SELECT NULL, NULL, s.status_id, s.id FROM filter_statuses s WHERE s.filter_id = f.id) w \
         WHERE f.account_id = ANY($1) AND (f.expires_at IS NULL OR f.expires_at > now()) ORDER BY f.id, w.place",
    )
    .bind::<Array<BigInt>, _>(owners);
    let rows: Vec<Row> = RunQueryDsl::load(prepared(query), conn).await?;
    let mut all: HashMap<AccountId, Vec<Rule>> = HashMap::new();
    for row in rows {
        let rules = all.entry(row.account_id).or_default();
        if rules.last().is_none_or(|last| last.filter.id != row.id) {
            let Row { id, title, contexts, action, expires_at, .. } = row;
            let filter = Filter { id, title, contexts, action, expires_at };
            rules.push(Rule { filter, keywords: Vec::new(), statuses: Vec::new() });
        }
        let Some(rule) = rules.last_mut() else { continue };
        rule.keywords.extend(row.keyword.zip(row.whole_word));
        rule.statuses.extend(row.status_id);
    }
    Ok(all)
}

#[derive(QueryableByName)]
struct Flag {
    #[diesel(sql_type = Bool)]
    flag: bool,
}

/// Whether an account has a filter that keeps notifications from it.
pub async fn may_hide_notifications(conn: &mut Conn, owner: AccountId) -> QueryResult<bool> {
    let query = diesel::sql_query(
        "SELECT EXISTS (SELECT FROM filters WHERE account_id = $1 AND action = 1 AND contexts & 2 <> 0 \
         AND (expires_at IS NULL OR expires_at > now())) AS flag",
    )
    .bind::<BigInt, _>(owner);
    let row: Flag = RunQueryDsl::get_result(prepared(query), conn).await?;
    Ok(row.flag)
}
