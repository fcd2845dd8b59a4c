//! The servers around: each a loopback address of its own, all on one port.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use bytes::Bytes;
use serde_json::json;
use signatures::PrivateKey;
use tokio::net::TcpListener;

/// Hosts of accounts that the reader follows.
pub(crate) const WRITERS: u8 = 50;
/// Hosts of accounts that follow the broadcaster.
pub(crate) const FOLLOWERS: u8 = 200;

/// Below the ports that the system gives to outgoing connections.
const PORTS: std::ops::Range<u16> = 20_000..32_000;
const ACTIVITY_JSON: &str = "application/activity+json";

/// Writers at 127.0.10.1 to 127.0.10.50, followers at 127.0.20.1 to 127.0.20.200; all sign with one key.
#[derive(Clone)]
pub(crate) struct Remotes {
    pub(crate) port: u16,
    pub(crate) key: PrivateKey,
    pub(crate) public_pem: Arc<str>,
    arrivals: Arc<Mutex<Vec<Instant>>>,
}

impl Remotes {
    /// Begins to answer on all addresses.
    pub(crate) async fn start() -> Result<Self> {
        let key = tokio::task::spawn_blocking(PrivateKey::generate).await??;
        let public_pem = key.public_pem()?.into();
        let (port, listeners) = listen().await?;
        let remotes = Self { port, key, public_pem, arrivals: Arc::default() };
        let routes = Router::new()
            .route("/users/{name}", get(actor))
            .route("/inbox", post(inbox))
            .route("/users/{name}/inbox", post(inbox))
            .with_state(remotes.clone());
        for listener in listeners {
            let routes = routes.clone();
            tokio::spawn(async move { axum::serve(listener, routes).await });
        }
        Ok(remotes)
    }

    /// `127.0.10.7:port`.
    pub(crate) fn writer_host(&self, number: u8) -> String {
        format!("{}:{}", writer(number), self.port)
    }

    /// Waits for so many arrivals in the inboxes since [`Remotes::forget`], and says when each came.
    pub(crate) async fn wait_for(&self, count: usize, patience: Duration) -> Result<Vec<Instant>> {
        let begun = Instant::now();
        loop {
            let arrived = self.lock().len();
            if arrived >= count {
                return Ok(self.lock().clone());
            }
            if begun.elapsed() > patience {
                bail!("only {arrived} of {count} deliveries arrived within {patience:?}");
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Begins to count anew.
    pub(crate) fn forget(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Instant>> {
        self.arrivals.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn writer(number: u8) -> Ipv4Addr {
    Ipv4Addr::new(127, 0, 10, number)
}

fn follower(number: u8) -> Ipv4Addr {
    Ipv4Addr::new(127, 0, 20, number)
}

/// A port that is free on all addresses, with a listener on each.
async fn listen() -> Result<(u16, Vec<TcpListener>)> {
    let addresses: Vec<Ipv4Addr> = (1..=WRITERS).map(writer).chain((1..=FOLLOWERS).map(follower)).collect();
    'ports: for port in PORTS.step_by(37) {
        let mut listeners = Vec::with_capacity(addresses.len());
        for address in &addresses {
            match TcpListener::bind(SocketAddrV4::new(*address, port)).await {
                Ok(listener) => listeners.push(listener),
                Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => continue 'ports,
                Err(error) => return Err(error).with_context(|| format!("cannot listen at {address}")),
            }
        }
        return Ok((port, listeners));
    }
    bail!("no port is free on all loopback addresses")
}

async fn actor(
    State(remotes): State<Remotes>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<impl IntoResponse, StatusCode> {
    let host =
        headers.get(header::HOST).and_then(|host| host.to_str().ok()).ok_or(StatusCode::BAD_REQUEST)?;
    let id = format!("http://{host}/users/{name}");
    let document = json!({
        "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
        "id": id, "type": "Person", "preferredUsername": name,
        "inbox": format!("{id}/inbox"), "outbox": format!("{id}/outbox"),
        "followers": format!("{id}/followers"),
        "endpoints": { "sharedInbox": format!("http://{host}/inbox") },
        "publicKey": { "id": format!("{id}#main-key"), "owner": id, "publicKeyPem": &*remotes.public_pem },
    });
    Ok(([(header::CONTENT_TYPE, ACTIVITY_JSON)], document.to_string()))
}

/// The body is taken whole, as a real server would.
async fn inbox(State(remotes): State<Remotes>, _: Bytes) -> StatusCode {
    remotes.lock().push(Instant::now());
    StatusCode::ACCEPTED
}
