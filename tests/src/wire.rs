//! How many queries a request costs, counted on the wire between server and PostgreSQL.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};

use crate::Database;

/// What a client sends to run a statement: Execute of the extended protocol, Query of the simple one
/// (PostgreSQL manual, 55.7). Parsing and describing a statement for the first time is not counted.
const RUNS: [u8; 2] = [b'E', b'Q'];

/// A socket in front of PostgreSQL's that counts.
#[derive(Debug)]
pub struct QueryCounter {
    folder: TempDir,
    database: String,
    count: Arc<AtomicUsize>,
}

impl QueryCounter {
    /// In front of a database.
    pub fn start(database: &Database) -> Self {
        let folder = tempfile::tempdir().expect("there is a place for temporary files");
        let socket = UnixListener::bind(folder.path().join(".s.PGSQL.5432")).expect("a socket can be made");
        let behind = database.socket_folder().join(".s.PGSQL.5432");
        let count = Arc::new(AtomicUsize::new(0));
        tokio::spawn(accept(socket, behind, Arc::clone(&count)));
        Self { folder, database: database.name().to_owned(), count }
    }

    /// The address for a server whose queries are to be counted.
    pub fn url(&self) -> String {
        format!("postgres://stoa@/{}?host={}", self.database, self.folder.path().display())
    }

    /// Statements run since the last time this was asked.
    pub fn take(&self) -> usize {
        self.count.swap(0, Ordering::SeqCst)
    }
}

async fn accept(socket: UnixListener, behind: PathBuf, count: Arc<AtomicUsize>) {
    while let Ok((client, _)) = socket.accept().await {
        let (behind, count) = (behind.clone(), Arc::clone(&count));
        tokio::spawn(async move {
            // The end of a connection is everyday.
            let _ = forward(client, behind, &count).await;
        });
    }
}

async fn forward(client: UnixStream, behind: PathBuf, count: &AtomicUsize) -> io::Result<()> {
    let server = UnixStream::connect(behind).await?;
    let ((mut from_client, mut to_client), (mut from_server, mut to_server)) =
        (client.into_split(), server.into_split());
    let answers = tokio::spawn(async move { tokio::io::copy(&mut from_server, &mut to_client).await });
    // The first message has no type.
    let length = from_client.read_u32().await?;
    pass_on(&mut from_client, &mut to_server, &[], length).await?;
    loop {
        let kind = from_client.read_u8().await?;
        let length = from_client.read_u32().await?;
        if RUNS.contains(&kind) {
            count.fetch_add(1, Ordering::SeqCst);
        }
        pass_on(&mut from_client, &mut to_server, &[kind], length).await?;
        if kind == b'X' {
            return answers.await?.map(|_| ());
        }
    }
}

/// Passes a message on; its length counts itself.
async fn pass_on(
    from: &mut (impl AsyncReadExt + Unpin),
    to: &mut (impl AsyncWriteExt + Unpin),
    kind: &[u8],
    length: u32,
) -> io::Result<()> {
    let rest = length.checked_sub(4).ok_or(io::ErrorKind::InvalidData)?;
    let mut message = [kind, &length.to_be_bytes()].concat();
    let head = message.len();
    message.resize(head + rest as usize, 0);
    from.read_exact(&mut message[head..]).await?;
    to.write_all(&message).await
}
