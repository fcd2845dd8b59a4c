//! How many activities each host may send us (8.9): who sends more is told to come back later, so that one host's
//! flood is not what everybody else's activities wait behind.
//!
//! It is counted after the signature was checked, for the host of the actor: nobody uses up what is another's.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crate::error::Error;

/// A window begins with the first activity of a host.
const WINDOW: Duration = Duration::from_mins(5);
/// Hosts counted at a time.
const HOSTS: u64 = 20_000;

/// What is left to each host; clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Allowance {
    /// In a window; `None` without limits.
    most: Option<u32>,
    counted: moka::sync::Cache<String, Arc<(Instant, AtomicU32)>>,
}

impl Allowance {
    pub(crate) fn new(limits: &config::RateLimits) -> Self {
        let most = limits.enabled.then_some(limits.inbox_per_5_minutes);
        Self { most, counted: moka::sync::Cache::builder().max_capacity(HOSTS).time_to_live(WINDOW).build() }
    }

    /// Counts an activity.
    ///
    /// # Errors
    /// [`Error::TooMany`] says when the window ends.
    pub(crate) fn take(&self, host: &str) -> Result<(), Error> {
        let Some(most) = self.most else { return Ok(()) };
        let window = match self.counted.get(host) {
            Some(window) => window,
            None => self.counted.get_with(host.to_owned(), || Arc::new((Instant::now(), AtomicU32::new(0)))),
        };
        let (begun, count) = &*window;
        if count.fetch_add(1, Ordering::Relaxed) < most {
            return Ok(());
        }
        Err(Error::TooMany(WINDOW.saturating_sub(begun.elapsed())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_host_has_its_own() {
        let limits = config::RateLimits { inbox_per_5_minutes: 2, ..config::RateLimits::default() };
        let allowance = Allowance::new(&limits);
        assert!(allowance.take("a.example").is_ok() && allowance.take("a.example").is_ok());
        assert!(matches!(allowance.take("a.example"), Err(Error::TooMany(wait)) if wait > WINDOW / 2));
        assert!(allowance.take("b.example").is_ok());
        let allowance = Allowance::new(&config::RateLimits { enabled: false, ..limits });
        assert!((0..9).all(|_| allowance.take("a.example").is_ok()));
    }
}
