//! Where messages arrive in a process.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::broadcast;

use crate::{FeedItem, Feeds, Message};

/// Messages that a slow stream may fall behind by before it loses some.
const BACKLOG: usize = 1024;

/// Most streams that one account may have open in a process; who opens more is not a person reading.
pub const MAX_STREAMS: usize = 10;

/// How many streams each account has open.
type Seats = Arc<Mutex<HashMap<i64, usize>>>;

/// Hands what is heard on the bus to the feed cache and to open streams.
#[derive(Clone, Debug)]
pub struct Hub {
    feeds: Feeds,
    sender: broadcast::Sender<Message>,
    seats: Seats,
}

/// An open stream of an account, counted for as long as it lives.
#[derive(Debug)]
pub struct Listening {
    /// Everything that is heard.
    pub news: broadcast::Receiver<Message>,
    account: i64,
    seats: Seats,
}

impl Drop for Listening {
    fn drop(&mut self) {
        let mut seats = self.seats.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(taken) = seats.get_mut(&self.account) {
            *taken -= 1;
            if *taken == 0 {
                seats.remove(&self.account);
            }
        }
    }
}

impl Hub {
    /// A hub in front of this cache.
    pub fn new(feeds: Feeds) -> Self {
        Self { feeds, sender: broadcast::Sender::new(BACKLOG), seats: Seats::default() }
    }

    /// The cache of home feeds.
    pub fn feeds(&self) -> &Feeds {
        &self.feeds
    }

    /// Everything that is heard from now on, for a stream of this account; `None` when it has
    /// [`MAX_STREAMS`] open.
    pub fn listen(&self, account: i64) -> Option<Listening> {
        let mut seats = self.seats.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = seats.entry(account).or_default();
        if *taken >= MAX_STREAMS {
            return None;
        }
        *taken += 1;
        Some(Listening { news: self.sender.subscribe(), account, seats: Arc::clone(&self.seats) })
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

#[cfg(test)]
mod tests {
    use super::{Hub, MAX_STREAMS};
    use crate::Feeds;

    #[test]
    fn an_account_has_so_many_seats_and_gets_them_back() {
        let hub = Hub::new(Feeds::new(1));
        let mut open: Vec<_> = (0..MAX_STREAMS).map(|_| hub.listen(1)).collect();
        assert!(open.iter().all(Option::is_some));
        assert!(hub.listen(1).is_none());
        assert!(hub.listen(2).is_some());
        open.pop();
        assert!(hub.listen(1).is_some());
    }
}
