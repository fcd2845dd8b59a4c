//! Numbers for Prometheus, at an address of their own: they are nobody's business outside.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result};
use axum::Router;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use config::Config;
use db::Pool;
use jobs::Queue;
use metrics::{counter, gauge, histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use streaming::Hub;

const REQUESTS: &str = "http_requests_total";
const LATENCY: &str = "http_request_duration_seconds";
const BUCKETS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];
/// Text exposition format (<https://prometheus.io/docs/instrumenting/exposition_formats/>).
const FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";
/// How often old samples are folded, so that they do not pile up when nobody asks.
const UPKEEP: Duration = Duration::from_secs(10);

/// Begins to count, if somebody may ask; the address to be asked at.
pub(crate) fn install(config: &Config) -> Result<Option<(SocketAddr, PrometheusHandle)>> {
    let Some(address) = config.metrics.listen else { return Ok(None) };
    let handle = PrometheusBuilder::new()
        .set_buckets(&BUCKETS)
        .and_then(|builder| builder.set_buckets_for_metric(Matcher::Full(LATENCY.to_owned()), &BUCKETS))
        .and_then(PrometheusBuilder::install_recorder)
        .context("the metrics cannot be counted")?;
    let kept = handle.clone();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(UPKEEP).await;
            kept.run_upkeep();
        }
    });
    Ok(Some((address, handle)))
}

/// Counts an answered request.
pub(crate) fn request(method: &Method, route: &str, status: StatusCode, seconds: f64) {
    let class = match status.as_u16() {
        100..=199 => "1xx",
        200..=299 => "2xx",
        300..=399 => "3xx",
        400..=499 => "4xx",
        _ => "5xx",
    };
    // Any text may stand for a method; each would be a series of its own.
    let method = match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    };
    let route = route.to_owned();
    counter!(REQUESTS, "method" => method, "route" => route.clone(), "status" => class).increment(1);
    histogram!(LATENCY, "route" => route).record(seconds);
}

#[derive(Clone)]
struct Sources {
    handle: PrometheusHandle,
    pools: [(&'static str, Pool); 4],
    hub: Hub,
}

/// `/metrics`.
pub(crate) fn router(handle: PrometheusHandle, pools: [(&'static str, Pool); 4], hub: Hub) -> Router {
    Router::new().route("/metrics", get(show)).with_state(Sources { handle, pools, hub })
}

async fn show(State(sources): State<Sources>) -> Response {
    measure(&sources.pools);
    let streams = sources.hub.counts();
    gauge!("streams_open").set(number(streams.open));
    counter!("streams_slow_total").absolute(streams.slow);
    // Without the database there are the other numbers, which say what is wrong.
    if let Some((_, pool)) = sources.pools.last()
        && let Err(error) = count_rows(pool).await
    {
        tracing::warn!("The queues cannot be counted: {error:#}");
    }
    ([(CONTENT_TYPE, FORMAT)], sources.handle.render()).into_response()
}

fn measure(pools: &[(&'static str, Pool)]) {
    for (name, pool) in pools {
        let status = pool.status();
        let used = status.size.saturating_sub(status.available);
        gauge!("database_connections_max", "pool" => *name).set(number(status.max_size));
        gauge!("database_connections_open", "pool" => *name).set(number(status.size));
        gauge!("database_connections_used", "pool" => *name).set(number(used));
        gauge!("database_connections_awaited", "pool" => *name).set(number(status.waiting));
    }
    if let Some(bytes) = resident_bytes() {
        gauge!("process_resident_memory_bytes").set(bytes);
    }
}

async fn count_rows(pool: &Pool) -> Result<()> {
    let mut conn = pool.get().await?;
    let filled = jobs::stats(&mut conn).await?;
    // A queue without jobs is not among them, and must not keep its last number.
    let known = [Queue::DEFAULT, Queue::INBOX, Queue::DELIVERY, Queue::MEDIA, Queue::MAIL];
    for queue in known.into_iter().filter(|queue| filled.iter().all(|stats| stats.queue != queue.0)) {
        show_queue(queue.0, [0; 3], Duration::ZERO);
    }
    for stats in filled {
        let counts = [stats.ready, stats.running, stats.delayed];
        show_queue(&stats.queue, counts, stats.oldest_age.unwrap_or_default());
    }
    let waiting = db::health::waiting_deliveries(&mut conn).await?;
    gauge!("deliveries_waiting").set(u32::try_from(waiting).unwrap_or(u32::MAX));
    Ok(())
}

fn show_queue(queue: &str, counts: [i64; 3], oldest_age: Duration) {
    for (state, count) in ["ready", "running", "delayed"].into_iter().zip(counts) {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        gauge!("jobs", "queue" => queue.to_owned(), "state" => state).set(count);
    }
    gauge!("jobs_oldest_age_seconds", "queue" => queue.to_owned()).set(oldest_age.as_secs_f64());
}

fn number(count: usize) -> f64 {
    u32::try_from(count).unwrap_or(u32::MAX).into()
}

/// Linux only; elsewhere the number is missing.
fn resident_bytes() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024.0)
}
