//! Sends deliveries: one lane for each host, lanes side by side.
//!
//! A worker takes the leases of lanes that have work and are due, loads the oldest deliveries of all of them
//! at once, and gives each lane to a task that signs and sends in order. What became of them goes to one
//! task that writes it down in batches. A failure lets the whole lane rest, so that order is kept and a dead
//! host costs one try at a time; something valid from that host wakes it (`db::instances::seen`).
//!
//! A worker's leases name a number, and the worker holds an advisory lock of that number: the lanes of one
//! that was killed are seen to be abandoned at once, by the next one that starts.

mod lane;
mod ledger;
mod outcome;
mod settler;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use db::deliveries::Delivery;
use jobs::{Listener, Notice};
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio::sync::{Notify, mpsc};
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};
use tokio_util::sync::CancellationToken;
use tracing::{error, info};

use crate::Federation;
use lane::Round;
use ledger::Ledger;

/// The channel on which new deliveries are announced; the listener must listen on it.
pub const CHANNEL: &str = "stoa_deliveries";

/// Deliveries of a lane that are loaded at once.
const EACH: i64 = 50;
/// A look for work without being told, in case a notice got lost.
const POLL: Duration = Duration::from_secs(5);
/// Leases last for a minute.
const RENEWAL: Duration = Duration::from_secs(20);
const REPORTS: usize = 1_024;

/// Sends deliveries until `shutdown`, then finishes what is in flight. Errors of the database are logged and
/// outlived.
pub async fn run(f: Federation, listener: &Listener, shutdown: CancellationToken) {
    let notices = listener.subscribe();
    let ledger = Arc::new(Ledger::new(f.app.pool.clone()));
    let freed = Arc::new(Notify::new());
    let (sender, receiver) = mpsc::channel(REPORTS);
    let heard = Arc::new(AtomicU64::new(0));
    let settler = tokio::spawn(settler::settle(receiver, ledger.clone(), heard.clone(), freed.clone()));
    let round = Round { f, reports: sender, shutdown: shutdown.clone(), heard: 0, bodies: Arc::default() };
    let mut engine = Engine {
        width: round.f.app.config.jobs.delivery_hosts.max(1),
        ledger,
        round,
        heard,
        lanes: JoinSet::new(),
        at_work: HashMap::new(),
        more: true,
    };
    engine.work(notices, &freed, &shutdown).await;
    drop(engine);
    if let Err(cause) = settler.await {
        error!(error = %cause, "What was delivered last may be delivered again: {cause}");
    }
}

struct Engine {
    ledger: Arc<Ledger>,
    round: Round,
    /// Counts the notices of new deliveries.
    heard: Arc<AtomicU64>,
    /// Lanes at once.
    width: usize,
    lanes: JoinSet<()>,
    /// The hosts of the lanes, by their tasks: one that ends by a fault cannot say which it was.
    at_work: HashMap<Id, String>,
    /// Whether there may be lanes to claim.
    more: bool,
}

impl Engine {
    async fn work(&mut self, mut notices: Receiver<Notice>, freed: &Notify, shutdown: &CancellationToken) {
        let mut renewal = interval(RENEWAL);
        renewal.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut look = Instant::now();
        loop {
            if self.more && self.at_work.len() <= self.width / 2 {
                look = Instant::now() + self.claim().await;
            }
            tokio::select! {
                biased;
                () = shutdown.cancelled() => break,
                Some(ended) = self.lanes.join_next_with_id() => self.ended(ended),
                () = freed.notified() => self.more = true,
                () = told(&mut notices) => {
                    self.heard.fetch_add(1, Ordering::Relaxed);
                    self.more = true;
                }
                _ = renewal.tick() => self.keep_house().await,
                () = sleep_until(look) => self.more = true,
            }
        }
        while let Some(ended) = self.lanes.join_next_with_id().await {
            self.ended(ended);
        }
    }

    fn ended(&mut self, lane: Result<(Id, ()), JoinError>) {
        match lane {
            Ok((task, ())) => {
                self.at_work.remove(&task);
            }
            // Its lease runs out, since nobody renews what is not known to be at work.
            Err(cause) => {
                let host = self.at_work.remove(&cause.id()).unwrap_or_default();
                error!(%host, error = %cause, "The lane of {host} ended by a fault: {cause}");
            }
        }
    }

    /// Claims lanes, starts them, and says when to look again.
    async fn claim(&mut self) -> Duration {
        self.more = false;
        match self.start_lanes().await {
            Ok(pause) => pause,
            Err(cause) => {
                error!(error = format!("{cause:#}"), "Could not look for deliveries: {cause:#}");
                Duration::from_secs(1)
            }
        }
    }

    async fn start_lanes(&mut self) -> anyhow::Result<Duration> {
        let room = self.width.saturating_sub(self.at_work.len());
        let heard = self.heard.load(Ordering::Relaxed);
        let lanes = self.ledger.claim(room).await?;
        if lanes.is_empty() {
            let due = self.ledger.next_due().await?.unwrap_or(POLL);
            return Ok(due.clamp(Duration::from_millis(20), POLL));
        }
        self.more = lanes.len() == room;
        let mut hosts: Vec<String> = lanes.iter().map(|lane| lane.host.clone()).collect();
        let blocked = self.ledger.drop_blocked(&hosts).await?;
        if !blocked.is_empty() {
            info!(hosts = blocked.len(), "Deliveries to blocked hosts were dropped");
            hosts.retain(|host| !blocked.contains(host));
        }
        let deliveries = self.ledger.load(&hosts, EACH).await?;
        let mut ids: Vec<_> = deliveries.iter().map(|delivery| delivery.activity_id).collect();
        ids.sort_unstable();
        ids.dedup();
        let round = Round { heard, bodies: Arc::new(self.ledger.bodies(&ids).await?), ..self.round.clone() };
        let mut of_host: HashMap<String, Vec<Delivery>> = HashMap::new();
        for delivery in deliveries {
            of_host.entry(delivery.host.clone()).or_default().push(delivery);
        }
        for lane in lanes {
            let deliveries = of_host.remove(&lane.host).unwrap_or_default();
            let full = deliveries.len() >= usize::try_from(EACH)?;
            let host = lane.host.clone();
            let task = self.lanes.spawn(lane::work(round.clone(), lane, deliveries, full));
            self.at_work.insert(task.id(), host);
        }
        Ok(POLL)
    }

    /// Keeps the leases of lanes at work, and frees those of workers that are gone.
    async fn keep_house(&mut self) {
        let hosts: Vec<String> = self.at_work.values().cloned().collect();
        let result = async {
            let abandoned = self.ledger.release_abandoned().await?;
            if !hosts.is_empty() {
                self.ledger.renew(&hosts).await?;
            }
            anyhow::Ok(abandoned)
        };
        match result.await {
            Ok(0) => {}
            Ok(abandoned) => {
                info!(abandoned, "Took over {abandoned} hosts from a worker that is gone");
                self.more = true;
            }
            Err(cause) => error!(error = format!("{cause:#}"), "Could not keep leases: {cause:#}"),
        }
    }
}

/// Waits until there is something new to send.
async fn told(notices: &mut Receiver<Notice>) {
    loop {
        match notices.recv().await {
            Ok(Notice::Notification { channel, .. }) if channel != CHANNEL => {}
            Ok(_) | Err(RecvError::Lagged(_)) => return,
            // Nobody listens any more; the poll finds what there is.
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}
