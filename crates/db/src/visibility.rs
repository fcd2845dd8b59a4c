//! Who may see a status: the one predicate that every reading uses.
//!
//! Timelines, the API, pages, feeds, ActivityPub GETs, search hits, streams and notifications all go
//! through the SQL made here, with the viewer's account id (or `NULL` for somebody who is not signed in)
//! as a bound value.

use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::SmallInt;
use serde::{Deserialize, Serialize};

/// For whom a status was written (<https://docs.joinmastodon.org/entities/Status/#visibility>).
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash, AsExpression, FromSqlRow, Serialize, Deserialize,
)]
#[diesel(sql_type = SmallInt)]
#[serde(rename_all = "lowercase")]
#[repr(i16)]
pub enum Visibility {
    /// Everybody, and shown in public timelines.
    Public = 0,
    /// Everybody, but not shown in public timelines.
    Unlisted = 1,
    /// Followers and whoever is mentioned.
    Private = 2,
    /// Only whoever is mentioned.
    Direct = 3,
}

impl Visibility {
    /// The word of the client API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Unlisted => "unlisted",
            Self::Private => "private",
            Self::Direct => "direct",
        }
    }

    /// Reads the word of the client API.
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "public" => Self::Public,
            "unlisted" => Self::Unlisted,
            "private" => Self::Private,
            "direct" => Self::Direct,
            _ => return None,
        })
    }

    /// Whether everybody may see it.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Public | Self::Unlisted)
    }
}

impl FromSql<SmallInt, Pg> for Visibility {
    fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(match i16::from_sql(bytes)? {
            0 => Self::Public,
            1 => Self::Unlisted,
            2 => Self::Private,
            _ => Self::Direct,
        })
    }
}

impl ToSql<SmallInt, Pg> for Visibility {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        let number: &'static i16 = match self {
            Self::Public => &0,
            Self::Unlisted => &1,
            Self::Private => &2,
            Self::Direct => &3,
        };
        ToSql::<SmallInt, Pg>::to_sql(number, &mut out.reborrow())
    }
}

/// SQL: may the viewer see the status row `$s`? `$viewer` is a placeholder for a nullable bigint. A third name
/// is that of its author's row of `accounts`, where a query has joined that anyway.
///
/// Nobody sees what is deleted, or by an account that is suspended or on a blocked instance. The author
/// always sees it; nobody the author blocks ever does; else public and unlisted statuses are for all, private
/// ones for followers and mentioned accounts, direct ones for mentioned accounts. What is
/// local only is for nobody without a login here.
///
/// What is looked for in other tables is written as `(SELECT true …) IS TRUE`: PostgreSQL may turn an `EXISTS`
/// beneath an `OR` into a hash of everything that concerns the viewer, however much that is.
macro_rules! visible {
    ($s:literal, $viewer:literal) => {
        concat!(
            "(EXISTS (SELECT FROM accounts va WHERE va.id = ",
            $s,
            ".account_id AND va.suspended_at IS NULL AND NOT va.instance_blocked) AND ",
            crate::visibility::meant_for!($s, $viewer),
            ")"
        )
    };
    ($s:literal, $viewer:literal, $author:literal) => {
        concat!(
            "(",
            $author,
            ".suspended_at IS NULL AND NOT ",
            $author,
            ".instance_blocked AND ",
            crate::visibility::meant_for!($s, $viewer),
            ")"
        )
    };
}

/// SQL: the part of [`visible!`] that does not depend on the state of the author.
macro_rules! meant_for {
    ($s:literal, $viewer:literal) => {
        concat!(
            $s,
            ".deleted_at IS NULL AND (",
            $s,
            ".account_id = ",
            $viewer,
            " OR ((NOT ",
            $s,
            ".local_only OR (SELECT true FROM users vu WHERE vu.account_id = ",
            $viewer,
            ") IS TRUE) AND (",
            $s,
            ".visibility <= 1",
            " OR (SELECT true FROM mentions vm WHERE vm.status_id = ",
            $s,
            ".id AND vm.account_id = ",
            $viewer,
            ") IS TRUE",
            " OR (",
            $s,
            ".visibility = 2 AND (SELECT true FROM follows vf WHERE vf.account_id = ",
            $viewer,
            " AND vf.target_account_id = ",
            $s,
            ".account_id) IS TRUE))",
            " AND (SELECT true FROM blocks vb WHERE vb.account_id = ",
            $s,
            ".account_id AND vb.target_account_id = ",
            $viewer,
            ") IS NOT TRUE))"
        )
    };
}

/// SQL: does the viewer want to see things by the account `$account` in lists? False for accounts that
/// the viewer blocks, mutes, or whose host the viewer muted, and for those who block the viewer.
macro_rules! welcome {
    ($account:literal, $viewer:literal) => {
        concat!(
            "((SELECT true FROM blocks wb WHERE wb.account_id = ",
            $viewer,
            " AND wb.target_account_id = ",
            $account,
            ") IS NOT TRUE AND (SELECT true FROM blocks wb WHERE wb.account_id = ",
            $account,
            " AND wb.target_account_id = ",
            $viewer,
            ") IS NOT TRUE",
            " AND (SELECT true FROM mutes wm WHERE wm.account_id = ",
            $viewer,
            " AND wm.target_account_id = ",
            $account,
            " AND (wm.expires_at IS NULL OR wm.expires_at > now())) IS NOT TRUE",
            " AND (SELECT true FROM domain_mutes wd JOIN accounts wa ON wa.domain = wd.domain",
            " WHERE wd.account_id = ",
            $viewer,
            " AND wa.id = ",
            $account,
            ") IS NOT TRUE)"
        )
    };
}

pub(crate) use {meant_for, visible, welcome};
