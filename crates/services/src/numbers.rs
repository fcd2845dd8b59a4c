//! Numbers about the whole instance. Everybody may ask for them, and counting reads much, so that they are kept
//! for a while.

use std::sync::Arc;
use std::time::{Duration, Instant};

use db::users::Usage;
use db::{accounts, instances, users};
use tokio::sync::Mutex;

use crate::{App, Result};

/// How old a number may be.
const KEPT_FOR: Duration = Duration::from_mins(1);

/// Something that is counted seldom. Whoever finds it old counts again, and everybody else who asks meanwhile
/// waits for that.
#[derive(Debug)]
pub struct Kept<T>(Arc<Mutex<Option<Counted<T>>>>);

/// When, and what.
type Counted<T> = (Instant, Arc<T>);

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T> Clone for Kept<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Kept<T> {
    /// What is kept, if it is not older than `longest`, else what `count` finds.
    pub async fn get(&self, longest: Duration, count: impl AsyncFnOnce() -> Result<T>) -> Result<Arc<T>> {
        let mut kept = self.0.lock().await;
        if let Some((at, value)) = &*kept
            && at.elapsed() < longest
        {
            return Ok(value.clone());
        }
        let value = Arc::new(count().await?);
        *kept = Some((Instant::now(), value.clone()));
        Ok(value)
    }
}

/// What is kept for all doors.
#[derive(Clone, Debug, Default)]
pub struct Numbers {
    totals: Kept<Totals>,
    peers: Kept<Vec<String>>,
}

/// How much there is.
#[derive(Clone, Copy, Debug)]
pub struct Totals {
    /// People.
    pub users: Usage,
    /// Statuses of local accounts.
    pub statuses: i64,
    /// Other hosts that are known and not blocked.
    pub hosts: i64,
}

/// How much there is, as of a minute ago at worst.
pub async fn totals(app: &App) -> Result<Arc<Totals>> {
    let count = async || {
        let mut conn = app.conn().await?;
        Ok(Totals {
            users: users::usage(&mut conn).await?,
            statuses: accounts::local_statuses(&mut conn).await?,
            hosts: instances::count(&mut conn).await?,
        })
    };
    app.numbers.totals.get(KEPT_FOR, count).await
}

/// The hosts that are known and not blocked, as of a minute ago at worst.
pub async fn peers(app: &App) -> Result<Arc<Vec<String>>> {
    let load = async || Ok(instances::peers(&mut *app.conn().await?).await?);
    app.numbers.peers.get(KEPT_FOR, load).await
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_kept_is_counted_once_until_it_is_old() {
        let kept = Kept::default();
        assert_eq!(*kept.get(KEPT_FOR, async || Ok(1)).await.unwrap(), 1);
        assert_eq!(*kept.clone().get(KEPT_FOR, async || Ok(2)).await.unwrap(), 1);
        assert_eq!(*kept.get(Duration::ZERO, async || Ok(3)).await.unwrap(), 3);
        let failed: Result<_> = kept.get(Duration::ZERO, async || Err(crate::Error::Busy)).await;
        assert!(failed.is_err());
        assert_eq!(*kept.get(KEPT_FOR, async || Ok(4)).await.unwrap(), 3);
    }
}
