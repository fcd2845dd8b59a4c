//! The `WebSocket` of streams.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message as WsMessage, WebSocket, WebSocketUpgrade, close_code};
use axum::extract::{Query, State};
use axum::response::Response;
use http::{HeaderMap, header};
use serde::{Deserialize, Serialize};
use streaming::{Listening, Message};
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, interval_at};

use super::channel::{Channel, Request};
use super::frames::{Frame, frames, is_over, seat};
use crate::auth::{Viewer, bearer_token};
use crate::{ApiState, Error, Result};

/// Longest message that a client may send, in bytes.
const MAX_MESSAGE: usize = 16 * 1024;
/// Most streams on one socket.
const MAX_STREAMS: usize = 32;
/// How often the other side is asked whether it is there; proxies close what is silent for a minute.
const PING_EVERY: Duration = Duration::from_secs(30);
/// How long a client may take to read what it is sent.
const SEND_WITHIN: Duration = Duration::from_secs(10);

/// What a socket is opened with.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Opening {
    access_token: Option<String>,
    #[serde(flatten)]
    request: Request,
}

#[derive(Deserialize)]
struct Command {
    #[serde(rename = "type")]
    kind: String,
    #[serde(flatten)]
    request: Request,
}

#[derive(Serialize)]
struct Told<'a> {
    stream: Vec<String>,
    event: &'a str,
    payload: &'a str,
}

/// Opens a socket. The token comes in the query, in `Authorization`, or as the `WebSocket` protocol, which
/// is then named in the answer, since browsers drop the connection otherwise. 401 without a good one.
pub(super) async fn connect(
    State(state): State<ApiState>,
    headers: HeaderMap,
    Query(opening): Query<Opening>,
    upgrade: Result<WebSocketUpgrade, axum::extract::ws::rejection::WebSocketUpgradeRejection>,
) -> Result<Response> {
    let protocol = headers.get(header::SEC_WEBSOCKET_PROTOCOL).and_then(|value| value.to_str().ok());
    let protocol = protocol.map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
    let token = opening
        .access_token
        .as_deref()
        .or_else(|| bearer_token(&headers))
        .or(protocol.as_deref())
        .ok_or_else(|| Error::unauthorized("The access token is invalid"))?;
    let viewer = Viewer::from_token(&state.app, token).await?;
    let upgrade = upgrade.map_err(|_| Error::invalid("this address takes WebSocket connections"))?;
    let mut listener = Listener { heard: seat(&state, &viewer)?, state, viewer, channels: Vec::new() };
    if opening.request.stream.is_some() {
        listener.subscribe(&opening.request)?;
    }
    let upgrade = upgrade.max_message_size(MAX_MESSAGE).max_frame_size(MAX_MESSAGE);
    let upgrade = match protocol {
        Some(protocol) => upgrade.protocols([protocol]),
        None => upgrade,
    };
    Ok(upgrade.on_upgrade(|socket| listener.run(socket)))
}

struct Listener {
    heard: Listening,
    state: ApiState,
    viewer: Viewer,
    channels: Vec<Channel>,
}

impl Listener {
    fn subscribe(&mut self, request: &Request) -> Result<()> {
        let channel = Channel::parse(request).ok_or_else(|| Error::invalid("unknown stream"))?;
        self.viewer.require(channel.scope())?;
        if self.channels.len() >= MAX_STREAMS {
            return Err(Error::invalid("too many streams on one connection"));
        }
        if !self.channels.contains(&channel) {
            self.channels.push(channel);
        }
        Ok(())
    }

    async fn run(mut self, mut socket: WebSocket) {
        let mut ping = interval_at(Instant::now() + PING_EVERY, PING_EVERY);
        loop {
            let went_on = tokio::select! {
                heard = self.heard.news.recv() => match heard {
                    Ok(message) if is_over(&self.state, &self.viewer, &message).await => false,
                    Ok(message) => self.tell(&mut socket, &message).await,
                    Err(RecvError::Lagged(missed)) => {
                        tracing::info!(missed, "A slow stream was closed");
                        false
                    }
                    Err(RecvError::Closed) => false,
                },
                said = socket.recv() => match said {
                    Some(Ok(WsMessage::Text(text))) => self.obey(&mut socket, &text).await,
                    Some(Ok(WsMessage::Close(_)) | Err(_)) | None => return,
                    Some(Ok(_)) => true,
                },
                _ = ping.tick() => send(&mut socket, WsMessage::Ping(bytes::Bytes::new())).await,
            };
            if !went_on {
                let farewell = CloseFrame { code: close_code::AWAY, reason: "".into() };
                send(&mut socket, WsMessage::Close(Some(farewell))).await;
                return;
            }
        }
    }

    /// Carries out what a client sends; what cannot be is answered, and the connection stays.
    async fn obey(&mut self, socket: &mut WebSocket, text: &str) -> bool {
        let outcome = match serde_json::from_str::<Command>(text) {
            Ok(command) if command.kind == "subscribe" => self.subscribe(&command.request),
            Ok(command) if command.kind == "unsubscribe" => {
                if let Some(channel) = Channel::parse(&command.request) {
                    self.channels.retain(|other| *other != channel);
                }
                Ok(())
            }
            _ => Err(Error::invalid("a message has a type, subscribe or unsubscribe, and a stream")),
        };
        match outcome {
            Ok(()) => true,
            Err(error) => {
                let answer = serde_json::json!({ "error": error.text(), "status": 400 });
                send(socket, WsMessage::Text(answer.to_string().into())).await
            }
        }
    }

    async fn tell(&self, socket: &mut WebSocket, message: &Message) -> bool {
        if self.channels.is_empty() {
            return true;
        }
        // An error was logged where it became one; the listener goes on with what comes next.
        let told = frames(&self.state, &self.viewer, &self.channels, message).await.unwrap_or_default();
        for frame in &told {
            if !send(socket, WsMessage::Text(encode(frame).into())).await {
                return false;
            }
        }
        true
    }
}

fn encode(frame: &Frame) -> String {
    let told = Told { stream: frame.channel.names(), event: frame.event, payload: &frame.payload };
    serde_json::to_string(&told).unwrap_or_default()
}

async fn send(socket: &mut WebSocket, message: WsMessage) -> bool {
    matches!(tokio::time::timeout(SEND_WITHIN, socket.send(message)).await, Ok(Ok(())))
}
