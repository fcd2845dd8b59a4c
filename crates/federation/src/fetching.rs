//! Asking other servers for documents: signed by the instance actor, one flight for each address, failures
//! remembered, never more than the trigger's budget, and nothing believed that does not speak for its own id
//! (federation 3, 35.5).

mod actors;
mod polls;
mod quotes;
mod statuses;
mod turns;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use db::AccountId;
use moka::Expiry;
use serde_json::Value;
use tokio::sync::OnceCell;

use crate::fault::Fault;
use crate::{Federation, json};

pub(crate) use actors::{actor, ingest, refresh};
pub use polls::refresh_poll;
pub(crate) use quotes::check_approval;
pub use quotes::{VerifyQuote, verify_quote};
pub use statuses::{FetchThread, fetch_thread};
pub(crate) use statuses::{ingest_status, known_status, status};
pub(crate) use turns::Turns;

/// Documents fetched because of one trigger, and how long that may take.
const FETCHES: u32 = 50;
const PATIENCE: Duration = Duration::from_secs(30);
/// Requests to all hosts at a time, and how long one waits for its turn.
const IN_ALL: usize = 64;
const TURN: Duration = Duration::from_secs(15);
/// How long a failure is remembered: what another try cannot mend, and what it may.
const FAILED: Duration = Duration::from_mins(5);
const FALTERED: Duration = Duration::from_secs(30);

/// What one trigger (an activity, a search) may cost. Clones draw on the same budget.
#[derive(Clone, Debug)]
pub(crate) struct Budget {
    left: Arc<(AtomicU32, Instant)>,
    /// Whether who spends it has its turn already.
    has_turn: bool,
}

impl Budget {
    pub(crate) fn new() -> Self {
        let left = Arc::new((AtomicU32::new(FETCHES), Instant::now() + PATIENCE));
        Self { left, has_turn: false }
    }

    /// For a key that somebody waits for at the gate, where turns are given too: what goes on behind must not
    /// keep it waiting.
    pub(crate) fn at_the_gate() -> Self {
        Self { has_turn: true, ..Self::new() }
    }

    fn take(&self) -> Result<(), Fault> {
        let left = self.left.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        if left.is_err() || Instant::now() > self.left.1 {
            return Err(Fault::odd("too much would have to be fetched for this"));
        }
        Ok(())
    }
}

/// A document and where it was in the end.
#[derive(Debug)]
pub(crate) struct Fetched {
    pub(crate) url: String,
    pub(crate) body: Value,
}

type Answer = Arc<Result<Fetched, Fault>>;

/// What is being asked for, and what could not be had lately.
#[derive(Debug)]
pub(crate) struct Flights {
    answers: moka::future::Cache<String, Answer>,
    turns: Turns,
    asker: OnceCell<AccountId>,
}

impl Default for Flights {
    fn default() -> Self {
        Self {
            answers: moka::future::Cache::builder().max_capacity(10_000).expire_after(Memory).build(),
            turns: Turns::new(IN_ALL, TURN),
            asker: OnceCell::new(),
        }
    }
}

struct Memory;

impl Expiry<String, Answer> for Memory {
    fn expire_after_create(&self, _: &String, answer: &Answer, _: Instant) -> Option<Duration> {
        Some(match **answer {
            // Only for those who waited for it.
            Ok(_) => Duration::from_millis(1),
            Err(Fault::Temporary(_)) => FALTERED,
            Err(_) => FAILED,
        })
    }
}

/// GETs what is at an address; who asks for the same meanwhile gets the same answer. The document may claim
/// any id.
pub(crate) async fn get(f: &Federation, url: &str, budget: &Budget) -> Result<Fetched, Fault> {
    let url = f.client.check_url(url)?;
    let address = url.as_url().as_str().to_owned();
    if f.app.urls.is_ours(&address) {
        return Err(Fault::odd("what is ours is not fetched"));
    }
    budget.take()?;
    let flight = async { Arc::new(fetch(f, &url, budget.has_turn).await) };
    let answer = f.flights.answers.get_with(address.clone(), Box::pin(flight)).await;
    if answer.is_ok() {
        f.flights.answers.invalidate(&address).await;
    }
    match Arc::try_unwrap(answer) {
        Ok(answer) => answer,
        Err(shared) => match &*shared {
            Ok(fetched) => Ok(Fetched { url: fetched.url.clone(), body: fetched.body.clone() }),
            Err(fault) => Err(fault.again()),
        },
    }
}

async fn fetch(f: &Federation, url: &fetch::RemoteUrl, has_turn: bool) -> Result<Fetched, Fault> {
    let host = check_host(f, url).await?;
    let signer = signer(f).await?;
    let asking = f.client.get_activity(url, Some(&signer));
    let document = if has_turn {
        asking.await?
    } else {
        let answer = f.flights.turns.run(&host, asking).await;
        answer.ok_or_else(|| Fault::Temporary(anyhow::anyhow!("too much is being fetched already")))??
    };
    if document.url != *url {
        check_host(f, &document.url).await?;
    }
    let mut body = document.body;
    json::strip_nul(&mut body);
    Ok(Fetched { url: document.url.as_url().as_str().to_owned(), body })
}

/// The host of an address, if we talk to it.
pub(crate) async fn check_host(f: &Federation, url: &fetch::RemoteUrl) -> Result<String, Fault> {
    let host = db::instances::host_of(url.as_url().as_str()).unwrap_or_default();
    if db::instances::is_blocked(&mut *f.app.conn().await?, host).await? {
        return Err(Fault::odd("its host is blocked"));
    }
    Ok(host.to_owned())
}

/// The instance actor, in whose name everything is asked for.
async fn signer(f: &Federation) -> Result<fetch::Signer, Fault> {
    let asker = f.flights.asker.get_or_try_init(async || {
        let found = db::accounts::instance_actor(&mut *f.app.conn().await?).await?;
        let missing = || Fault::Temporary(anyhow::anyhow!("the instance has no actor of its own"));
        found.map(|actor| actor.id).ok_or_else(missing)
    });
    let (key_id, key) = services::keys::signer(&f.app, *asker.await?).await?;
    Ok(fetch::Signer::new(key_id, key))
}

/// The document with this id, or the one that the address leads to: its id is where it was found, or it was
/// asked for again by that id, on the same host (3.4).
pub(crate) async fn document(f: &Federation, id: &str, budget: &Budget) -> Result<Value, Fault> {
    let first = get(f, id, budget).await?;
    let named = json::id(&first.body).ok_or_else(|| Fault::odd("the document has no id"))?.to_owned();
    if f.app.urls.is_ours(&named) {
        return Err(Fault::odd("the document claims to be ours"));
    }
    if is_at(f, &named, &first.url) {
        return Ok(first.body);
    }
    if !json::same_origin(&named, &first.url) {
        return Err(Fault::odd("the document's id is on another host"));
    }
    let second = get(f, &named, budget).await?;
    if json::id(&second.body) == Some(&named) && is_at(f, &named, &second.url) {
        return Ok(second.body);
    }
    Err(Fault::odd("the document is not where its id says"))
}

fn is_at(f: &Federation, id: &str, url: &str) -> bool {
    id == url || f.client.check_url(id).is_ok_and(|checked| checked.as_url().as_str() == url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_shared_and_ends() {
        let budget = Budget::new();
        let other = budget.clone();
        let taken = (0..100).filter(|n| if n % 2 == 0 { &budget } else { &other }.take().is_ok()).count();
        assert_eq!(taken, 50);
    }
}
