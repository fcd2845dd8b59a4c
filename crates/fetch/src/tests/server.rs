//! A server that says what it is told to say, and keeps what it hears.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use bytes::Bytes;
use http::{HeaderMap, HeaderName};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

#[derive(Clone)]
pub(super) struct Heard {
    pub(super) method: String,
    pub(super) target: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

pub(super) struct Server {
    pub(super) address: SocketAddr,
    pub(super) heard: Arc<Mutex<Vec<Heard>>>,
    pub(super) connections: Arc<AtomicUsize>,
}

type Answer = dyn Fn(&Heard) -> Vec<u8> + Send + Sync;

impl Server {
    /// `answer` gives the bytes of each response; after an empty one the server falls silent.
    pub(super) async fn start(answer: impl Fn(&Heard) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            address: listener.local_addr().unwrap(),
            heard: Arc::default(),
            connections: Arc::default(),
        };
        let (heard, connections) = (server.heard.clone(), server.connections.clone());
        let answer: Arc<Answer> = Arc::new(answer);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                connections.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(converse(stream, answer.clone(), heard.clone()));
            }
        });
        server
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(super) fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }
}

async fn converse(mut stream: TcpStream, answer: Arc<Answer>, heard: Arc<Mutex<Vec<Heard>>>) {
    let mut received = Vec::new();
    loop {
        let start = loop {
            if let Some(end) = received.windows(4).position(|four| four == b"\r\n\r\n") {
                break String::from_utf8(received.drain(..end + 4).collect()).unwrap();
            }
            if !more(&mut stream, &mut received).await {
                return;
            }
        };
        let mut lines = start.lines();
        let mut first = lines.next().unwrap().split(' ').map(str::to_owned);
        let mut headers = HeaderMap::new();
        for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
            headers.append(HeaderName::try_from(name).unwrap(), value.parse().unwrap());
        }
        let length =
            headers.get("content-length").map_or(0, |value| value.to_str().unwrap().parse().unwrap());
        while received.len() < length && more(&mut stream, &mut received).await {}
        let body: Bytes = received.drain(..length).collect::<Vec<u8>>().into();
        let request = Heard { method: first.next().unwrap(), target: first.next().unwrap(), headers, body };
        heard.lock().unwrap().push(request.clone());
        let response = answer(&request);
        if response.is_empty() {
            std::future::pending::<()>().await;
        }
        if stream.write_all(&response).await.is_err() {
            return;
        }
    }
}

async fn more(stream: &mut TcpStream, received: &mut Vec<u8>) -> bool {
    let mut chunk = [0; 4096];
    match stream.read(&mut chunk).await {
        Ok(count) if count > 0 => {
            received.extend_from_slice(&chunk[..count]);
            true
        }
        _ => false,
    }
}

/// A response with these header lines and a `Content-Length`.
pub(super) fn reply(status: u16, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\n{headers}\r\n", body.len());
    [head.as_bytes(), body].concat()
}

pub(super) fn document(body: &str) -> Vec<u8> {
    reply(200, "Content-Type: application/activity+json; charset=utf-8\r\n", body.as_bytes())
}

pub(super) fn redirect(location: &str) -> Vec<u8> {
    reply(302, &format!("Location: {location}\r\n"), b"")
}
