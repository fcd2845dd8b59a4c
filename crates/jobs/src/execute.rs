//! One attempt at one job.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use futures::FutureExt;
use futures::future::BoxFuture;
use tracing::{Instrument, error, info_span, warn};

use crate::backoff::jittered;
use crate::failure::{Wish, wish};
use crate::leases::Claimed;
use crate::{Job, Queue, request};

/// An attempt that has been read and waits to be run.
struct Attempt {
    dedup_key: Option<String>,
    run: BoxFuture<'static, anyhow::Result<()>>,
}

type Start<C> = dyn Fn(C, &str) -> Result<Attempt, serde_json::Error> + Send + Sync;

/// A handler without the type of its job.
pub(crate) struct Handler<C> {
    pub(crate) kind: &'static str,
    pub(crate) queue: Queue,
    pub(crate) priority: i16,
    max_attempts: i32,
    timeout: Duration,
    backoff: fn(i32) -> Duration,
    start: Box<Start<C>>,
}

/// What became of an attempt.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) id: i64,
    pub(crate) attempt: i32,
    pub(crate) verdict: Verdict,
}

#[derive(Debug)]
pub(crate) enum Verdict {
    Done,
    Retry {
        error: String,
        pause: Duration,
        dedup_key: Option<String>,
    },
    Bury {
        error: String,
    },
    /// Broken off because the process stops.
    Release,
}

/// How long a stored error may be, in bytes.
const LONGEST_ERROR: usize = 2000;

impl<C: Send + 'static> Handler<C> {
    pub(crate) fn new<J, F, Fut>(handler: F) -> Self
    where
        J: Job,
        F: Fn(C, J) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        let start = move |context, payload: &str| {
            let job: J = serde_json::from_str(payload)?;
            Ok(Attempt { dedup_key: job.dedup_key(), run: handler(context, job).boxed() })
        };
        Self {
            kind: J::KIND,
            queue: J::QUEUE,
            priority: J::PRIORITY,
            max_attempts: J::MAX_ATTEMPTS,
            timeout: J::TIMEOUT,
            backoff: J::backoff,
            start: Box::new(start),
        }
    }

    /// Runs the job once, in its span and on behalf of the request that caused it. Panics and hangs end here.
    pub(crate) async fn execute(&self, context: C, job: Claimed) -> Outcome {
        let Claimed { id, attempt, .. } = job;
        let span =
            info_span!("job", job.kind = self.kind, job.id = id, request_id = job.request_id.as_deref());
        async {
            if attempt > self.max_attempts {
                // All its leases ended without a word.
                let error = "the process died while the job ran".to_owned();
                return self.conclude(id, attempt, Err((Wish::GiveUp, error)), None);
            }
            let started = Instant::now();
            let mut dedup_key = None;
            let work = self.attempt(context, &job.payload, &mut dedup_key);
            let result = match &job.request_id {
                Some(request_id) => request::scope(request_id.as_str(), work).await,
                None => work.await,
            };
            metrics::histogram!("jobs_duration_seconds", "kind" => self.kind).record(started.elapsed());
            self.conclude(id, attempt, result, dedup_key)
        }
        .instrument(span)
        .await
    }

    async fn attempt(
        &self,
        context: C,
        payload: &str,
        dedup_key: &mut Option<String>,
    ) -> Result<(), (Wish, String)> {
        let work = async {
            // What serde has to say may quote the payload, which is kept with the job anyway.
            let attempt = (self.start)(context, payload).map_err(|error| {
                (Wish::Backoff, format!("the payload does not fit, column {}", error.column()))
            })?;
            *dedup_key = attempt.dedup_key;
            match tokio::time::timeout(self.timeout, attempt.run).await {
                Ok(result) => result.map_err(|error| (wish(&error), format!("{error:#}"))),
                Err(_) => Err((Wish::Backoff, format!("not done after {:?}", self.timeout))),
            }
        };
        let result = AssertUnwindSafe(work).catch_unwind().await;
        result.unwrap_or_else(|panic| Err((Wish::Backoff, format!("panicked: {}", message(&*panic)))))
    }

    fn conclude(
        &self,
        id: i64,
        attempt: i32,
        result: Result<(), (Wish, String)>,
        dedup_key: Option<String>,
    ) -> Outcome {
        let (outcome, verdict) = match result {
            Ok(()) => ("done", Verdict::Done),
            Err((wish, error)) => {
                let error = storable(error);
                if wish == Wish::GiveUp || attempt >= self.max_attempts {
                    error!(attempt, "Job {id} ({}) is given up: {error}", self.kind);
                    ("dead", Verdict::Bury { error })
                } else {
                    let pause = match wish {
                        Wish::After(pause) => pause,
                        _ => jittered((self.backoff)(attempt)),
                    };
                    warn!(attempt, "Job {id} ({}) failed, trying again in {pause:.0?}: {error}", self.kind);
                    ("retried", Verdict::Retry { error, pause, dedup_key })
                }
            }
        };
        metrics::counter!("jobs_finished_total", "kind" => self.kind, "outcome" => outcome).increment(1);
        Outcome { id, attempt, verdict }
    }
}

/// Cuts an error to what a column takes: bounded, and without the NUL that PostgreSQL refuses.
fn storable(mut error: String) -> String {
    error.truncate(error.floor_char_boundary(LONGEST_ERROR));
    if error.contains('\0') { error.replace('\0', "\u{fffd}") } else { error }
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("something that is not text")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_cut_at_a_character_and_cleaned() {
        assert_eq!(storable("a\0b".to_owned()), "a\u{fffd}b");
        let cut = storable("ä".repeat(2000).replacen('ä', "a", 1));
        assert_eq!(cut.len(), 1999);
    }
}
