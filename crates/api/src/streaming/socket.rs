//! The `WebSocket` of streams.

use std::time::Duration;

use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade, close_code};
use axum::extract::{Query, State};
use axum::response::Response;
use http::{HeaderMap, header};
use serde::Deserialize;
use serde_json::{Value, json};
use streaming::{End, Frame};
use tokio::time::{Instant, interval_at};
use utoipa::IntoParams;

use super::channel::{Request, refused};
use super::line::Line;
use crate::auth::bearer_token;
use crate::{ApiState, Error, Result};

/// Longest message that a client may send, in bytes.
const MAX_MESSAGE: usize = 16 * 1024;
/// Most messages that a client may send between two pings.
const MAX_COMMANDS: u32 = 300;
/// How long a client may take to read what it is sent.
const SEND_WITHIN: Duration = Duration::from_secs(10);
/// Bytes kept ready for reading by each connection. Commands are short, and most connections only wait.
const READ_BUFFER: usize = 1024;

/// What a socket is opened with.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Opening {
    access_token: Option<String>,
    #[serde(flatten)]
    #[param(ignore)]
    request: Request,
}

/// Opens a WebSocket for streams.
///
/// The token comes in the query, in `Authorization`, or as the `WebSocket` protocol, which
/// is then named in the answer, since browsers drop the connection otherwise. 401 without a good one.
#[utoipa::path(
    get,
    path = "/api/v1/streaming",
    params(Opening, Request),
    responses((status = 101, description = "The socket is open")),
    security(("user" = ["read:statuses"]), ("user" = ["read:notifications"])),
)]
pub(super) async fn connect(
    State(state): State<ApiState>,
    headers: HeaderMap,
    Query(opening): Query<Opening>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response> {
    let protocol = headers.get(header::SEC_WEBSOCKET_PROTOCOL).and_then(|value| value.to_str().ok());
    let protocol = protocol.map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
    let token = opening.access_token.as_deref().or_else(|| bearer_token(&headers)).or(protocol.as_deref());
    let mut line = Line::open(&state, token).await?;
    let upgrade = upgrade.map_err(|_| Error::invalid("this address takes WebSocket connections"))?;
    if opening.request.stream.as_deref().is_some_and(|stream| !stream.is_empty()) {
        line.subscribe(&opening.request).await?;
    }
    let upgrade = upgrade
        .max_message_size(MAX_MESSAGE)
        .max_frame_size(MAX_MESSAGE)
        .read_buffer_size(READ_BUFFER)
        // Frames are written whole.
        .write_buffer_size(0);
    let upgrade = match protocol {
        Some(protocol) => upgrade.protocols([protocol]),
        None => upgrade,
    };
    let ping_every = Duration::from_secs(state.app.config.server.ping_seconds.into());
    Ok(upgrade
        .on_upgrade(move |socket| Connection { line, socket, ping_every, commands: 0, is_heard: true }.run()))
}

struct Connection {
    line: Line,
    socket: WebSocket,
    /// How often the other side is asked whether it is there, and how long it may be silent after that.
    ping_every: Duration,
    /// Since the last ping.
    commands: u32,
    /// Whether anything came since the last ping.
    is_heard: bool,
}

/// Why a connection is over.
enum Over {
    /// From the other side, or it is not there any more.
    Gone,
    /// From ours, which is said.
    Closed(u16, &'static str),
}

impl From<End> for Over {
    fn from(end: End) -> Self {
        match end {
            End::Revoked => Self::Closed(close_code::POLICY, "The access token is invalid"),
            End::Slow => Self::Closed(close_code::AGAIN, "Too slow"),
            End::Missed => Self::Closed(close_code::RESTART, "Something may have been missed"),
        }
    }
}

impl Connection {
    async fn run(mut self) {
        let over = loop {
            if let Err(over) = self.serve().await {
                break over;
            }
        };
        if let Over::Closed(code, reason) = over {
            let farewell = Message::Close(Some(CloseFrame { code, reason: reason.into() }));
            // Nobody may be there to hear it.
            let _ = tokio::time::timeout(SEND_WITHIN, self.socket.send(farewell)).await;
        }
    }

    /// Tells and obeys until it is time for a ping.
    async fn serve(&mut self) -> Result<(), Over> {
        let mut ping = interval_at(Instant::now() + self.ping_every, self.ping_every);
        loop {
            tokio::select! {
                told = self.line.listening.next() => {
                    let frame = told?;
                    self.tell(&frame).await?;
                }
                said = self.socket.recv() => match said {
                    Some(Ok(message)) => Box::pin(self.hear(message)).await?,
                    Some(Err(error)) if is_too_long(&error) => {
                        return Err(Over::Closed(close_code::SIZE, "Messages have at most 16 kB"));
                    }
                    Some(Err(_)) | None => return Err(Over::Gone),
                },
                _ = ping.tick() => {
                    if !std::mem::take(&mut self.is_heard) {
                        return Err(Over::Gone);
                    }
                    self.commands = 0;
                    self.send(Message::Ping(bytes::Bytes::new())).await?;
                }
            }
        }
    }

    async fn tell(&mut self, frame: &Frame) -> Result<(), Over> {
        let text = Utf8Bytes::try_from(frame.socket()).map_err(|_| Over::Gone)?;
        self.send(Message::Text(text)).await
    }

    /// Carries out what a client sends; what cannot be is answered, and the connection stays, unless there
    /// is no end of it.
    async fn hear(&mut self, message: Message) -> Result<(), Over> {
        self.is_heard = true;
        self.commands += 1;
        if self.commands > MAX_COMMANDS {
            return Err(Over::Closed(close_code::POLICY, "Too many messages"));
        }
        let obeyed = match message {
            Message::Text(text) => self.obey(&text).await,
            Message::Binary(_) => Err(refused("Messages are text")),
            Message::Close(_) => return Err(Over::Gone),
            Message::Ping(_) | Message::Pong(_) => Ok(()),
        };
        let Err(error) = obeyed else { return Ok(()) };
        let answer = json!({ "error": error.text(), "status": error.status().as_u16() });
        self.send(Message::Text(answer.to_string().into())).await
    }

    async fn obey(&mut self, text: &str) -> Result<()> {
        let command: Value = serde_json::from_str(text).map_err(|_| refused("Messages are JSON"))?;
        let text = |name: &str| match &command[name] {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        let request = Request { stream: text("stream"), tag: text("tag"), list: text("list") };
        match text("type").as_deref() {
            Some("subscribe") => self.line.subscribe(&request).await,
            Some("unsubscribe") => self.line.unsubscribe(&request),
            _ => Err(refused("A message has a type, subscribe or unsubscribe, and a stream")),
        }
    }

    async fn send(&mut self, message: Message) -> Result<(), Over> {
        tokio::select! {
            biased;
            end = self.line.listening.ended() => Err(end.into()),
            sent = tokio::time::timeout(SEND_WITHIN, self.socket.send(message)) => match sent {
                Ok(Ok(())) => Ok(()),
                Ok(Err(_)) | Err(_) => Err(Over::Gone),
            },
        }
    }
}

/// The error of the library has no kind.
fn is_too_long(error: &axum::Error) -> bool {
    error.to_string().contains("too long") || error.to_string().contains("too big")
}
