//! Live updates: how soon they are told, to how many, and what it costs to wait for them.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use futures::StreamExt;
use tests::Client;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use crate::operations::{Cost, batch, publish};
use crate::processes::Memory;
use crate::stand::Stand;

/// Accounts here that all follow the speaker.
const LISTENERS: usize = 1_000;
/// Connections that wait; an account may have ten.
const WAITING: usize = 10_000;
/// Posts that go to all listeners.
const POSTS: usize = 20;
/// Posts of which one follower is told.
const TOLD: usize = 200;
const PATIENCE: Duration = Duration::from_secs(30);
/// Connections that are opened at once.
const AT_ONCE: usize = 16;

/// What was measured.
pub(crate) struct Streams {
    /// Of a post until its author's only follower here is told of it.
    pub(crate) only: Cost,
    /// Of a post until one of 1,000 followers is.
    pub(crate) one: Cost,
    /// Of a post until each of all listeners is; counted by posts.
    pub(crate) all: Cost,
    /// Until the last listener is told, in order of length.
    pub(crate) last: Vec<Duration>,
    /// Before and while so many connections wait.
    pub(crate) waiting: usize,
    pub(crate) before: Memory,
    pub(crate) during: Memory,
}

type Socket = WebSocketStream<TcpStream>;

/// Listeners who follow the speaker, with tokens that are known.
fn listeners() -> String {
    format!(
        "INSERT INTO accounts (username, uri) SELECT 'listener' || n, 'http://listener/users/' || n \
         FROM generate_series(1, {LISTENERS}) n; \
         INSERT INTO users (account_id, email, password_hash, confirmed_at, approved_at, last_active_on) \
         SELECT id, username || '@example.org', '', now(), now(), current_date FROM accounts \
         WHERE username LIKE 'listener%' AND domain IS NULL; \
         INSERT INTO access_tokens (token_hash, application_id, user_id, scopes, last_used_on) \
         SELECT sha256(a.username::bytea), (SELECT max(application_id) FROM access_tokens), u.id, 'read', \
         current_date FROM users u JOIN accounts a ON a.id = u.account_id WHERE a.username LIKE 'listener%'; \
         INSERT INTO follows (account_id, target_account_id) SELECT a.id, s.id FROM accounts a, accounts s \
         WHERE a.username LIKE 'listener%' AND s.username = 'speaker' AND s.domain IS NULL; \
         ANALYZE accounts; ANALYZE users; ANALYZE access_tokens; ANALYZE follows"
    )
}

/// Measures all of it.
pub(crate) async fn measure(stand: &Stand) -> Result<Streams> {
    let reader = stand.people[0].token().context("the reader has a token")?;
    let name = "post until its only follower here is told";
    let only = told(stand, name, reader, &stand.people[1]).await?;
    stand.execute(&listeners()).await?;
    let name = "post until a follower is told (1,000 followers, 1 listens)";
    let one = told(stand, name, "listener1", &stand.people[3]).await?;
    let (all, last) = all(stand).await?;
    let (waiting, before, during) = waiting(stand).await?;
    Ok(Streams { only, one, all, last, waiting, before, during })
}

async fn connect(stand: &Stand, token: &str) -> Result<Socket> {
    let authority = stand.url().strip_prefix("http://").context("the server has an address")?;
    let stream = TcpStream::connect(authority).await?;
    stream.set_nodelay(true)?;
    let config = WebSocketConfig::default().read_buffer_size(1024).write_buffer_size(0);
    let address = format!("ws://{authority}/api/v1/streaming?stream=user&access_token={token}");
    Ok(client_async_with_config(address, stream, Some(config)).await?.0)
}

/// So many connections, those of one account after those of another.
async fn connect_many(stand: &Stand, count: usize) -> Result<Vec<Socket>> {
    let connecting = futures::stream::iter(0..count)
        .map(async |number| connect(stand, &format!("listener{}", number % LISTENERS + 1)).await)
        .buffer_unordered(AT_ONCE);
    connecting.collect::<Vec<_>>().await.into_iter().collect()
}

/// Reads for ever, and says when an update came.
async fn listen(mut socket: Socket, told: mpsc::UnboundedSender<Instant>) {
    while let Some(Ok(message)) = socket.next().await {
        if matches!(message, Message::Text(text) if text.contains("\"event\":\"update\"")) {
            let _ = told.send(Instant::now());
        }
    }
}

/// Posts by somebody, of whom the one with this token hears.
async fn told(stand: &Stand, name: &'static str, token: &str, by: &Client) -> Result<Cost> {
    let (told, mut news) = mpsc::unbounded_channel();
    let mut tasks = JoinSet::new();
    tasks.spawn(listen(connect(stand, token).await?, told));
    batch(stand, name, TOLD, async |number| {
        publish(by, number).await?;
        tokio::time::timeout(PATIENCE, news.recv()).await?.context("the stream was closed")?;
        Ok(())
    })
    .await
}

async fn all(stand: &Stand) -> Result<(Cost, Vec<Duration>)> {
    let (told, mut news) = mpsc::unbounded_channel();
    let mut tasks = JoinSet::new();
    for socket in connect_many(stand, LISTENERS).await? {
        tasks.spawn(listen(socket, told.clone()));
    }
    let before = stand.settled().await?;
    let (mut walls, mut last) = (Vec::new(), Vec::new());
    for number in 0..POSTS {
        let begun = Instant::now();
        publish(&stand.people[3], number).await?;
        for _ in 0..LISTENERS {
            let at = tokio::time::timeout(PATIENCE, news.recv()).await?.context("the streams were closed")?;
            walls.push(at.duration_since(begun));
        }
        last.push(begun.elapsed());
    }
    let cpu = stand.settled().await? - before;
    ensure!(news.try_recv().is_err(), "somebody was told twice");
    walls.sort_unstable();
    last.sort_unstable();
    let name = "post until all of 1,000 listening followers are told";
    Ok((Cost { name, count: POSTS, cpu, walls }, last))
}

async fn waiting(stand: &Stand) -> Result<(usize, Memory, Memory)> {
    stand.settled().await?;
    let before = stand.processes()?.memory()?;
    let sockets = connect_many(stand, WAITING).await?;
    stand.settled().await?;
    let during = stand.processes()?.memory()?;
    Ok((sockets.len(), before, during))
}
