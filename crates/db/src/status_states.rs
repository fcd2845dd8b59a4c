//! What changes often of statuses, what one viewer did with them, and the versions of their rows: one query
//! for a page, which decides who may see them, read anew for every answer.

use std::collections::{HashMap, HashSet};

use diesel::QueryableByName;
use diesel::result::QueryResult;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Oid, SmallInt, Text};
use diesel_async::RunQueryDsl;

use crate::Conn;
use crate::account_states::{AccountState, account_state};
use crate::ids::{AccountId, StatusId};
use crate::lists::apart;
use crate::quotes::Policy;
use crate::sql::prepared;
use crate::visibility::{visible, welcome};

/// A status as it is for one viewer at this moment.
#[derive(Clone, Debug)]
pub struct StatusState {
    /// Which.
    pub id: StatusId,
    /// What it reblogs.
    pub reblog_of_id: Option<StatusId>,
    /// The version of its row: another one after each change of anything that is shown of it and does not
    /// stand here. Migration 000100 says how.
    pub version: u32,
    /// Whether it asks something.
    pub has_poll: bool,
    /// Whether it quotes something.
    pub has_quote: bool,
    /// Whether it is only for those whom it mentions.
    pub is_direct: bool,
    /// Who may quote it.
    pub quote_policy: Policy,
    /// Its author.
    pub account: AccountState,
    /// Direct replies; `None` counts as 0, as below.
    pub replies_count: Option<i64>,
    /// Reblogs.
    pub reblogs_count: Option<i64>,
    /// Favourites.
    pub favourites_count: Option<i64>,
    /// Accepted quotes.
    pub quotes_count: Option<i64>,
    /// Whether there may be emoji below it.
    pub has_reactions: bool,
    /// The client it was written with; only the author is told.
    pub application_name: Option<String>,
    /// That client's page.
    pub application_website: Option<String>,
    /// What the viewer did with it; `None` for somebody who is not signed in.
    pub viewer: Option<ViewerState>,
}

/// What a viewer did with a status, and has to do with its author.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "they are the fields of the Status entity")]
pub struct ViewerState {
    pub favourited: bool,
    pub reblogged: bool,
    pub bookmarked: bool,
    pub pinned: bool,
    pub muted: bool,
    pub own: bool,
    /// Whether the viewer follows the author; looked for only where [`Policy`] asks.
    pub follows: bool,
    /// Whether the author follows the viewer; looked for only where [`Policy`] asks.
    pub followed: bool,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    id: StatusId,
    #[diesel(sql_type = Nullable<BigInt>)]
    reblog_of_id: Option<StatusId>,
    #[diesel(sql_type = Oid)]
    version: u32,
    #[diesel(sql_type = Bool)]
    has_poll: bool,
    #[diesel(sql_type = Bool)]
    has_quote: bool,
    #[diesel(sql_type = Bool)]
    is_direct: bool,
    #[diesel(sql_type = SmallInt)]
    quote_policy: i16,
    #[diesel(embed)]
    account: AccountState,
    #[diesel(sql_type = Nullable<BigInt>)]
    replies_count: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    reblogs_count: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    favourites_count: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    reactions_count: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    quotes_count: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    application_name: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    application_website: Option<String>,
    #[diesel(sql_type = Nullable<Bool>)]
    favourited: Option<bool>,
    #[diesel(sql_type = Nullable<Bool>)]
    reblogged: Option<bool>,
    #[diesel(sql_type = Nullable<Bool>)]
    bookmarked: Option<bool>,
    #[diesel(sql_type = Nullable<Bool>)]
    pinned: Option<bool>,
    #[diesel(sql_type = Nullable<Bool>)]
    muted: Option<bool>,
    #[diesel(sql_type = Nullable<Bool>)]
    own: Option<bool>,
    #[diesel(sql_type = Nullable<Bool>)]
    follows: Option<bool>,
    #[diesel(sql_type = Nullable<Bool>)]
    followed: Option<bool>,
    #[diesel(sql_type = Nullable<Bool>)]
    unwelcome: Option<bool>,
    #[diesel(sql_type = Nullable<Bool>)]
    apart: Option<bool>,
}

impl From<Row> for StatusState {
    fn from(row: Row) -> Self {
        let viewer = row.own.map(|own| ViewerState {
            favourited: row.favourited.unwrap_or_default(),
            reblogged: row.reblogged.unwrap_or_default(),
            bookmarked: row.bookmarked.unwrap_or_default(),
            pinned: row.pinned.unwrap_or_default(),
            muted: row.muted.unwrap_or_default(),
            own,
            follows: row.follows.unwrap_or_default(),
            followed: row.followed.unwrap_or_default(),
        });
        Self {
            id: row.id,
            reblog_of_id: row.reblog_of_id,
            version: row.version,
            has_poll: row.has_poll,
            has_quote: row.has_quote,
            is_direct: row.is_direct,
            quote_policy: Policy(row.quote_policy),
            account: row.account,
            replies_count: row.replies_count,
            reblogs_count: row.reblogs_count,
            favourites_count: row.favourites_count,
            has_reactions: row.reactions_count.is_some_and(|count| count > 0),
            quotes_count: row.quotes_count,
            application_name: row.application_name,
            application_website: row.application_website,
            viewer,
        }
    }
}

