//! The loops of a running runner: claiming for each queue, settling what finished, renewing leases.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures::future::join_all;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{info, warn};

use crate::Queue;
use crate::execute::{Handler, Outcome, Verdict};
use crate::leases::{Claimed, Leases};
use crate::settle::settle;

/// The net under the notifications.
const POLL: Duration = Duration::from_secs(5);
/// How long a queue stays quiet before the next appointment is looked up.
const QUIET: Duration = Duration::from_millis(500);
/// How long a busy queue collects free workers, so that one claim serves several.
const GATHER: Duration = Duration::from_millis(5);

/// A queue as one runner sees it.
pub(crate) struct QueueWorkers {
    pub(crate) queue: Queue,
    /// With their priorities, sorted by them.
    kinds: Vec<(i16, &'static str)>,
    width: usize,
    slots: Arc<Semaphore>,
    pub(crate) wake: Notify,
    turn: AtomicUsize,
}

impl QueueWorkers {
    pub(crate) fn new(queue: Queue, mut kinds: Vec<(i16, &'static str)>, width: usize) -> Self {
        kinds.sort_unstable();
        let (slots, wake) = (Arc::new(Semaphore::new(width)), Notify::new());
        Self { queue, kinds, width, slots, wake, turn: AtomicUsize::new(0) }
    }

    /// Whether this runner serves the queue at all.
    pub(crate) fn has_workers(&self) -> bool {
        self.width > 0
    }

    /// The kinds in the order of this claim: by priority, and in turns where it is equal.
    pub(crate) fn next_order(&self) -> Vec<&'static str> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let mut order = Vec::with_capacity(self.kinds.len());
        for equals in self.kinds.chunk_by(|a, b| a.0 == b.0) {
            let (later, first) = equals.split_at(turn % equals.len());
            order.extend(first.iter().chain(later).map(|(_, kind)| *kind));
        }
        order
    }

    /// Waits for a free worker and takes all that are free.
    async fn free(&self, busy: bool) -> OwnedSemaphorePermit {
        let mut permit =
            Arc::clone(&self.slots).acquire_owned().await.expect("the semaphore is never closed");
        if busy && self.slots.available_permits() + 1 < self.width / 2 {
            tokio::time::sleep(GATHER).await;
        }
        let more = u32::try_from(self.slots.available_permits()).unwrap_or(u32::MAX);
        if let Ok(more) = Arc::clone(&self.slots).try_acquire_many_owned(more) {
            permit.merge(more);
        }
        permit
    }
}

/// What all loops and all running jobs of a runner share.
pub(crate) struct Workers<C> {
    pub(crate) context: C,
    pub(crate) handlers: HashMap<&'static str, Handler<C>>,
    pub(crate) leases: Leases,
    pub(crate) lease: Duration,
    /// The jobs whose leases are ours, since when.
    pub(crate) held: Mutex<HashMap<i64, Instant>>,
    pub(crate) running: TaskTracker,
    /// Breaks off what runs.
    pub(crate) abort: CancellationToken,
}

impl<C: Clone + Send + Sync + 'static> Workers<C> {
    /// Serves all queues until `shutdown`, then waits for what runs as long as the grace allows, and breaks off
    /// the rest.
    pub(crate) async fn serve_all(
        self: Arc<Self>,
        queues: Vec<Arc<QueueWorkers>>,
        outcomes: mpsc::Sender<Outcome>,
        shutdown: CancellationToken,
        grace: Duration,
    ) {
        let mut loops = Vec::with_capacity(queues.len());
        for queue in queues {
            loops.push(Arc::clone(&self).serve(queue, outcomes.clone(), shutdown.clone()));
        }
        join_all(loops).await;
        drop(outcomes);
        self.running.close();
        if tokio::time::timeout(grace, self.running.wait()).await.is_err() {
            warn!("{} jobs are not done in time and are given back", self.running.len());
        }
        self.abort.cancel();
        self.running.wait().await;
    }

