//! Whether this process lives, and whether it should be sent requests.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use db::Pool;
use serde_json::{Value, json};

const PATIENCE: Duration = Duration::from_secs(1);

/// What readiness is made of.
#[derive(Clone)]
pub(crate) struct Health {
    pool: Pool,
    draining: Arc<AtomicBool>,
}

impl Health {
    /// Of a process whose migrations have run, which is the condition for listening at all.
    pub(crate) fn new(pool: Pool) -> Self {
        Self { pool, draining: Arc::default() }
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
        matches!(tokio::time::timeout(PATIENCE, asked).await, Ok(Some(())))
    }
}

/// `/health`, `/health/live` and `/health/ready`, the last two with details under `?verbose`.
pub(crate) fn router(health: Health) -> Router {
    Router::new()
        .route("/health", get(async || "OK"))
        .route("/health/live", get(live))
        .route("/health/ready", get(ready))
        .with_state(health)
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
        return (code, Json(report(is_ready, database, draining))).into_response();
    }
    (code, if is_ready { "OK" } else { "not ready" }).into_response()
}

fn report(is_ready: bool, database: bool, draining: bool) -> Value {
    let word = |fine, otherwise| if fine { "ok" } else { otherwise };
    json!({
        "status": word(is_ready, "not ready"),
        "checks": {
            "database": word(database, "no answer within a second"),
            "migrations": "ok",
            "draining": draining,
        },
    })
}

fn is_verbose(query: Option<&str>) -> bool {
    query.is_some_and(|query| query.split('&').any(|part| part == "verbose" || part.starts_with("verbose=")))
}
