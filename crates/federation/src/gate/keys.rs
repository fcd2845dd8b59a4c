//! Whose key is it: parsed keys at hand, then the database, then the owner's server.

use std::sync::Arc;
use std::time::Duration;

use db::AccountId;
use db::accounts::Account;
use db::actors::Actor;
use signatures::PublicKey;
use tokio::time::timeout;

use crate::error::Error;
use crate::fault::Fault;
use crate::fetching::{self, Budget, Turns};
use crate::{Federation, actors, json};

/// Parsed keys kept, and how long: a key that was changed by another process is noticed after that.
const KEYS: u64 = 10_000;
const KEPT: Duration = Duration::from_mins(10);
/// How often an actor is asked again because a signature did not fit, and how long a bad key is remembered.
const AGAIN: Duration = Duration::from_mins(5);
/// Keys fetched at a time, and how long a request waits for its turn and its key.
const IN_ALL: usize = 32;
const TURN: Duration = Duration::from_secs(3);
const PATIENCE: Duration = Duration::from_secs(11);

/// A key and whose it is.
#[derive(Clone, Debug)]
pub(crate) struct KeyOwner {
    pub(crate) key_id: String,
    /// The id of the actor.
    pub(crate) actor: String,
    pub(crate) account: AccountId,
    /// Whether we no longer listen to it.
    pub(crate) suspended: bool,
    pub(crate) key: PublicKey,
}

impl KeyOwner {
    fn of(account: &Account, actor: &Actor) -> Option<Self> {
        Some(Self {
            key_id: actor.key_id.clone(),
            actor: account.uri.clone(),
            account: account.id,
            suspended: account.suspended_at.is_some(),
            key: PublicKey::from_pem(&actor.public_key_pem).ok()?,
        })
    }
}

/// What an actor's server says after a signature did not fit.
#[derive(Clone, Debug)]
pub(crate) enum Refetched {
    /// This is its key now.
    Key(Arc<KeyOwner>),
    /// There is no such actor any more.
    Gone,
    /// No key could be had.
    Failed,
    /// Too many are asked already.
    Busy,
}

/// Keys at hand; clones share them.
#[derive(Clone, Debug)]
pub(crate) struct KeyCache {
    keys: moka::sync::Cache<String, Arc<KeyOwner>>,
    /// Key ids that led nowhere.
    bad: moka::sync::Cache<String, String>,
    /// By actor.
    refetched: moka::future::Cache<String, Refetched>,
    turns: Arc<Turns>,
    /// Hosts that were heard of within the last minute.
    heard: moka::sync::Cache<String, ()>,
}

impl KeyCache {
    pub(crate) fn new() -> Self {
        let kept = |time| moka::sync::Cache::builder().max_capacity(KEYS).time_to_live(time);
        Self {
            keys: kept(KEPT).build(),
            bad: moka::sync::Cache::builder().max_capacity(KEYS).time_to_live(AGAIN).build(),
            refetched: moka::future::Cache::builder().max_capacity(KEYS).time_to_live(AGAIN).build(),
            turns: Arc::new(Turns::new(IN_ALL, TURN)),
            heard: moka::sync::Cache::builder()
                .max_capacity(KEYS)
                .time_to_live(Duration::from_mins(1))
                .build(),
        }
    }

    /// The owner of a key, and whether it was known before (so that it may have changed).
    pub(crate) async fn find(&self, f: &Federation, key_id: &str) -> Result<(Arc<KeyOwner>, bool), Error> {
        if let Some(owner) = self.keys.get(key_id) {
            return Ok((owner, true));
        }
        let known = db::actors::find_by_key(&mut *f.app.conn().await?, key_id).await?;
        if let Some((account, actor)) = known.filter(|(account, _)| !account.is_local())
            && let Some(owner) = self.learn(&account, &actor)
        {
            return Ok((owner, true));
        }
        if let Some(why) = self.bad.get(key_id) {
            return Err(Error::Unauthorized(why));
        }
        let host = db::instances::host_of(key_id).unwrap_or_default();
        let fetched = self.turns.run(host, Box::pin(self.fetch_once(f, key_id))).await;
        Ok((fetched.ok_or(Error::Busy)??, false))
    }

    /// Puts a key where it will be looked for; none if it cannot be used.
    pub(crate) fn learn(&self, account: &Account, actor: &Actor) -> Option<Arc<KeyOwner>> {
        let Some(owner) = KeyOwner::of(account, actor) else {
            self.keys.invalidate(&actor.key_id);
            return None;
        };
        let owner = Arc::new(owner);
        self.keys.insert(actor.key_id.clone(), Arc::clone(&owner));
        Some(owner)
    }

