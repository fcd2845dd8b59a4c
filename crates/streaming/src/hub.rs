//! Where messages arrive in a process.

use tokio::sync::broadcast;

use crate::{FeedItem, Feeds, Message};

/// Messages that a slow stream may fall behind by before it loses some.
const BACKLOG: usize = 1024;

/// Hands what is heard on the bus to the feed cache and to open streams.
#[derive(Clone, Debug)]
pub struct Hub {
    feeds: Feeds,
    sender: broadcast::Sender<Message>,
}

impl Hub {
    /// A hub in front of this cache.
    pub fn new(feeds: Feeds) -> Self {
        Self { feeds, sender: broadcast::Sender::new(BACKLOG) }
    }

    /// The cache of home feeds.
    pub fn feeds(&self) -> &Feeds {
        &self.feeds
    }

    /// Everything that is heard from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Message> {
        self.sender.subscribe()
    }

    /// Takes a notification's payload; one that does not parse comes from a newer version and is ignored.
    pub fn hear(&self, payload: &str) {
        match serde_json::from_str(payload) {
            Ok(message) => self.apply(message),
            Err(error) => tracing::debug!(%error, "Ignored a message of an unknown form"),
        }
    }

    /// Forgets what may be stale after messages were missed, and says so to open streams.
    pub fn missed(&self) {
        self.apply(Message::Missed);
    }

    fn apply(&self, message: Message) {
        match &message {
            Message::Published { status, original, readers, .. } => {
                self.feeds.push(FeedItem { id: *status, original: *original }, readers);
            }
            Message::FeedChanged { account } => self.feeds.drop_feed(*account),
            Message::Missed => self.feeds.clear(),
            Message::Edited { .. }
            | Message::Deleted { .. }
            | Message::Notified { .. }
            | Message::TokenRevoked { .. } => {}
        }
        // Nobody listening is no error.
        let _ = self.sender.send(message);
    }
}
