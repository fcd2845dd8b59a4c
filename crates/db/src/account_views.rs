//! Accounts with everything that is shown of them, loaded for a page at a time.

use std::collections::HashMap;

use diesel::QueryableByName;
use diesel::result::QueryResult;
use diesel::sql_types::{Array, BigInt, Nullable, SmallInt, Timestamptz};
use diesel_async::RunQueryDsl;

use crate::Conn;
use crate::accounts::Account;
use crate::custom_emojis::{self, CustomEmoji};
use crate::ids::AccountId;
use crate::sql::prepared;

/// An account as readers see it; the same for every viewer.
#[derive(Clone, Debug)]
pub struct AccountView {
    /// The row.
    pub account: Account,
    /// Statuses that are not deleted.
    pub statuses_count: i64,
    /// Followers known here.
    pub followers_count: i64,
    /// Accounts it follows, as far as known here.
    pub following_count: i64,
    /// When it last posted.
    pub last_status_at: Option<chrono::DateTime<chrono::Utc>>,
    /// The role of a local account's user.
    pub role: Option<i16>,
    /// Custom emoji in name, note and fields.
    pub emojis: Vec<CustomEmoji>,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(embed)]
    account: Account,
    #[diesel(sql_type = Nullable<BigInt>)]
    statuses_count: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    followers_count: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    following_count: Option<i64>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    last_status_at: Option<chrono::DateTime<chrono::Utc>>,
    #[diesel(sql_type = Nullable<SmallInt>)]
    role: Option<i16>,
}

macro_rules! views {
    ($more:literal) => {
        concat!(
            "SELECT a.*, s.statuses_count, s.followers_count, s.following_count, s.last_status_at, u.role ",
            "FROM accounts a LEFT JOIN account_stats s ON s.account_id = a.id ",
            "LEFT JOIN users u ON u.account_id = a.id WHERE a.id = ANY($1)",
            $more
        )
    };
}

/// The accounts that exist, by id. Two queries at most, however many ids.
pub async fn load(conn: &mut Conn, ids: &[AccountId]) -> QueryResult<HashMap<AccountId, AccountView>> {
    select(conn, views!(""), ids).await
}

async fn select(
    conn: &mut Conn,
    statement: &'static str,
    ids: &[AccountId],
) -> QueryResult<HashMap<AccountId, AccountView>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let query = diesel::sql_query(statement).bind::<Array<BigInt>, _>(ids);
    let rows: Vec<Row> = RunQueryDsl::load(prepared(query), conn).await?;
    let mut views: HashMap<_, _> = rows.into_iter().map(|row| (row.account.id, row.into())).collect();
    fill_emojis(conn, &mut views).await?;
    Ok(views)
}

/// The accounts in the order of `ids`, without those that do not exist, are suspended, or are on a blocked
/// instance.
pub async fn load_in_order(conn: &mut Conn, ids: &[AccountId]) -> QueryResult<Vec<AccountView>> {
    let statement = views!(" AND a.suspended_at IS NULL AND NOT a.instance_blocked");
    let mut views = select(conn, statement, ids).await?;
    Ok(ids.iter().filter_map(|id| views.remove(id)).collect())
}

/// One account, or [`diesel::result::Error::NotFound`].
pub async fn find(conn: &mut Conn, id: AccountId) -> QueryResult<AccountView> {
    load(conn, &[id]).await?.remove(&id).ok_or(diesel::result::Error::NotFound)
}

impl From<Row> for AccountView {
    fn from(row: Row) -> Self {
        Self {
            account: row.account,
            statuses_count: row.statuses_count.unwrap_or_default(),
            followers_count: row.followers_count.unwrap_or_default(),
            following_count: row.following_count.unwrap_or_default(),
            last_status_at: row.last_status_at,
            role: row.role,
            emojis: Vec::new(),
        }
    }
}

async fn fill_emojis(conn: &mut Conn, views: &mut HashMap<AccountId, AccountView>) -> QueryResult<()> {
    let wanted: HashMap<AccountId, Vec<custom_emojis::Wanted>> = views
        .values()
        .filter_map(|view| {
            let account = &view.account;
            let fields = account.profile_fields();
            let texts = [account.display_name.as_str(), account.note.as_str()]
                .into_iter()
                .chain(fields.iter().flat_map(|field| [field.name.as_str(), field.value.as_str()]));
            let codes = custom_emojis::in_texts(texts, account.domain.as_deref());
            (!codes.is_empty()).then_some((account.id, codes))
        })
        .collect();
    if wanted.is_empty() {
        return Ok(());
    }
    let found = custom_emojis::load(conn, wanted.values().flatten()).await?;
    for (id, codes) in wanted {
        if let Some(view) = views.get_mut(&id) {
            view.emojis = custom_emojis::pick(&found, &codes);
        }
    }
    Ok(())
}