    /// Claims and starts jobs of one queue until `shutdown`.
    async fn serve(
        self: Arc<Self>,
        queue: Arc<QueueWorkers>,
        outcomes: mpsc::Sender<Outcome>,
        shutdown: CancellationToken,
    ) {
        let mut busy = false;
        while let Some(mut free) = shutdown.run_until_cancelled(queue.free(busy)).await {
            // Not broken off by the shutdown: what has been claimed must be known.
            match self.leases.claim(&queue.next_order(), free.num_permits()).await {
                Ok(claimed) => {
                    busy = claimed.len() == free.num_permits();
                    for job in claimed {
                        let permit = free.split(1).expect("no more jobs are claimed than permits held");
                        self.start(job, permit, outcomes.clone());
                    }
                    drop(free);
                    if !busy && shutdown.run_until_cancelled(self.wait(&queue)).await.is_none() {
                        return;
                    }
                }
                Err(error) => {
                    warn!("Claiming jobs of the queue {} failed, trying again: {error}", queue.queue);
                    drop(free);
                    if shutdown
                        .run_until_cancelled(tokio::time::sleep(Duration::from_secs(1)))
                        .await
                        .is_none()
                    {
                        return;
                    }
                }
            }
        }
    }

    /// Until there may be something to do.
    async fn wait(&self, queue: &QueueWorkers) {
        if tokio::time::timeout(QUIET, queue.wake.notified()).await.is_ok() {
            return;
        }
        let due = self.leases.next_due(&queue.next_order()).await.ok().flatten();
        let pause = due.unwrap_or(POLL).min(POLL);
        let _ = tokio::time::timeout(pause, queue.wake.notified()).await;
    }

    fn start(self: &Arc<Self>, job: Claimed, permit: OwnedSemaphorePermit, outcomes: mpsc::Sender<Outcome>) {
        let workers = Arc::clone(self);
        workers.held().insert(job.id, Instant::now());
        self.running.spawn(async move {
            let (id, attempt) = (job.id, job.attempt);
            let Some(handler) = workers.handlers.get(job.kind.as_str()) else { return };
            let work = handler.execute(workers.context.clone(), job);
            let outcome = workers.abort.run_until_cancelled(work).await;
            drop(permit);
            // Fails when the runner has been dropped; then its leases are orphans.
            let _ =
                outcomes.send(outcome.unwrap_or(Outcome { id, attempt, verdict: Verdict::Release })).await;
        });
    }

    /// Writes down what finished, all that there is at a time, until nobody can send any more.
    pub(crate) async fn settle_all(self: Arc<Self>, mut outcomes: mpsc::Receiver<Outcome>) {
        let mut batch = Vec::new();
        while outcomes.recv_many(&mut batch, 1000).await > 0 {
            settle(&self.leases, &batch, &self.abort).await;
            let mut held = self.held();
            for outcome in batch.drain(..) {
                held.remove(&outcome.id);
            }
        }
    }

    /// Renews the leases of what runs long and frees those of processes that are gone, for ever. It looks often in
    /// the beginning: a runner that starts may follow one that has just been killed.
    pub(crate) async fn keep_leases(self: Arc<Self>, queues: Vec<Arc<QueueWorkers>>) -> Infallible {
        let mut pause = QUIET;
        loop {
            match self.leases.release_orphans().await {
                Ok(0) => {}
                Ok(count) => {
                    info!("Freed {count} jobs of a process that is gone");
                    for queue in &queues {
                        queue.wake.notify_one();
                    }
                }
                Err(error) => warn!("Looking for jobs of processes that are gone failed: {error}"),
            }
            tokio::time::sleep(pause.min(self.lease / 3)).await;
            pause = (pause * 2).min(self.lease / 3);
            let old: Vec<i64> = {
                let held = self.held();
                held.iter().filter(|(_, since)| since.elapsed() > self.lease / 4).map(|(id, _)| *id).collect()
            };
            if !old.is_empty()
                && let Err(error) = self.leases.renew(&old).await
            {
                warn!("Renewing {} leases failed: {error}", old.len());
            }
        }
    }

    fn held(&self) -> MutexGuard<'_, HashMap<i64, Instant>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_equal_priority_take_turns() {
        let queue =
            QueueWorkers::new(Queue::DEFAULT, vec![(5, "late"), (0, "a"), (0, "b"), (-1, "first")], 1);
        assert_eq!(queue.next_order(), ["first", "a", "b", "late"]);
        assert_eq!(queue.next_order(), ["first", "b", "a", "late"]);
        assert_eq!(queue.next_order(), ["first", "a", "b", "late"]);
    }
}
