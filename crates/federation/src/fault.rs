//! Why something that came from elsewhere had no effect.

/// Told apart by what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// It is odd, forged, not allowed or of no interest, and trying again will not change that.
    #[error("{0}")]
    Odd(String),
    /// Its server says that it is deleted, or not there.
    #[error("it is gone")]
    Gone,
    /// The network, the other server or ours was not up to it just now.
    #[error(transparent)]
    Temporary(anyhow::Error),
}

impl Fault {
    pub(crate) fn odd(what: impl Into<String>) -> Self {
        Self::Odd(what.into())
    }

    /// The same once more, for another who waited for the same answer.
    pub(crate) fn again(&self) -> Self {
        match self {
            Self::Odd(what) => Self::Odd(what.clone()),
            Self::Gone => Self::Gone,
            Self::Temporary(error) => Self::Temporary(anyhow::anyhow!("{error:#}")),
        }
    }
}

impl From<services::Error> for Fault {
    fn from(error: services::Error) -> Self {
        use services::Error::{Busy, Forbidden, Gone, Internal, Invalid, NotFound};
        match error {
            error @ (NotFound | Forbidden(_) | Invalid(_) | Gone) => Self::Odd(error.to_string()),
            Busy => Self::Temporary(Busy.into()),
            Internal(error) => Self::Temporary(error),
        }
    }
}

impl From<diesel::result::Error> for Fault {
    fn from(error: diesel::result::Error) -> Self {
        services::Error::from(error).into()
    }
}

impl From<db::connect::PoolError> for Fault {
    fn from(error: db::connect::PoolError) -> Self {
        services::Error::from(error).into()
    }
}

impl From<anyhow::Error> for Fault {
    fn from(error: anyhow::Error) -> Self {
        Self::Temporary(error)
    }
}

impl From<fetch::Error> for Fault {
    fn from(error: fetch::Error) -> Self {
        match error {
            // Only 410 says that something was deleted; 404 may be an outage or a proxy gone astray (7.29).
            fetch::Error::Gone => Self::Gone,
            fetch::Error::Timeout | fetch::Error::Network(_) | fetch::Error::Signing(_) => {
                Self::Temporary(error.into())
            }
            fetch::Error::Status { code: 408 | 429 | 500.., .. } => Self::Temporary(error.into()),
            other => Self::Odd(other.to_string()),
        }
    }
}
