//! What can go wrong: in the queue itself ([`Error`]), and what a handler may say of its own failure.

use std::time::Duration;

/// Why the queue could not be asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The statement failed.
    #[error(transparent)]
    Query(#[from] diesel::result::Error),
    /// No connection could be had.
    #[error("no connection to the database: {0}")]
    Connect(String),
    /// The database did not answer in time; the connection is given up.
    #[error("the database did not answer in time")]
    Timeout,
}

/// A failure that no retry can mend: the job goes to the dead jobs at once.
/// `Err(Discard(error).into())`, or `.map_err(Discard)?`.
#[derive(Debug, thiserror::Error)]
#[error("{0:#}")]
pub struct Discard(pub anyhow::Error);

/// A failure with its own pause, in place of the kind's backoff; at most a day. It counts as an attempt.
/// `Err(error.context(RetryAfter(pause)))`, or alone.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("to be tried again in {0:?}")]
pub struct RetryAfter(pub Duration);

/// The longest pause a handler may ask for.
const LONGEST: Duration = Duration::from_hours(24);

/// What a handler's error asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// Nothing special.
    Backoff,
    After(Duration),
    GiveUp,
}

/// Reads the wish out of an error, under whatever context.
pub(crate) fn wish(error: &anyhow::Error) -> Wish {
    if error.downcast_ref::<Discard>().is_some() {
        return Wish::GiveUp;
    }
    error.downcast_ref::<RetryAfter>().map_or(Wish::Backoff, |after| Wish::After(after.0.min(LONGEST)))
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

    #[test]
    fn wishes_are_found_under_context() {
        let minute = Duration::from_mins(1);
        assert_eq!(wish(&anyhow!("down")), Wish::Backoff);
        assert_eq!(wish(&anyhow::Error::from(Discard(anyhow!("gone"))).context("delivering")), Wish::GiveUp);
        assert_eq!(
            wish(&anyhow!("busy").context(RetryAfter(minute)).context("delivering")),
            Wish::After(minute)
        );
        assert_eq!(wish(&RetryAfter(Duration::MAX).into()), Wish::After(LONGEST));
    }
}
