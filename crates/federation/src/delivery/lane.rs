//! One lane: the deliveries for one host, one after the other.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use db::deliveries::{Delivery, Free, Lane, Rest};
use db::ids::ActivityId;
use fetch::Signer;
use metrics::counter;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, debug, info_span, warn};

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

/// Sends a lane's deliveries in order until one fails; `full` says that there are more than these.
pub(super) async fn work(round: Round, lane: Lane, deliveries: Vec<Delivery>, full: bool) {
    let mut arrived = false;
    for delivery in deliveries {
        if round.shutdown.is_cancelled() {
            break;
        }
        let span = info_span!("delivery", request_id = delivery.request_id.as_deref());
        match attempt(&round, &delivery).instrument(span.clone()).await {
            Outcome::Delivered => {
                counter!("deliveries_total", "outcome" => "delivered").increment(1);
                span.in_scope(
                    || debug!(host = %lane.host, delivery = delivery.id, "Delivered to {}", lane.host),
                );
                arrived = true;
                report(&round, Report::Done(delivery.id)).await;
            }
            Outcome::Dropped(why) => {
                counter!("deliveries_total", "outcome" => "dropped").increment(1);
                let host = &lane.host;
                span.in_scope(
                    || warn!(%host, delivery = delivery.id, why, "A delivery to {host} was given up: {why}"),
                );
                report(&round, Report::Done(delivery.id)).await;
            }
            Outcome::Later(why, asked) => {
                counter!("deliveries_total", "outcome" => "failed").increment(1);
                let failures = if arrived { 1 } else { lane.failures.saturating_add(1) };
                let pause = rest(failures, asked, rand::random());
                let (host, attempt) = (&lane.host, delivery.attempts + 1);
                span.in_scope(|| {
                    warn!(
                        %host, delivery = delivery.id, attempt, failures, why,
                        "A delivery to {host} failed, trying again in {} s: {why}", pause.as_secs()
                    );
                });
                let failed = Rest {
                    host: lane.host.clone(),
                    seconds: pause.as_secs_f64(),
                    error: why,
                    delivery: delivery.id,
                    first: arrived,
                };
                report(&round, Report::Failed(failed)).await;
                return;
            }
        }
    }
    let lane = Free { host: lane.host, arrived };
    report(&round, Report::Through { lane, full, heard: round.heard }).await;
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
