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
use tokio::sync::Mutex;
use tokio::time::Instant;

const PATIENCE: Duration = Duration::from_secs(1);
/// For how long it is believed that the storage is as it was.
const STORAGE_AGE: Duration = Duration::from_secs(10);

/// What readiness is made of.
#[derive(Clone)]
pub(crate) struct Health {
    pool: Pool,
    media: Arc<dyn Store>,
    /// When the storage was looked at last, and whether it was well.
    storage: Arc<Mutex<Option<(Instant, bool)>>>,
    counters: Option<Arc<Counters>>,
    draining: Arc<AtomicBool>,
}

impl Health {
    /// Of a process whose migrations have run, which is the condition for listening at all.
    pub(crate) fn new(pool: Pool, media: Arc<dyn Store>, counters: Option<Arc<Counters>>) -> Self {
        Self { pool, media, storage: Arc::default(), counters, draining: Arc::default() }
    }

    /// From now on the process is not ready.
    pub(crate) fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// Whether the process is about to end.
    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    /// Whether files can be kept. Everybody may ask, so the disk is not touched for each question.
    async fn storage_works(&self) -> bool {
        let mut known = self.storage.lock().await;
        match *known {
            Some((when, works)) if when.elapsed() < STORAGE_AGE => works,
            _ => {
                let works = matches!(tokio::time::timeout(PATIENCE, self.media.check()).await, Ok(Ok(())));
                *known = Some((Instant::now(), works));
                works
            }
        }
    }

    async fn database_answers(&self) -> bool {
        let asked = async {
            let mut conn = self.pool.get().await.ok()?;
            db::health::ping(&mut conn).await.ok()
        };
        matches!(tokio::time::timeout(PATIENCE, asked).await, Ok(Some(())))
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
        let storage = health.storage_works().await;
        let redis = health.counters.as_ref().map(|counters| counters.answers());
        return (code, Json(report(database, storage, redis, draining))).into_response();
    }
    (code, if is_ready { "OK" } else { "not ready" }).into_response()
}

fn report(database: bool, storage: bool, redis: Option<bool>, draining: bool) -> Value {
    let word = |fine, otherwise| if fine { "ok" } else { otherwise };
    json!({
        "status": word(database && !draining, "not ready"),
        "checks": {
            "database": word(database, "no answer within a second"),
            "migrations": "ok",
            "storage": word(storage, "files cannot be kept, see storage.path"),
            // Without it the process goes on, counting by itself.
            "redis": redis.map_or("not configured", |answers| word(answers, "no answer")),
            "draining": draining,
        },
    })
}

fn is_verbose(query: Option<&str>) -> bool {
    query.is_some_and(|query| query.split('&').any(|part| part == "verbose" || part.starts_with("verbose=")))
}
