//! Whose turn it is to be asked: few requests at a time to one registrable domain, many in all, and who takes
//! its time makes room for others (security S10).
//!
//! Each request has one of the quick places for a moment. One that is not done by then goes on in one of the
//! slow places, or not at all when those are taken; and its domain begins there for a while. So a crowd of slow
//! servers fills the slow places, and whoever answers quickly is not kept waiting by it, unless somebody has
//! a new domain for each request.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::timeout;

/// Requests to one domain at a time.
const PER_DOMAIN: usize = 2;
/// Who waits for a turn: of one domain, and in all.
const LINE_OF_DOMAIN: usize = 32;
const LINE: usize = 512;
/// After this long a request is a slow one.
const MOMENT: Duration = Duration::from_secs(2);
/// How long a domain counts as slow.
const REMEMBERED: Duration = Duration::from_mins(5);
/// Domains remembered.
const MAX_DOMAINS: u64 = 10_000;

/// Places for requests.
#[derive(Debug)]
pub(crate) struct Turns {
    domains: moka::sync::Cache<String, Arc<Domain>>,
    slow_domains: moka::sync::Cache<String, ()>,
    quick: Semaphore,
    slow: Semaphore,
    line: AtomicUsize,
    patience: Duration,
}

#[derive(Debug)]
struct Domain {
    places: Semaphore,
    line: AtomicUsize,
}

impl Default for Domain {
    fn default() -> Self {
        Self { places: Semaphore::new(PER_DOMAIN), line: AtomicUsize::new(0) }
    }
}

impl Turns {
    /// With so many quick places, and as many slow ones; nobody waits for a turn longer than `patience`.
    pub(crate) fn new(places: usize, patience: Duration) -> Self {
        let kept = || moka::sync::Cache::builder().max_capacity(MAX_DOMAINS);
        Self {
            domains: kept().time_to_idle(REMEMBERED).build(),
            slow_domains: moka::sync::Cache::builder()
                .max_capacity(MAX_DOMAINS)
                .time_to_live(REMEMBERED)
                .build(),
            quick: Semaphore::new(places),
            slow: Semaphore::new(places),
            line: AtomicUsize::new(0),
            patience,
        }
    }

    /// Does the work, which asks this host, when it is its turn; `None` when it does not get one in time, or
    /// is too slow to be kept.
    pub(crate) async fn run<T>(&self, host: &str, work: impl Future<Output = T>) -> Option<T> {
        let name = fetch::registrable(host);
        let domain = self.domains.get_with_by_ref(name, Arc::default);
        let places = {
            let _here = InLine::enter(&domain.line, LINE_OF_DOMAIN)?;
            let _there = InLine::enter(&self.line, LINE)?;
            let turn = async {
                let own = domain.places.acquire().await.ok()?;
                let is_slow = self.slow_domains.contains_key(name);
                let common = if is_slow { &self.slow } else { &self.quick };
                Some((own, common.acquire().await.ok()?, is_slow))
            };
            timeout(self.patience, turn).await.ok()??
        };
        let (_own, common, is_slow) = places;
        if is_slow {
            return Some(work.await);
        }
        let mut work = pin!(work);
        if let Ok(done) = timeout(MOMENT, &mut work).await {
            return Some(done);
        }
        self.slow_domains.insert(name.to_owned(), ());
        drop(common);
        let _slow = self.slow.try_acquire().ok()?;
        Some(work.await)
    }
}

/// A place in a line of limited length.
struct InLine<'l>(&'l AtomicUsize);

impl<'l> InLine<'l> {
    fn enter(line: &'l AtomicUsize, most: usize) -> Option<Self> {
        let longer =
            line.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |now| (now < most).then_some(now + 1));
        longer.ok().map(|_| Self(line))
    }
}

impl Drop for InLine<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use futures::future::join_all;
    use tokio::time::{Instant, sleep};

    use super::*;

    const LONG: Duration = Duration::from_secs(11);

    async fn slow(turns: &Turns, host: String) -> Option<()> {
        turns.run(&host, sleep(LONG)).await
    }

    #[tokio::test(start_paused = true)]
    async fn a_crowd_of_slow_domains_keeps_nobody_else_waiting_for_long() {
        let turns = Arc::new(Turns::new(8, Duration::from_secs(3)));
        let crowd: Vec<_> = (0..12)
            .map(|number| {
                let turns = Arc::clone(&turns);
                tokio::spawn(async move { slow(&turns, format!("{number}.example")).await })
            })
            .collect();
        sleep(Duration::from_millis(100)).await;
        let begun = Instant::now();
        assert_eq!(turns.run("good.example.org", async { 7 }).await, Some(7));
        assert!(begun.elapsed() <= MOMENT, "{:?}", begun.elapsed());
        // Those that are known to be slow do not even cost a moment.
        sleep(LONG).await;
        drop(join_all(crowd).await);
        let turns = &turns;
        let again = join_all((0..8).map(|number| slow(turns, format!("a.{number}.example"))));
        let good = async {
            sleep(Duration::from_millis(100)).await;
            let begun = Instant::now();
            assert_eq!(turns.run("good.example.org", async { 8 }).await, Some(8));
            assert!(begun.elapsed() < Duration::from_millis(10), "{:?}", begun.elapsed());
        };
        tokio::join!(again, good);
    }

    #[tokio::test(start_paused = true)]
    async fn subdomains_are_one_domain_and_the_line_is_bounded() {
        let turns = Turns::new(64, Duration::from_secs(3));
        let crowd = (0..100).map(|number| slow(&turns, format!("h{number}.evil.example")));
        let done = join_all(crowd).await;
        assert_eq!(done.iter().flatten().count(), PER_DOMAIN);
        assert_eq!(turns.line.load(Ordering::Relaxed), 0);
        assert_eq!(turns.domains.get("evil.example").unwrap().line.load(Ordering::Relaxed), 0);
    }
}
