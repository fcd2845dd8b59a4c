//! Who runs jobs.

use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::{join, join_all};
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::info;

use crate::execute::{Handler, Outcome, Verdict};
use crate::leases::Leases;
use crate::settle::settle;
use crate::workers::{QueueWorkers, Workers};
use crate::{CHANNEL, Error, Job, Listener, Notice, Pool, Queue};

/// Workers of a queue whose number nobody has said.
const WIDTH: usize = 2;
/// Jobs that [`Runner::work_off`] runs at a time.
const BATCH: usize = 32;

/// Runs the jobs of the kinds registered with it; any number of runners may do so at once. `C` is what handlers
/// get besides their job: where their connections come from, for one.
pub struct Runner<C> {
    pool: Pool,
    context: C,
    handlers: HashMap<&'static str, Handler<C>>,
    widths: BTreeMap<Queue, usize>,
    lease: Duration,
    grace: Duration,
    notices: Option<broadcast::Receiver<Notice>>,
}

/// What [`Runner::work_off`] has done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkedOff {
    /// How many jobs succeeded.
    pub done: usize,
    /// The errors of those that did not; they wait for their next attempt, or are dead.
    pub failed: Vec<String>,
}

impl WorkedOff {
    fn add(&mut self, outcomes: Vec<Outcome>) {
        for outcome in outcomes {
            match outcome.verdict {
                Verdict::Done => self.done += 1,
                Verdict::Retry { error, .. } | Verdict::Bury { error } => self.failed.push(error),
                Verdict::Release => {}
            }
        }
    }
}

impl<C: Clone + Send + Sync + 'static> Runner<C> {
    /// A runner that takes one connection out of `pool` and keeps it.
    pub fn new(pool: Pool, context: C) -> Self {
        Self {
            pool,
            context,
            handlers: HashMap::new(),
            widths: BTreeMap::new(),
            lease: Duration::from_mins(1),
            grace: Duration::from_secs(20),
            notices: None,
        }
    }

    /// Says who does the jobs of type `J`.
    ///
    /// # Panics
    /// When the kind has a handler already.
    pub fn register<J, F, Fut>(mut self, handler: F) -> Self
    where
        J: Job,
        F: Fn(C, J) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        let before = self.handlers.insert(J::KIND, Handler::new(handler));
        assert!(before.is_none(), "the job kind {} is registered twice", J::KIND);
        self
    }

    /// Says how many jobs of `queue` run at a time; 0 leaves them to others. Without this it is 2.
    pub fn queue(mut self, queue: Queue, workers: usize) -> Self {
        self.widths.insert(queue, workers);
        self
    }

    /// Wakes the runner by a listener that listens on [`CHANNEL`]; without one it polls every five seconds.
    pub fn wake_by(mut self, listener: &Listener) -> Self {
        self.notices = Some(listener.subscribe());
        self
    }

    /// How long a lease lasts; a minute without this. It is renewed while its job runs.
    pub fn lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    /// How long running jobs may go on after the shutdown began; 20 s without this.
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Runs jobs until `shutdown`, then waits for those that run, breaks off what is not done within the grace and
    /// gives it back uncounted. Dropping this future stops everything where it stands.
    pub async fn run(mut self, shutdown: CancellationToken) {
        let (notices, grace) = (self.notices.take(), self.grace);
        let queues = self.queues();
        let workers = Arc::new(self.into_workers());
        let _abort = workers.abort.clone().drop_guard();
        let (sender, outcomes) = mpsc::channel(1024);
        let serving = Arc::clone(&workers).serve_all(queues.clone(), sender, shutdown, grace);
        let settling = Arc::clone(&workers).settle_all(outcomes);
        let keeping = Arc::clone(&workers).keep_leases(queues.clone());
        tokio::select! {
            ((), ()) = join(serving, settling) => {}
            never = keeping => match never {},
            never = wake(queues, notices) => match never {},
        }
        info!("All workers have stopped");
    }

    /// Runs all due jobs until none is left, also those that these jobs add: for tests.
    pub async fn work_off(&self) -> Result<WorkedOff, Error> {
        let leases = Leases::new(self.pool.clone(), self.lease);
        let queues = self.queues();
        let mut total = WorkedOff::default();
        loop {
            let mut ran = 0;
            for queue in &queues {
                let jobs = leases.claim(&queue.next_order(), BATCH).await?;
                ran += jobs.len();
                let attempts = jobs.into_iter().filter_map(|job| {
                    let handler = self.handlers.get(job.kind.as_str())?;
                    Some(handler.execute(self.context.clone(), job))
                });
                let outcomes = join_all(attempts).await;
                settle(&leases, &outcomes, &CancellationToken::new()).await;
                total.add(outcomes);
            }
            if ran == 0 {
                return Ok(total);
            }
        }
    }

    /// The queues of the registered kinds.
    fn queues(&self) -> Vec<Arc<QueueWorkers>> {
        let mut kinds: BTreeMap<Queue, Vec<(i16, &'static str)>> = BTreeMap::new();
        for handler in self.handlers.values() {
            kinds.entry(handler.queue).or_default().push((handler.priority, handler.kind));
        }
        let width = |queue| self.widths.get(&queue).copied().unwrap_or(WIDTH);
        kinds
            .into_iter()
            .map(|(queue, kinds)| QueueWorkers::new(queue, kinds, width(queue)))
            .filter(QueueWorkers::has_workers)
            .map(Arc::new)
            .collect()
    }

    fn into_workers(self) -> Workers<C> {
        Workers {
            context: self.context,
            handlers: self.handlers,
            leases: Leases::new(self.pool, self.lease),
            lease: self.lease,
            held: Mutex::default(),
            running: TaskTracker::new(),
            abort: CancellationToken::new(),
        }
    }
}

/// Passes on notices to the queues they are about, for ever.
async fn wake(queues: Vec<Arc<QueueWorkers>>, notices: Option<broadcast::Receiver<Notice>>) -> Infallible {
    let Some(mut notices) = notices else { return std::future::pending().await };
    loop {
        match notices.recv().await {
            Ok(Notice::Notification { channel, payload }) if channel == CHANNEL => {
                queues
                    .iter()
                    .filter(|queue| queue.queue.0 == payload)
                    .for_each(|queue| queue.wake.notify_one());
            }
            Ok(Notice::Notification { .. }) => {}
            Ok(Notice::Listening) | Err(RecvError::Lagged(_)) => {
                wake_where(&queues, |_| true);
            }
            // The listener is gone; the polls remain.
            Err(RecvError::Closed) => return std::future::pending().await,
        }
    }
}

fn wake_where(queues: &[Arc<QueueWorkers>], is_meant: impl Fn(&QueueWorkers) -> bool) {
    for queue in queues.iter().filter(|queue| is_meant(queue)) {
        queue.wake.notify_one();
    }
}
