//! The socket, and how it closes in order.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tower::{ServiceExt, service_fn};
use tracing::{debug, info, warn};

use crate::health::Health;
use crate::http::{Surroundings, without_last_slash};

/// A request's head must be there by then; a connection kept open may be silent for as long.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
const MAX_HEADERS: usize = 100;
/// Bytes of a request's head, and of what is read ahead.
const MAX_BUFFER: usize = 64 * 1024;
/// More wait in the backlog of the socket.
const MAX_CONNECTIONS: usize = 10_000;
/// How long all of the closing may take.
pub(crate) const GRACE: Duration = Duration::from_secs(20);

/// Answers until `shutdown`. Then the process is not ready any more, but goes on answering (who balances the
/// load must be able to see that) until what has begun is finished; and closes, within [`GRACE`] in all.
pub(crate) async fn serve(
    listener: TcpListener,
    routes: Router,
    around: Surroundings,
    health: Health,
    shutdown: CancellationToken,
) {
    let server = Server {
        routes,
        connections: GracefulShutdown::new(),
        places: Arc::new(Semaphore::new(MAX_CONNECTIONS)),
    };
    if shutdown.run_until_cancelled(server.accept(&listener)).await.is_some() {
        return;
    }
    health.drain();
    let deadline = Instant::now() + GRACE;
    let drained = tokio::time::timeout(GRACE / 2, server.accept_until_idle(&listener, &around)).await;
    drop(listener);
    if drained.is_err() {
        info!("{} requests are still being answered", around.in_flight());
    }
    if tokio::time::timeout_at(deadline, server.connections.shutdown()).await.is_err() {
        warn!("Some connections did not end in time and are closed");
    }
}

struct Server {
    routes: Router,
    connections: GracefulShutdown,
    places: Arc<Semaphore>,
}

impl Server {
    /// Takes connections, for ever.
    async fn accept(&self, listener: &TcpListener) -> Infallible {
        loop {
            let place =
                Arc::clone(&self.places).acquire_owned().await.expect("the semaphore is never closed");
            match listener.accept().await {
                Ok((stream, peer)) => {
                    let serving = self.connection(stream, peer);
                    tokio::spawn(async move {
                        // Peers that vanish or send nonsense are everyday.
                        if let Err(error) = serving.await {
                            debug!("A connection ended early: {error}");
                        }
                        drop(place);
                    });
                }
                Err(error) if is_the_peers(&error) => {}
                Err(error) => {
                    warn!("Connections cannot be accepted at the moment: {error}");
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
            }
        }
    }

    /// Takes connections until no request is being answered.
    async fn accept_until_idle(&self, listener: &TcpListener, around: &Surroundings) {
        let idle = async {
            while around.in_flight() > 0 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::select! {
            () = idle => {}
            never = self.accept(listener) => match never {},
        }
    }

    fn connection(
        &self,
        stream: TcpStream,
        peer: std::net::SocketAddr,
    ) -> impl Future<Output = Result<(), Box<dyn std::error::Error + Send + Sync>>> + Send + use<> {
        // Answers are written whole; waiting to fill a packet only delays them.
        let _ = stream.set_nodelay(true);
        let routes = self.routes.clone();
        let service = service_fn(move |request: Request<Incoming>| {
            let mut request = without_last_slash(request).map(axum::body::Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            routes.clone().oneshot(request)
        });
        let mut builder = Builder::new(TokioExecutor::new()).http1_only();
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIMEOUT)
            .max_headers(MAX_HEADERS)
            .max_buf_size(MAX_BUFFER);
        let service = TowerToHyperService::new(service);
        let connection = builder.serve_connection_with_upgrades(TokioIo::new(stream), service).into_owned();
        self.connections.watch(connection)
    }
}

/// Errors of one connection, not of the socket.
fn is_the_peers(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
