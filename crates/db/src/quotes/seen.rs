//! Quotes as viewers see them: who may not see what is quoted learns nothing of it.

use std::collections::HashMap;

use diesel::QueryableByName;
use diesel::result::QueryResult;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, SmallInt};
use diesel_async::RunQueryDsl;

use super::State;
use crate::Conn;
use crate::ids::{AccountId, StatusId};
use crate::sql::prepared;
use crate::visibility::visible;

/// The state of a quote for one viewer (<https://docs.joinmastodon.org/entities/Quote/#state>).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub enum Shown {
    Pending,
    Accepted,
    Rejected,
    Revoked,
    Deleted,
    Unauthorized,
    BlockedAccount,
    BlockedDomain,
    MutedAccount,
}

impl Shown {
    /// The word of the client API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::Revoked => "revoked",
            Self::Deleted => "deleted",
            Self::Unauthorized => "unauthorized",
            Self::BlockedAccount => "blocked_account",
            Self::BlockedDomain => "blocked_domain",
            Self::MutedAccount => "muted_account",
        }
    }

    /// Whether what is quoted comes along.
    pub fn has_status(self) -> bool {
        matches!(self, Self::Accepted | Self::BlockedAccount | Self::BlockedDomain | Self::MutedAccount)
    }
}

/// A quote as one viewer sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// How it stands.
    pub shown: Shown,
    /// What is quoted, if the viewer may see it at all: also where the state keeps it back.
    pub quoted: Option<StatusId>,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    status_id: StatusId,
    #[diesel(sql_type = Nullable<BigInt>)]
    quoted_status_id: Option<StatusId>,
    #[diesel(sql_type = SmallInt)]
    state: i16,
    #[diesel(sql_type = Bool)]
    there: bool,
    #[diesel(embed)]
    eyes: Eyes,
}

/// What stands between a viewer and a status.
#[derive(Clone, Copy, QueryableByName)]
#[expect(clippy::struct_excessive_bools, reason = "four independent answers of one query")]
struct Eyes {
    #[diesel(sql_type = Bool)]
    visible: bool,
    #[diesel(sql_type = Bool)]
    blocked: bool,
    #[diesel(sql_type = Bool)]
    host_muted: bool,
    #[diesel(sql_type = Bool)]
    muted: bool,
}

impl Eyes {
    fn shown(self) -> Shown {
        match self {
            Self { visible: false, .. } => Shown::Unauthorized,
            Self { blocked: true, .. } => Shown::BlockedAccount,
            Self { host_muted: true, .. } => Shown::BlockedDomain,
            Self { muted: true, .. } => Shown::MutedAccount,
            _ => Shown::Accepted,
        }
    }
}

/// SQL: the columns of [`Eyes`] for the status `s`, its author `a` and a viewer.
macro_rules! eyes {
    ($viewer:literal) => {
        concat!(
            visible!("s", $viewer, "a"),
            " IS TRUE AS visible, (SELECT true FROM blocks qb WHERE qb.account_id = ",
            $viewer,
            " AND qb.target_account_id = s.account_id) IS TRUE AS blocked, ",
            "(SELECT true FROM domain_mutes qd WHERE qd.account_id = ",
            $viewer,
            " AND qd.domain = a.domain) IS TRUE AS host_muted, ",
            "(SELECT true FROM mutes qm WHERE qm.account_id = ",
            $viewer,
            " AND qm.target_account_id = s.account_id AND (qm.expires_at IS NULL OR qm.expires_at > now())) ",
            "IS TRUE AS muted "
        )
    };
}

/// The quotes in these statuses, and in those that they quote, by the status that quotes; one query.
pub async fn load_seen(
    conn: &mut Conn,
    viewer: Option<AccountId>,
    ids: &[StatusId],
) -> QueryResult<HashMap<StatusId, Seen>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let query = diesel::sql_query(concat!(
        "WITH first AS (SELECT status_id, quoted_status_id, state FROM quotes WHERE status_id = ANY($1)), ",
        "both_levels AS (SELECT * FROM first UNION SELECT q.status_id, q.quoted_status_id, q.state FROM first f ",
        "JOIN quotes q ON q.status_id = f.quoted_status_id) ",
        "SELECT q.status_id, q.quoted_status_id, q.state, ",
        "(s.id IS NOT NULL AND s.deleted_at IS NULL) AS there, ",
        eyes!("$2"),
        "FROM both_levels q LEFT JOIN statuses s ON s.id = q.quoted_status_id ",
        "LEFT JOIN accounts a ON a.id = s.account_id"
    ))
    .bind::<Array<BigInt>, _>(ids)
    .bind::<Nullable<BigInt>, _>(viewer);
    let rows: Vec<Row> = RunQueryDsl::load(prepared(query), conn).await?;
    let seen = |row: Row| {
        let shown = match State::of(row.state) {
            State::Pending => Shown::Pending,
            State::Rejected => Shown::Rejected,
            State::Revoked => Shown::Revoked,
            State::Accepted if !row.there => Shown::Deleted,
            State::Accepted => row.eyes.shown(),
        };
        (row.status_id, Seen { shown, quoted: row.quoted_status_id.filter(|_| row.eyes.visible) })
    };
    Ok(rows.into_iter().map(seen).collect())
}

#[derive(QueryableByName)]
struct ViewerRow {
    #[diesel(sql_type = BigInt)]
    id: AccountId,
    #[diesel(embed)]
    eyes: Eyes,
}

/// How an accepted quote of a status stands for each of many viewers; only those for whom it is not simply
/// [`Shown::Accepted`].
pub async fn seen_by(
    conn: &mut Conn,
    quoted: StatusId,
    viewers: &[AccountId],
) -> QueryResult<HashMap<AccountId, Shown>> {
    let query = diesel::sql_query(concat!(
        "SELECT r.id, ",
        eyes!("r.id"),
        "FROM statuses s JOIN accounts a ON a.id = s.account_id, unnest($2::bigint[]) AS r(id) WHERE s.id = $1"
    ))
    .bind::<BigInt, _>(quoted)
    .bind::<Array<BigInt>, _>(viewers);
    let rows: Vec<ViewerRow> = RunQueryDsl::load(prepared(query), conn).await?;
    let shown = rows.into_iter().map(|row| (row.id, row.eyes.shown()));
    Ok(shown.filter(|(_, shown)| *shown != Shown::Accepted).collect())
}