    /// Asks for an actor again, once in a while and once for all who wait.
    pub(crate) async fn refetch(&self, f: &Federation, owner: &KeyOwner) -> Refetched {
        let ask = async {
            let host = db::instances::host_of(&owner.actor).unwrap_or_default();
            let budget = Budget::at_the_gate();
            let refresh = timeout(PATIENCE, fetching::refresh(f, &owner.actor, &budget));
            match self.turns.run(host, Box::pin(refresh)).await {
                Some(Ok(Ok((account, actor)))) => {
                    self.learn(&account, &actor).map_or(Refetched::Failed, Refetched::Key)
                }
                Some(Ok(Err(Fault::Gone))) => Refetched::Gone,
                Some(Ok(Err(fault))) => {
                    tracing::debug!(actor = owner.actor, "The key cannot be fetched again: {fault}");
                    Refetched::Failed
                }
                Some(Err(_)) => Refetched::Failed,
                None => Refetched::Busy,
            }
        };
        let refetched = self.refetched.get_with(owner.actor.clone(), Box::pin(ask)).await;
        if matches!(refetched, Refetched::Busy) {
            self.refetched.invalidate(&owner.actor).await;
        }
        refetched
    }

    /// Whether a host was not heard of for a minute; it counts as heard of from now on.
    pub(crate) fn is_news(&self, host: &str) -> bool {
        let news = !self.heard.contains_key(host);
        if news {
            self.heard.insert(host.to_owned(), ());
        }
        news
    }

    async fn fetch_once(&self, f: &Federation, key_id: &str) -> Result<Arc<KeyOwner>, Error> {
        // Whoever had the turn before may have asked for the same.
        if let Some(owner) = self.keys.get(key_id) {
            return Ok(owner);
        }
        if let Some(why) = self.bad.get(key_id) {
            return Err(Error::Unauthorized(why));
        }
        let fault = match timeout(PATIENCE, fetch(f, key_id)).await {
            Ok(Ok(owner)) => return Ok(owner),
            Ok(Err(fault)) => fault,
            Err(_) => Fault::odd("its server took too long"),
        };
        let why = format!("The key {key_id} cannot be had: {fault}");
        match fault {
            Fault::Temporary(error) if error.downcast_ref::<services::Error>().is_some() => {
                return Err(Error::Busy);
            }
            // That is remembered by its flight, and for a shorter time.
            Fault::Temporary(_) => {}
            Fault::Odd(_) | Fault::Gone => self.bad.insert(key_id.to_owned(), why.clone()),
        }
        Err(Error::Unauthorized(why))
    }
}

/// Fetches what a key id names: an actor, a stub of one at another address, or a bare key; its owner, on the
/// same host, must confirm it (7.22).
async fn fetch(f: &Federation, key_id: &str) -> Result<Arc<KeyOwner>, Fault> {
    let budget = Budget::at_the_gate();
    let first = fetching::get(f, json::without_fragment(key_id), &budget).await?;
    let whole = actors::is_actor(&first.body)
        && json::id(&first.body) == Some(&first.url)
        && json::web_link(&first.body, "inbox").is_some();
    let document = if whole {
        first.body
    } else {
        let owner = owner_of(&first.body).ok_or_else(|| Fault::odd("it names no owner"))?;
        if !json::same_origin(owner, key_id) {
            return Err(Fault::odd("its owner is on another host"));
        }
        fetching::document(f, owner, &budget).await?
    };
    if json::id(&document).is_none_or(|id| !json::same_origin(id, key_id)) {
        return Err(Fault::odd("its owner is on another host"));
    }
    let (account, actor) = fetching::ingest(f, &document, Some(key_id), None).await?;
    if actor.key_id != key_id {
        return Err(Fault::odd("its owner does not confirm it"));
    }
    f.keys.learn(&account, &actor).ok_or_else(|| Fault::odd("it is no RSA key of 2048 to 8192 bits"))
}

/// Whose key a document says it is.
fn owner_of(document: &serde_json::Value) -> Option<&str> {
    let inner = json::one(document, "publicKey");
    let named = |value| json::link(value, "owner").or_else(|| json::link(value, "controller"));
    inner.and_then(named).or_else(|| named(document)).or_else(|| json::id(document))
}

#[cfg(test)]
mod tests {
    use serde_json::json as value;

    use super::*;

    #[test]
    fn owners_are_found_in_stubs_and_keys() {
        for document in [
            value!({"id": "https://a.example/u", "type": "Person", "publicKey": {"id": "https://a.example/u/main-key", "owner": "https://a.example/u"}}),
            value!({"id": "https://a.example/u/main-key", "owner": "https://a.example/u", "publicKeyPem": "x"}),
            value!({"id": "https://a.example/k", "controller": {"id": "https://a.example/u"}}),
            value!({"id": "https://a.example/u"}),
        ] {
            assert_eq!(owner_of(&document), Some("https://a.example/u"), "{document}");
        }
        assert_eq!(owner_of(&value!({})), None);
    }

    #[test]
    fn a_host_is_news_once_a_minute() {
        let keys = KeyCache::new();
        assert!(keys.is_news("a.example") && !keys.is_news("a.example") && keys.is_news("b.example"));
    }
}
