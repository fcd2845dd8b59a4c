//! From a name to the addresses that may be connected to.
//!
//! The connector asks this resolver and connects to what it returns, so what was checked is what
//! is connected to, however often the name changes its mind.

use std::{
    collections::HashMap,
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{guard::Guard, registrable::registrable};

/// How long an answer is believed.
const LIFETIME: Duration = Duration::from_mins(1);
/// Most names remembered.
const MAX_NAMES: usize = 4096;
/// Most addresses of one name that are looked at and tried.
const MAX_ADDRESSES: usize = 32;
/// Most names asked for at once: each occupies a blocking thread, and a hostile name server may
/// take its time.
const MAX_LOOKUPS: usize = 64;
/// Most of them below one registrable domain, whose name server may be made to take its time for all.
const MAX_LOOKUPS_OF_DOMAIN: usize = 4;

/// Asks for the addresses of a name, blocking.
pub(crate) type Lookup = fn(&str) -> io::Result<Vec<IpAddr>>;

/// Asks the system, as its configuration says.
pub(crate) fn system(name: &str) -> io::Result<Vec<IpAddr>> {
    Ok((name, 0).to_socket_addrs()?.map(|address| address.ip()).collect())
}

type Known = HashMap<String, (Instant, Arc<[IpAddr]>)>;

#[derive(Clone)]
pub(crate) struct Resolver {
    guard: Guard,
    lookup: Lookup,
    known: Arc<Mutex<Known>>,
    lookups: Arc<Semaphore>,
    /// The turns of domains below which names are being asked for.
    domains: Arc<Mutex<HashMap<String, Arc<Semaphore>>>>,
}

impl Resolver {
    pub(crate) fn new(guard: Guard, lookup: Lookup) -> Self {
        let lookups = Arc::new(Semaphore::new(MAX_LOOKUPS));
        Self { guard, lookup, known: Arc::default(), lookups, domains: Arc::default() }
    }

    /// Waits until the name may be asked for: first among those of its domain, so that only few of them
    /// stand in line with all others.
    async fn turn(&self, name: &str) -> Result<[OwnedSemaphorePermit; 2], BoxError> {
        let domain = {
            let mut domains = self.domains.lock().unwrap_or_else(PoisonError::into_inner);
            domains.retain(|_, turns| Arc::strong_count(turns) > 1);
            let turns = || Arc::new(Semaphore::new(MAX_LOOKUPS_OF_DOMAIN));
            Arc::clone(domains.entry(registrable(name).to_owned()).or_insert_with(turns))
        };
        let of_domain = domain.acquire_owned().await?;
        Ok([of_domain, Arc::clone(&self.lookups).acquire_owned().await?])
    }

    async fn addresses(self, name: String) -> Result<Arc<[IpAddr]>, BoxError> {
        if self.guard.local_names && (name == "localhost" || name.ends_with(".localhost")) {
            return Ok(Arc::new([Ipv4Addr::LOCALHOST.into()]));
        }
        if let Some(addresses) = self.recall(&name) {
            return Ok(addresses);
        }
        let turn = self.turn(&name).await?;
        let (lookup, asked) = (self.lookup, name.clone());
        let answer = tokio::task::spawn_blocking(move || {
            let answer = lookup(&asked);
            drop(turn);
            answer
        });
        let addresses = screened(answer.await??, self.guard)?;
        self.remember(name, addresses.clone());
        Ok(addresses)
    }

    fn recall(&self, name: &str) -> Option<Arc<[IpAddr]>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known
            .get(name)
            .filter(|(since, _)| since.elapsed() < LIFETIME)
            .map(|(_, addresses)| addresses.clone())
    }

    fn remember(&self, name: String, addresses: Arc<[IpAddr]>) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_NAMES {
            known.retain(|_, (since, _)| since.elapsed() < LIFETIME);
        }
        if known.len() < MAX_NAMES {
            known.insert(name, (Instant::now(), addresses));
        }
    }
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// One forbidden address condemns the whole answer: an honest name has none.
fn screened(answer: Vec<IpAddr>, guard: Guard) -> Result<Arc<[IpAddr]>, BoxError> {
    for &address in &answer {
        (guard.permits)(address)?;
    }
    if answer.is_empty() {
        return Err("the name has no address".into());
    }
    Ok(answer.into_iter().take(MAX_ADDRESSES).collect())
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let addresses = self.clone().addresses(name.as_str().to_ascii_lowercase());
        Box::pin(async move {
            let list: Vec<SocketAddr> =
                addresses.await?.iter().map(|&address| SocketAddr::new(address, 0)).collect();
            Ok(Box::new(list.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::Refusal;

    static ASKED: AtomicUsize = AtomicUsize::new(0);

    fn fake(name: &str) -> io::Result<Vec<IpAddr>> {
        let texts: &[&str] = match name {
            "good.example" => &["9.9.9.9", "2620:fe::fe"],
            "mixed.example" => &["9.9.9.9", "127.0.0.1"],
            "metadata.example" => &["::ffff:169.254.169.254"],
            "rebinding.example" if ASKED.fetch_add(1, Ordering::SeqCst) == 0 => &["9.9.9.9"],
            "rebinding.example" => &["127.0.0.1"],
            "localhost" => &["127.0.0.1", "::1"],
            "empty.example" => &[],
            _ => return Err(io::ErrorKind::NotFound.into()),
        };
        Ok(texts.iter().map(|text| text.parse().unwrap()).collect())
    }

    async fn ask(resolver: &Resolver, name: &str) -> Result<Vec<String>, BoxError> {
        let addresses = resolver.resolve(name.parse().unwrap()).await?;
        Ok(addresses.map(|address| address.ip().to_string()).collect())
    }

    #[tokio::test]
    async fn one_forbidden_address_is_enough() {
        let resolver = Resolver::new(Guard::new(false), fake);
        assert_eq!(ask(&resolver, "Good.example").await.unwrap(), ["9.9.9.9", "2620:fe::fe"]);
        for name in ["mixed.example", "metadata.example", "localhost"] {
            let error = ask(&resolver, name).await.unwrap_err();
            assert!(error.downcast_ref::<Refusal>().is_some(), "{name}: {error}");
        }
        assert!(ask(&resolver, "empty.example").await.is_err());
    }

    #[tokio::test]
    async fn a_second_answer_is_checked_like_the_first() {
        let resolver = Resolver::new(Guard::new(false), fake);
        assert_eq!(ask(&resolver, "rebinding.example").await.unwrap(), ["9.9.9.9"]);
        // Remembered, and so the same.
        assert_eq!(ask(&resolver, "rebinding.example").await.unwrap(), ["9.9.9.9"]);
        resolver.known.lock().unwrap().clear();
        assert!(ask(&resolver, "rebinding.example").await.is_err());
    }

    #[tokio::test]
    async fn local_names_in_development() {
        let resolver = Resolver::new(Guard::new(true), fake);
        assert_eq!(ask(&resolver, "b.localhost").await.unwrap(), ["127.0.0.1"]);
        assert_eq!(ask(&resolver, "localhost").await.unwrap(), ["127.0.0.1"]);
        assert!(ask(&resolver, "localhost.example").await.is_err());
    }

    #[tokio::test]
    async fn a_slow_name_server_holds_few_turns() {
        let resolver = Resolver::new(Guard::new(false), fake);
        let mut held = Vec::new();
        for number in 0..MAX_LOOKUPS_OF_DOMAIN {
            held.push(resolver.turn(&format!("h{number}.slow.example")).await.unwrap());
        }
        let wait = std::time::Duration::from_millis(20);
        assert!(tokio::time::timeout(wait, resolver.turn("another.slow.example")).await.is_err());
        assert_eq!(ask(&resolver, "good.example").await.unwrap().len(), 2);
        held.clear();
        assert!(resolver.turn("another.slow.example").await.is_ok());
        assert!(resolver.domains.lock().unwrap().len() <= 2);
    }

    #[test]
    fn the_memory_is_bounded() {
        let resolver = Resolver::new(Guard::new(false), fake);
        let address: Arc<[IpAddr]> = Arc::new([Ipv4Addr::LOCALHOST.into()]);
        for number in 0..=MAX_NAMES {
            resolver.remember(format!("{number}.example"), address.clone());
        }
        assert_eq!(resolver.known.lock().unwrap().len(), MAX_NAMES);
    }
}
