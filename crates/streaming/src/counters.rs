//! Counts that all processes share, in Redis.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, Script};

/// How long a count may take; after it, whoever asks must do without.
const PATIENCE: Duration = Duration::from_millis(100);
/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// For how long nothing is asked of a server that has just failed to answer.
const REST: Duration = Duration::from_secs(1);

/// For each key: counts one more, in a window that begins with its first one. Stops behind the first key that
/// is beyond its limit. KEYS are the counters; ARGV holds, in pairs, each one's limit and window in
/// milliseconds.
const COUNT: &str = "
local counts = {}
for i, key in ipairs(KEYS) do
    local used = redis.call('INCR', key)
    if used == 1 then redis.call('PEXPIRE', key, ARGV[2 * i]) end
    counts[2 * i - 1] = used
    counts[2 * i] = redis.call('PTTL', key)
    if used > tonumber(ARGV[2 * i - 1]) then break end
end
return counts
";

/// Why there is no Redis.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct RedisError(#[from] redis::RedisError);

/// One thing to count.
#[derive(Clone, Debug)]
pub struct Step {
    /// The counter's name.
    pub key: String,
    /// How many there may be within the window.
    pub most: u32,
    /// How long a window is.
    pub span: Duration,
}

/// How a counter stands after one more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// How many there were within the window, this one included.
    pub used: u32,
    /// How much of the window is left.
    pub left: Duration,
}

/// Counters in Redis, as long as it answers. Connects when first asked, and again after a failure.
#[derive(Debug)]
pub struct Counters {
    connection: ConnectionManager,
    prefix: String,
    script: Script,
    failed: Mutex<Option<Instant>>,
}

impl Counters {
    /// Counters at this address, whose names get this prefix; nothing is connected yet.
    ///
    /// # Errors
    /// When the address is none.
    pub fn new(url: &str, prefix: String) -> Result<Self, RedisError> {
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(1)
            .set_connection_timeout(Some(CONNECT_TIMEOUT))
            .set_response_timeout(Some(PATIENCE));
        let connection = ConnectionManager::new_lazy_with_config(Client::open(url)?, config)?;
        Ok(Self { connection, prefix, script: Script::new(COUNT), failed: Mutex::new(None) })
    }

    /// Counts each step, up to the first that is beyond its limit; `None` when Redis does not answer in time,
    /// which is logged once until it does again.
    pub async fn count(&self, steps: &[Step]) -> Option<Vec<Counted>> {
        if self.failed_at().is_some_and(|when| when.elapsed() < REST) {
            return None;
        }
        let mut call = self.script.prepare_invoke();
        for step in steps {
            let span = i64::try_from(step.span.as_millis()).unwrap_or(i64::MAX);
            call.key(format!("{}{}", self.prefix, step.key)).arg(step.most).arg(span);
        }
        let mut connection = self.connection.clone();
        let answer = tokio::time::timeout(PATIENCE, call.invoke_async::<Vec<i64>>(&mut connection)).await;
        match answer {
            Ok(Ok(numbers)) => {
                if self.note(None) {
                    tracing::info!("Redis answers again");
                }
                Some(numbers.chunks_exact(2).map(counted).collect())
            }
            Ok(Err(error)) => self.failed(&error.to_string()),
            Err(_) => self.failed("no answer in time"),
        }
    }

    fn failed(&self, error: &str) -> Option<Vec<Counted>> {
        if !self.note(Some(Instant::now())) {
            tracing::warn!(error, "Redis does not answer; this process counts by itself until it does");
        }
        None
    }

    /// Whether the last count was answered.
    pub fn answers(&self) -> bool {
        self.failed_at().is_none()
    }

    fn failed_at(&self) -> Option<Instant> {
        *self.failed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether it had failed before.
    fn note(&self, failed: Option<Instant>) -> bool {
        let mut last = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *last, failed).is_some()
    }

    /// Asks for a sign of life (`stoa doctor`).
    ///
    /// # Errors
    /// When there is none.
    pub async fn ping(&self) -> Result<(), RedisError> {
        let mut connection = self.connection.clone();
        redis::cmd("PING").query_async::<()>(&mut connection).await?;
        Ok(())
    }
}

fn counted(pair: &[i64]) -> Counted {
    let number = |index: usize| pair.get(index).copied().unwrap_or_default();
    Counted {
        used: number(0).clamp(0, i64::from(u32::MAX)).try_into().unwrap_or(u32::MAX),
        left: Duration::from_millis(number(1).max(0).unsigned_abs()),
    }
}
