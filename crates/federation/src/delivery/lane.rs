//! One lane: the deliveries for one host, one after the other.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use db::deliveries::{Delivery, Free, Lane, Rest};
use db::ids::ActivityId;
use fetch::Signer;
use metrics::counter;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, Span, debug, info_span, warn};

use super::outcome::{Outcome, judge, rest};
use super::settler::Report;
use crate::Federation;

/// What lanes share.
#[derive(Clone)]
pub(super) struct Round {
    pub(super) f: Federation,
    pub(super) reports: mpsc::Sender<Report>,
    pub(super) shutdown: CancellationToken,
    /// How many notices of new deliveries had been heard before the lanes of this round were claimed.
    pub(super) heard: u64,
    /// The bodies of this round, each once.
    pub(super) bodies: Arc<HashMap<ActivityId, Bytes>>,
}

/// A delivery that failed: why, and when the host asks to be asked again.
struct Failed {
    delivery: Delivery,
    why: String,
    asked: Option<Duration>,
}

/// Sends a lane's deliveries in order until one fails; `full` says that there are more than these.
///
/// One that a host has answered with 500 again and again is passed over, to see what becomes of the next: if
/// that arrives, the host is well, and the one is given up; if not, the host is ill, and nothing is lost.
pub(super) async fn work(round: Round, lane: Lane, deliveries: Vec<Delivery>, full: bool) {
    let mut arrived = false;
    let mut doubtful: Option<Failed> = None;
    for delivery in deliveries {
        if round.shutdown.is_cancelled() {
            break;
        }
        match attempt(&round, &delivery).instrument(span_of(&delivery)).await {
            Outcome::Delivered => {
                counter!("deliveries_total", "outcome" => "delivered").increment(1);
                span_of(&delivery).in_scope(
                    || debug!(host = %lane.host, delivery = delivery.id, "Delivered to {}", lane.host),
                );
                arrived = true;
                report(&round, Report::Done(delivery.id)).await;
                if let Some(Failed { delivery, why, .. }) = doubtful.take() {
                    give_up(&round, &lane, &delivery, &why).await;
                }
            }
            Outcome::Dropped(why) => give_up(&round, &lane, &delivery, &why).await,
            Outcome::Doubtful(why, asked) if doubtful.is_none() => {
                doubtful = Some(Failed { delivery, why, asked });
            }
            Outcome::Later(why, asked) | Outcome::Doubtful(why, asked) => {
                // The oldest failed first.
                let failed = doubtful.unwrap_or(Failed { delivery, why, asked });
                return let_rest(&round, lane, failed, arrived).await;
            }
        }
    }
    if let Some(failed) = doubtful {
        return let_rest(&round, lane, failed, arrived).await;
    }
    let lane = Free { host: lane.host, arrived };
    report(&round, Report::Through { lane, full, heard: round.heard }).await;
}

fn span_of(delivery: &Delivery) -> Span {
    info_span!("delivery", request_id = delivery.request_id.as_deref())
}

async fn give_up(round: &Round, lane: &Lane, delivery: &Delivery, why: &str) {
    counter!("deliveries_total", "outcome" => "dropped").increment(1);
    let host = &lane.host;
    span_of(delivery)
        .in_scope(|| warn!(%host, delivery = delivery.id, why, "A delivery to {host} was given up: {why}"));
    report(round, Report::Done(delivery.id)).await;
}

async fn let_rest(round: &Round, lane: Lane, failed: Failed, arrived: bool) {
    counter!("deliveries_total", "outcome" => "failed").increment(1);
    let Failed { delivery, why, asked } = failed;
    let failures = if arrived { 1 } else { lane.failures.saturating_add(1) };
    let pause = rest(failures, asked, rand::random());
    let (host, attempt) = (&lane.host, delivery.attempts + 1);
    span_of(&delivery).in_scope(|| {
        warn!(
            %host, delivery = delivery.id, attempt, failures, why,
            "A delivery to {host} failed, trying again in {} s: {why}", pause.as_secs()
        );
    });
    let (host, seconds) = (lane.host, pause.as_secs_f64());
    let failed = Rest { host, seconds, error: why, delivery: delivery.id, first: arrived };
    report(round, Report::Failed(failed)).await;
}

async fn report(round: &Round, report: Report) {
    // The settler ends after all lanes.
    let _ = round.reports.send(report).await;
}

/// Signs and sends one delivery.
async fn attempt(round: &Round, delivery: &Delivery) -> Outcome {
    let Some(body) = round.bodies.get(&delivery.activity_id) else {
        return Outcome::Dropped("its activity is gone".to_owned());
    };
    let url = match round.f.client.check_url(&delivery.inbox_url) {
        Ok(url) => url,
        Err(error) => return Outcome::Dropped(error.to_string()),
    };
    let (key_id, key) = match services::keys::signer(&round.f.app, delivery.account_id).await {
        Ok(signer) => signer,
        Err(services::Error::NotFound) => return Outcome::Dropped("its sender is gone".to_owned()),
        Err(error) => return Outcome::Later(format!("it could not be signed: {error}"), None),
    };
    let answer = round.f.client.post_signed(&url, body.clone(), &Signer::new(key_id, key)).await;
    judge(answer, delivery.attempts)
}
