//! What is said on the bus.

use serde::{Deserialize, Serialize};

/// The notification channel that carries messages.
pub const CHANNEL: &str = "stoa_bus";

/// At most so many readers are named in one message, since a notification holds less than 8,000 bytes.
pub const MAX_READERS: usize = 300;

/// News for every process. Ids only: who hears it loads what its readers may see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum Message {
    /// A status was published, and belongs into the home feeds of these accounts.
    Published {
        /// The status, or the reblog.
        status: i64,
        /// The status itself, or what it reblogs.
        original: i64,
        /// Who wrote or reblogged it.
        author: i64,
        /// Whose feeds.
        readers: Vec<i64>,
        /// Whether public streams may show it: of several messages on one status, the first one says so.
        open: bool,
        /// Whether it is the first of several messages, the one that streams of lists hear of.
        #[serde(default)]
        first: bool,
    },
    /// What belongs into the home feed of this account has changed: follows, blocks, mutes.
    FeedChanged {
        /// Whose feed.
        account: i64,
    },
    /// A status was edited.
    Edited {
        /// The status.
        status: i64,
        /// Who wrote it.
        author: i64,
    },
    /// A status is gone.
    Deleted {
        /// The status.
        status: i64,
        /// From whom readers had it: who wrote it, and who reblogged it.
        authors: Vec<i64>,
        /// Whether it was on public streams.
        open: bool,
    },
    /// An account has a new notification.
    Notified {
        /// Whose.
        account: i64,
        /// Which.
        notification: i64,
    },
    /// What waited in notification requests that an account accepted is among its notifications now.
    NotificationsMerged {
        /// Whose.
        account: i64,
    },
    /// A conversation has a new status.
    Conversation {
        /// Whose.
        account: i64,
        /// The row of `account_conversations`.
        conversation: i64,
    },
    /// Whoever runs the place tells everybody something.
    Announced {
        /// Which announcement.
        announcement: i64,
    },
    /// The reactions to an announcement with one emoji are more or fewer.
    AnnouncementReaction {
        /// Which announcement.
        announcement: i64,
        /// An emoji, or a shortcode of ours.
        name: String,
    },
    /// An announcement was taken back.
    AnnouncementDeleted {
        /// Which.
        announcement: i64,
    },
    /// Messages may have been lost: what must not be missed is to be looked up.
    Missed,
    /// A custom emoji that was known looks different now, or is gone.
    EmojisChanged,
    /// An access token is worth nothing any more.
    TokenRevoked {
        /// The row of `access_tokens`.
        token: i64,
    },
    /// An account may not be here any more: it was suspended, disabled or deleted.
    AccountClosed {
        /// Which.
        account: i64,
    },
    /// The filters of an account are other ones now.
    FiltersChanged {
        /// Whose.
        account: i64,
    },
}