/// What a page of statuses is read for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// They were asked for, one by one or as somebody's: all that the viewer may see.
    Named,
    /// A home feed: without what is by somebody whom the viewer blocks or mutes, or who blocks the viewer, the
    /// author of what is reblogged included, and without what members of exclusive lists wrote or reblogged.
    Feed,
    /// The thread around this one, which was asked for: of the others, only what is by somebody whom the viewer
    /// neither blocks nor mutes, and who does not block the viewer.
    Thread(StatusId),
}

impl Reading {
    /// Whether this one stays, for what `row` says of its author.
    fn keeps(self, row: &Row) -> bool {
        row.unwelcome != Some(true) || self == Self::Thread(row.id)
    }
}

/// The statuses of a page that the viewer may see, in the order in which they were asked for, with what they
/// reblog. A reblog of something that the viewer may not see is not among them.
#[derive(Clone, Debug, Default)]
pub struct States {
    order: Vec<StatusId>,
    by_id: HashMap<StatusId, StatusState>,
}

macro_rules! state {
    () => {
        concat!(
            "SELECT s.id, s.reblog_of_id, s.xmin AS version, s.has_poll, s.has_quote, ",
            "s.visibility = 3 AS is_direct, s.quote_policy, ",
            account_state!(),
            ", t.replies_count, t.reblogs_count, t.favourites_count, t.quotes_count, t.reactions_count, ",
            "p.name AS application_name, p.website AS application_website, ",
            "(SELECT true FROM favourites f WHERE f.account_id = $2 AND f.status_id = s.id) AS favourited, ",
            "(SELECT true FROM statuses r WHERE r.account_id = $2 AND r.reblog_of_id = s.id ",
            "AND r.deleted_at IS NULL) AS reblogged, ",
            "(SELECT true FROM bookmarks b WHERE b.account_id = $2 AND b.status_id = s.id) AS bookmarked, ",
            "(SELECT true FROM status_pins n WHERE n.account_id = $2 AND n.status_id = s.id) AS pinned, ",
            "(SELECT true FROM conversation_mutes m WHERE m.account_id = $2 ",
            "AND m.conversation_id = s.conversation_id) AS muted, ",
            "s.account_id = $2 AS own, ",
            "CASE WHEN s.quote_policy & 34 <> 0 THEN (SELECT true FROM follows qf WHERE qf.account_id = $2 ",
            "AND qf.target_account_id = s.account_id) END AS follows, ",
            "CASE WHEN s.quote_policy & 68 <> 0 THEN (SELECT true FROM follows qf WHERE qf.account_id = s.account_id ",
            "AND qf.target_account_id = $2) END AS followed, ($3 AND s.account_id <> $2 AND NOT ",
            welcome!("s.account_id", "$2"),
            ") AS unwelcome, ($3 AND s.account_id <> $2 AND ",
            apart!("s.account_id", "$2"),
            ") AS apart ",
            "FROM (SELECT unnest($1::bigint[]) AS id UNION ",
            "SELECT reblog_of_id FROM statuses WHERE id = ANY($1) AND reblog_of_id IS NOT NULL) w ",
            "JOIN statuses s ON s.id = w.id JOIN accounts a ON a.id = s.account_id ",
            "LEFT JOIN status_stats t ON t.status_id = s.id LEFT JOIN account_stats c ON c.account_id = a.id ",
            "LEFT JOIN applications p ON p.id = s.application_id AND s.account_id = $2 WHERE ",
            visible!("s", "$2", "a")
        )
    };
}

impl States {
    /// Reads them, in one query.
    pub async fn load(
        conn: &mut Conn,
        viewer: Option<AccountId>,
        ids: &[StatusId],
        reading: Reading,
    ) -> QueryResult<Self> {
        if ids.is_empty() {
            return Ok(Self::default());
        }
        let query = diesel::sql_query(state!())
            .bind::<Array<BigInt>, _>(ids)
            .bind::<Nullable<BigInt>, _>(viewer)
            .bind::<Bool, _>(reading != Reading::Named);
        let rows: Vec<Row> = RunQueryDsl::load(prepared(query), conn).await?;
        let is_apart = |row: &&Row| reading == Reading::Feed && row.apart == Some(true);
        let apart: HashSet<StatusId> = rows.iter().filter(is_apart).map(|row| row.id).collect();
        let by_id: HashMap<StatusId, StatusState> =
            rows.into_iter().filter(|row| reading.keeps(row)).map(|row| (row.id, row.into())).collect();
        let whole = |id: &&StatusId| {
            by_id.get(id).is_some_and(|state| state.reblog_of_id.is_none_or(|of| by_id.contains_key(&of)))
        };
        // What somebody else reblogs is read, whoever wrote it.
        let order = ids.iter().filter(whole).filter(|id| !apart.contains(id)).copied().collect();
        Ok(Self { order, by_id })
    }

