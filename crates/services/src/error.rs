//! What can go wrong, by its meaning; the doors map it to their own codes.

use diesel::result::{DatabaseErrorKind, Error as DbError};

/// The result of a use case.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a use case was not carried out. Nothing was changed then.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It does not exist, or the caller may not know that it does.
    #[error("Record not found")]
    NotFound,
    /// The caller may not do this; the text says what is not allowed.
    #[error("{0}")]
    Forbidden(&'static str),
    /// What was sent breaks a rule; the text says which, for people.
    #[error("Validation failed: {0}")]
    Invalid(String),
    /// The account is suspended or deleted.
    #[error("This account is gone")]
    Gone,
    /// Too many at once; the caller may try again soon.
    #[error("The server is busy, try again in a moment")]
    Busy,
    /// Our fault; the cause is for the log only.
    #[error("Something went wrong on our side")]
    Internal(#[source] anyhow::Error),
}

impl Error {
    /// A broken rule in words.
    pub fn invalid(problem: impl Into<String>) -> Self {
        Self::Invalid(problem.into())
    }
}

impl From<DbError> for Error {
    fn from(error: DbError) -> Self {
        match error {
            DbError::NotFound => Self::NotFound,
            DbError::DatabaseError(
                DatabaseErrorKind::SerializationFailure
                | DatabaseErrorKind::ClosedConnection
                | DatabaseErrorKind::UnableToSendCommand,
                _,
            ) => Self::Busy,
            // diesel has no name for it; the cause is two who lock the same rows, and trying again helps.
            DbError::DatabaseError(DatabaseErrorKind::Unknown, info)
                if info.message() == "deadlock detected" =>
            {
                Self::Busy
            }
            other => Self::Internal(other.into()),
        }
    }
}

impl From<db::connect::PoolError> for Error {
    fn from(error: db::connect::PoolError) -> Self {
        tracing::warn!(%error, "No database connection; is PostgreSQL running, and database.url right?");
        Self::Busy
    }
}

impl From<anyhow::Error> for Error {
    fn from(error: anyhow::Error) -> Self {
        Self::Internal(error)
    }
}
