//! Listening over both transports.

use futures::{SinkExt, StreamExt};
use http::header::SEC_WEBSOCKET_PROTOCOL;
use http::{HeaderValue, Method, StatusCode};
use serde_json::{Value, json};
use tests::{Instance, PATIENCE, User};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// Somebody who listens.
pub(crate) struct Listener(pub(crate) WebSocketStream<MaybeTlsStream<TcpStream>>);

/// What became of an attempt to listen.
pub(crate) type Opened = Result<(Listener, Option<HeaderValue>), StatusCode>;

impl Listener {
    pub(crate) async fn open(instance: &Instance, query: &str, protocol: Option<&str>) -> Opened {
        let address = format!("ws://{}/api/v1/streaming{query}", instance.domain);
        let mut request = address.into_client_request().unwrap();
        if let Some(protocol) = protocol {
            request.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, protocol.parse().unwrap());
        }
        match connect_async(request).await {
            Ok((socket, answer)) => Ok((Self(socket), answer.headers().get(SEC_WEBSOCKET_PROTOCOL).cloned())),
            Err(Error::Http(answer)) => Err(answer.status()),
            Err(error) => panic!("no answer: {error}"),
        }
    }

    /// Listens to a stream; the socket answers a wrong command, so that all before it was obeyed.
    pub(crate) async fn to(instance: &Instance, user: &User, streams: &[Value]) -> Self {
        let query = format!("?access_token={}", user.token);
        let (mut listener, _) = Self::open(instance, &query, None).await.unwrap();
        for stream in streams {
            let mut command = stream.clone();
            command["type"] = json!("subscribe");
            listener.say(&command).await;
        }
        listener.say(&json!({ "type": "subscribe", "stream": "no such stream" })).await;
        let answer = listener.next().await.expect("an answer to a wrong command");
        assert!(answer["error"].is_string(), "{answer}");
        listener
    }

    pub(crate) async fn say(&mut self, command: &Value) {
        self.0.send(Message::text(command.to_string())).await.unwrap();
    }

    /// The next thing told; `None` when the connection is closed.
    pub(crate) async fn next(&mut self) -> Option<Value> {
        let within = tokio::time::timeout(PATIENCE, async {
            loop {
                match self.0.next().await {
                    Some(Ok(Message::Text(text))) => return Some(serde_json::from_str(&text).unwrap()),
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
                    Some(Ok(_)) => {}
                }
            }
        });
        within.await.expect("something is told")
    }

    /// Events up to the first of this type, which comes last; payloads are parsed.
    pub(crate) async fn until(&mut self, event: &str) -> Vec<(Value, Value)> {
        let mut heard = Vec::new();
        while let Some(told) = self.next().await {
            let payload = told["payload"].as_str().unwrap_or_else(|| panic!("no event: {told}"));
            heard.push((told["event"].clone(), serde_json::from_str(payload).unwrap()));
            if told["event"] == event {
                return heard;
            }
        }
        panic!("closed before a {event}: {heard:?}");
    }
}

pub(crate) fn contains(heard: &[(Value, Value)], text: &str) -> bool {
    heard.iter().any(|(_, payload)| payload.to_string().contains(text))
}

/// A stream of server-sent events.
pub(crate) async fn sse(user: &User, stream: &str) -> reqwest::Response {
    let request = user.client.request(Method::GET, &format!("/api/v1/streaming/{stream}"));
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert!(response.headers()["content-type"].to_str().unwrap().starts_with("text/event-stream"));
    response
}

/// Events of a stream of server-sent events, as `(event, data)`.
pub(crate) struct Events {
    response: reqwest::Response,
    text: String,
}

impl Events {
    /// Opens a stream of this path, with its query.
    pub(crate) async fn open(user: &User, stream: &str) -> Self {
        Self { response: sse(user, stream).await, text: String::new() }
    }

    /// The next event; `None` when the stream is closed.
    pub(crate) async fn next(&mut self) -> Option<(String, String)> {
        let within = tokio::time::timeout(PATIENCE, async {
            loop {
                if let Some((event, _)) = self.text.split_once("\n\n") {
                    let line = |name: &str| event.lines().find_map(|line| line.strip_prefix(name));
                    let told = (line("event: ").unwrap().to_owned(), line("data: ").unwrap().to_owned());
                    self.text.drain(..event.len() + 2);
                    return Some(told);
                }
                let chunk = self.response.chunk().await.ok().flatten()?;
                self.text.push_str(&String::from_utf8_lossy(&chunk));
            }
        });
        within.await.expect("something is told")
    }
}