    /// A page of these, with what they reblog.
    pub fn new(order: Vec<StatusId>, states: impl IntoIterator<Item = StatusState>) -> Self {
        Self { order, by_id: states.into_iter().map(|state| (state.id, state)).collect() }
    }

    /// Those of the page, in order.
    pub fn ids(&self) -> &[StatusId] {
        &self.order
    }

    /// Those of the page, and what they reblog.
    pub fn all(&self) -> impl Iterator<Item = &StatusState> {
        self.by_id.values()
    }

    /// Those that ask something.
    pub fn with_polls(&self) -> Vec<StatusId> {
        self.all().filter(|state| state.has_poll).map(|state| state.id).collect()
    }

    /// Those that quote something.
    pub fn with_quotes(&self) -> Vec<StatusId> {
        self.all().filter(|state| state.has_quote).map(|state| state.id).collect()
    }

    /// With these beside the page: what it quotes.
    #[must_use]
    pub fn beside(mut self, others: Self) -> Self {
        for (id, state) in others.by_id {
            self.by_id.entry(id).or_insert(state);
        }
        self
    }

    /// Those that may have emoji below them.
    pub fn with_reactions(&self) -> Vec<StatusId> {
        self.all().filter(|state| state.has_reactions).map(|state| state.id).collect()
    }

    /// One of the page, or what one of it reblogs.
    pub fn get(&self, id: StatusId) -> Option<&StatusState> {
        self.by_id.get(&id)
    }

    /// All of it as a viewer who did the same with everything on it, but for one of them.
    pub fn see_as(&mut self, viewer: ViewerState, but: Option<(StatusId, ViewerState)>) {
        self.by_id.values_mut().for_each(|state| state.viewer = Some(viewer));
        if let Some((id, viewer)) = but
            && let Some(state) = self.by_id.get_mut(&id)
        {
            state.viewer = Some(viewer);
        }
    }

    /// Another page behind this one.
    #[must_use]
    pub fn followed_by(mut self, other: Self) -> Self {
        self.order.extend(other.order);
        self.by_id.extend(other.by_id);
        self
    }

    /// The first `most` of the page.
    #[must_use]
    pub fn first(mut self, most: usize) -> Self {
        self.order.truncate(most);
        self
    }

    /// The last `most` of the page.
    #[must_use]
    pub fn last(mut self, most: usize) -> Self {
        self.order.drain(..self.order.len().saturating_sub(most));
        self
    }
}

#[derive(QueryableByName)]
struct ViewerRow {
    #[diesel(sql_type = BigInt)]
    account_id: AccountId,
    #[diesel(sql_type = SmallInt)]
    what: i16,
}

/// Of many viewers, what those did with one status who did something with it.
pub async fn states_of(
    conn: &mut Conn,
    status: StatusId,
    viewers: &[AccountId],
) -> QueryResult<HashMap<AccountId, ViewerState>> {
    let query = diesel::sql_query(
        "SELECT account_id, 0::smallint AS what FROM favourites WHERE status_id = $1 AND account_id = ANY($2) \
         UNION ALL SELECT account_id, 1::smallint FROM statuses \
         WHERE reblog_of_id = $1 AND account_id = ANY($2) AND deleted_at IS NULL \
         UNION ALL SELECT account_id, 2::smallint FROM bookmarks WHERE status_id = $1 AND account_id = ANY($2) \
         UNION ALL SELECT account_id, 3::smallint FROM status_pins WHERE status_id = $1 AND account_id = ANY($2) \
         UNION ALL SELECT m.account_id, 4::smallint FROM statuses s \
         JOIN conversation_mutes m ON m.conversation_id = s.conversation_id \
         WHERE s.id = $1 AND m.account_id = ANY($2) \
         UNION ALL SELECT f.account_id, 5::smallint FROM statuses s JOIN follows f \
         ON f.target_account_id = s.account_id AND f.account_id = ANY($2) \
         WHERE s.id = $1 AND s.quote_policy & 34 <> 0 \
         UNION ALL SELECT f.target_account_id, 6::smallint FROM statuses s JOIN follows f \
         ON f.account_id = s.account_id AND f.target_account_id = ANY($2) \
         WHERE s.id = $1 AND s.quote_policy & 68 <> 0 \
         UNION ALL SELECT s.account_id, 7::smallint FROM statuses s WHERE s.id = $1 AND s.account_id = ANY($2)",
    )
    .bind::<BigInt, _>(status)
    .bind::<Array<BigInt>, _>(viewers);
    let rows: Vec<ViewerRow> = RunQueryDsl::load(prepared(query), conn).await?;
    let mut by_viewer: HashMap<AccountId, ViewerState> = HashMap::new();
    for row in rows {
        let state = by_viewer.entry(row.account_id).or_default();
        match row.what {
            0 => state.favourited = true,
            1 => state.reblogged = true,
            2 => state.bookmarked = true,
            3 => state.pinned = true,
            4 => state.muted = true,
            5 => state.follows = true,
            6 => state.followed = true,
            _ => state.own = true,
        }
    }
    Ok(by_viewer)
}
