//! What is told on a stream, written once for everybody who hears it.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use serde::Serialize;

/// Something told on a stream. Each of its two forms is written when it is first needed, and shared.
#[derive(Debug)]
pub struct Frame {
    names: Vec<String>,
    event: &'static str,
    payload: Option<Arc<str>>,
    socket: OnceLock<Bytes>,
    events: OnceLock<Bytes>,
}

#[derive(Serialize)]
struct Told<'a> {
    stream: &'a [String],
    event: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<&'a str>,
}

impl Frame {
    /// An event on the stream of these names; the payload is JSON without line breaks, or nothing.
    pub fn new(names: Vec<String>, event: &'static str, payload: Option<Arc<str>>) -> Arc<Self> {
        let (socket, events) = (OnceLock::new(), OnceLock::new());
        Arc::new(Self { names, event, payload, socket, events })
    }

    /// As a `WebSocket` carries it: JSON with the payload as a text in it.
    pub fn socket(&self) -> Bytes {
        let written = self.socket.get_or_init(|| {
            let told = Told { stream: &self.names, event: self.event, payload: self.payload.as_deref() };
            serde_json::to_vec(&told).unwrap_or_default().into()
        });
        written.clone()
    }

    /// As server-sent events have it (<https://html.spec.whatwg.org/multipage/server-sent-events.html>).
    pub fn events(&self) -> Bytes {
        let written = self.events.get_or_init(|| {
            let payload = self.payload.as_deref().unwrap_or_default();
            format!("event: {}\ndata: {payload}\n\n", self.event).into()
        });
        written.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::Frame;

    #[test]
    fn both_forms_are_as_clients_read_them() {
        let frame = Frame::new(vec!["hashtag".into(), "a".into()], "update", Some("{\"id\":\"1\"}".into()));
        let socket = r#"{"stream":["hashtag","a"],"event":"update","payload":"{\"id\":\"1\"}"}"#;
        assert_eq!(frame.socket(), socket);
        assert_eq!(frame.events(), "event: update\ndata: {\"id\":\"1\"}\n\n");
        let bare = Frame::new(vec!["user".into()], "filters_changed", None);
        assert_eq!(bare.socket(), r#"{"stream":["user"],"event":"filters_changed"}"#);
        assert_eq!(bare.events(), "event: filters_changed\ndata: \n\n");
    }
}
