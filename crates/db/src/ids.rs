//! Ids: 64 bits, time-ordered (milliseconds since 1970 shifted by 16, and a sequence), one type per table.
//!
//! They are made by the database (`new_id()`), and written as decimal strings wherever JSON is written.

use std::fmt;
use std::str::FromStr;

use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::BigInt;
use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, AsExpression, FromSqlRow, Serialize,
            Deserialize,
        )]
        #[diesel(sql_type = BigInt)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = std::num::ParseIntError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }

        impl FromSql<BigInt, Pg> for $name {
            fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Self> {
                i64::from_sql(bytes).map(Self)
            }
        }

        impl ToSql<BigInt, Pg> for $name {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
                ToSql::<BigInt, Pg>::to_sql(&self.0, out)
            }
        }
    };
}

id! {
    /// An account, local or remote.
    AccountId
}
id! {
    /// What is shown of a page that statuses link to.
    CardId
}
id! {
    /// The login of a local account.
    UserId
}
id! {
    /// A status; the time of its publication is in the upper 48 bits.
    StatusId
}
id! {
    /// A media attachment.
    MediaId
}
id! {
    /// A status that is not published yet.
    DraftId
}
id! {
    /// A notification.
    NotificationId
}
id! {
    /// A conversation as one of its participants has it.
    ConversationId
}
id! {
    /// An OAuth application.
    ApplicationId
}
id! {
    /// An OAuth access token.
    AccessTokenId
}
id! {
    /// An activity that leaves.
    ActivityId
}
id! {
    /// A list of accounts.
    ListId
}
id! {
    /// A filter.
    FilterId
}
id! {
    /// A keyword of a filter.
    FilterKeywordId
}
id! {
    /// A status that a filter names.
    FilterStatusId
}
