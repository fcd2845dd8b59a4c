//! Live updates and caches.
//!
//! A [`Message`] is news that every process must hear of at once. It travels on the bus: by default a
//! PostgreSQL notification on [`CHANNEL`], sent in the transaction that causes it, so that it is heard after
//! the commit and never for something that was rolled back. What hears it here: the [`Feeds`] cache, and
//! the [`Hub`] of open streams. Where there is Redis, the processes share [`Counters`] in it.
//!
//! Architecture invariant: nothing here is the truth. Everything may be dropped at any time.

mod counters;
mod feeds;
mod frames;
mod hub;
mod message;
mod registry;
mod topics;

pub use counters::{Counted, Counters, RedisError, Step};
pub use feeds::{Building, FEED_LENGTH, FeedItem, Feeds, HotFeed, REBLOG_WINDOW, unrepeated};
pub use frames::Frame;
pub use hub::{Counts, Hub, News};
pub use message::{CHANNEL, MAX_READERS, Message};
pub use registry::{End, Listening, MAX_STREAMS, Refused};
pub use topics::{Origin, Topic};
