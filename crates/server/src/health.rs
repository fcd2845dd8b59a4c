//! Whether this process lives, and whether it should be sent requests.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::extract::{RawQuery, State};
use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use db::Pool;
use media::Store;
use serde_json::{Value, json};
use streaming::Counters;
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

const PATIENCE: Duration = Duration::from_secs(1);
/// For how long it is believed that the storage is as it was.
const STORAGE_AGE: Duration = Duration::from_secs(10);
/// How long a look at the storage may take: it may be far away.
const STORAGE_PATIENCE: Duration = Duration::from_secs(30);

/// What readiness is made of.
#[derive(Clone)]
pub(crate) struct Health {
    pool: Pool,
    storage: Storage,
    counters: Option<Arc<Counters>>,
    draining: Arc<AtomicBool>,
}

impl Health {
    /// Of a process whose migrations have run, which is the condition for listening at all.
    pub(crate) fn new(pool: Pool, media: Arc<dyn Store>, counters: Option<Arc<Counters>>) -> Self {
        Self { pool, storage: Storage::new(media), counters, draining: Arc::default() }
    }

    /// From now on the process is not ready.
    pub(crate) fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// Whether the process is about to end.
    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    async fn database_answers(&self) -> bool {
        let asked = async {
            let mut conn = self.pool.get().await.ok()?;
            db::health::ping(&mut conn).await.ok()
        };
        matches!(timeout(PATIENCE, asked).await, Ok(Some(())))
    }
}

/// Whether files can be kept. Everybody may ask, so the store is not touched for each question; and nobody waits for
/// long: a look at it goes on by itself, and what it found is told the next time.
#[derive(Clone)]
struct Storage {
    media: Arc<dyn Store>,
    look: watch::Sender<Look>,
}

#[derive(Clone, Copy, Default)]
struct Look {
    is_under_way: bool,
    last: Option<(Instant, bool)>,
}

impl Storage {
    fn new(media: Arc<dyn Store>) -> Self {
        Self { media, look: watch::Sender::default() }
    }

    /// What was found last; `None` before the first look has ended.
    async fn works(&self) -> Option<bool> {
        let is_due = self.look.send_if_modified(|look| {
            let is_old = look.last.is_none_or(|(when, _)| when.elapsed() >= STORAGE_AGE);
            let is_due = is_old && !look.is_under_way;
            look.is_under_way |= is_due;
            is_due
        });
        if is_due {
            let Self { media, look } = self.clone();
            tokio::spawn(async move {
                let works = matches!(timeout(STORAGE_PATIENCE, media.probe()).await, Ok(Ok(())));
                look.send_replace(Look { is_under_way: false, last: Some((Instant::now(), works)) });
            });
        }
        let mut look = self.look.subscribe();
        // What is not known by then is told the next time.
        let _ = timeout(PATIENCE, look.wait_for(|look| !look.is_under_way)).await;
        self.look.borrow().last.map(|(_, works)| works)
    }
}

/// `/health`, `/health/live` and `/health/ready`, the last two with details under `?verbose`.
pub(crate) fn router(health: Health) -> Router {
    Router::new()
        .route("/health", get(short))
        .route("/health/live", get(live))
        .route("/health/ready", get(ready))
        .with_state(health)
}

/// As the client API has it: a word, or JSON for who asks for that
/// (<https://docs.joinmastodon.org/methods/health/>).
async fn short(headers: HeaderMap) -> Response {
    let wanted = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if wanted.contains("application/json") {
        Json(json!({ "status": "OK" })).into_response()
    } else {
        "OK".into_response()
    }
}

async fn live(RawQuery(query): RawQuery) -> Response {
    if is_verbose(query.as_deref()) {
        Json(json!({ "status": "ok" })).into_response()
    } else {
        "OK".into_response()
    }
}

async fn ready(State(health): State<Health>, RawQuery(query): RawQuery) -> Response {
    let (draining, database) = (health.is_draining(), health.database_answers().await);
    let is_ready = database && !draining;
    let code = if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    if is_verbose(query.as_deref()) {
        let storage = health.storage.works().await;
        let redis = health.counters.as_ref().map(|counters| counters.answers());
        return (code, Json(report(database, storage, redis, draining))).into_response();
    }
    (code, if is_ready { "OK" } else { "not ready" }).into_response()
}

fn report(database: bool, storage: Option<bool>, redis: Option<bool>, draining: bool) -> Value {
    let word = |fine, otherwise| if fine { "ok" } else { otherwise };
    json!({
        "status": word(database && !draining, "not ready"),
        "checks": {
            "database": word(database, "no answer within a second"),
            "migrations": "ok",
            "storage": storage.map_or("no answer yet", |works| word(works, "files cannot be kept, see storage.path")),
            // Without it the process goes on, counting by itself.
            "redis": redis.map_or("not configured", |answers| word(answers, "no answer")),
            "draining": draining,
        },
    })
}

fn is_verbose(query: Option<&str>) -> bool {
    query.is_some_and(|query| query.split('&').any(|part| part == "verbose" || part.starts_with("verbose=")))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use async_trait::async_trait;
    use axum::body::Bytes;
    use media::{ByteRange, Error, Key, Object};

    use super::*;

    /// Takes some seconds, and fails on every second probe.
    #[derive(Debug, Default)]
    struct Slow(AtomicUsize);

    #[async_trait]
    impl Store for Slow {
        async fn put(&self, _: &Key, _: Bytes) -> media::Result<()> {
            tokio::time::sleep(Duration::from_secs(3)).await;
            let count = self.0.fetch_add(1, Ordering::Relaxed);
            if count.is_multiple_of(2) { Ok(()) } else { Err(Error::Storage("full".into())) }
        }
        async fn open(&self, _: &Key, _: Option<ByteRange>) -> media::Result<Option<Object>> {
            Ok(None)
        }
        async fn delete(&self, _: &Key) -> media::Result<()> {
            Ok(())
        }
        async fn exists(&self, _: &Key) -> media::Result<bool> {
            Ok(true)
        }
        async fn get(&self, _: &Key) -> media::Result<Option<Bytes>> {
            Ok(Some(Bytes::from_static(b"probe")))
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_storage_is_looked_at_by_one_and_told_of_later() {
        let slow = Arc::new(Slow::default());
        let storage = Storage::new(slow.clone());
        assert_eq!(storage.works().await, None);
        assert_eq!(storage.works().await, None);
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert_eq!(storage.works().await, Some(true));
        tokio::time::sleep(STORAGE_AGE).await;
        // Another look is under way; this is what the last one found.
        assert_eq!(storage.works().await, Some(true));
        tokio::time::sleep(Duration::from_secs(3)).await;
        assert_eq!(storage.works().await, Some(false));
        assert_eq!(slow.0.load(Ordering::Relaxed), 2);
        assert_eq!(report(true, None, None, false)["checks"]["storage"], "no answer yet");
    }
}
