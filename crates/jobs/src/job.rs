//! What a job is.

use std::fmt;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// A piece of background work as data. The payload is its JSON, which older and newer versions of the program may
/// have to read: add fields with `#[serde(default)]`. PostgreSQL refuses NUL characters in it.
pub trait Job: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The name under which rows are stored and handlers found; never change it while rows wait.
    const KIND: &'static str;
    /// Whose workers run it.
    const QUEUE: Queue;
    /// Lower runs first within the queue; kinds of equal priority take turns.
    const PRIORITY: i16 = 0;
    /// How often it is tried before it goes to the dead jobs.
    const MAX_ATTEMPTS: i32 = 10;
    /// How long one attempt may take, after which it is dropped and counts as failed.
    const TIMEOUT: Duration;

    /// While a job of this kind with an equal key waits for its first attempt or for a retry, another one is not
    /// added. A job that is running no longer holds its key: what changes meanwhile is not overlooked.
    fn dedup_key(&self) -> Option<String> {
        None
    }

    /// The pause after the failed attempt with this number (from 1), before jitter of a fifth.
    fn backoff(attempt: i32) -> Duration {
        crate::exponential(attempt)
    }
}

/// A group of jobs with its own number of workers, so that a flood of one does not starve another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Queue(pub &'static str);

impl Queue {
    /// Everything that has no better place.
    pub const DEFAULT: Self = Self("default");
    /// Activities that have been received.
    pub const INBOX: Self = Self("inbox");
    /// Activities to be sent.
    pub const DELIVERY: Self = Self("delivery");
    /// Pictures, video and sound: long and heavy on the CPU.
    pub const MEDIA: Self = Self("media");
    /// Letters.
    pub const MAIL: Self = Self("mail");
}

impl fmt::Display for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}
