//! `[limits]`

use serde::{Deserialize, Serialize};

/// What statuses and profiles may be. The longest status is `instance.max_status_chars`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Attachments of one status; 1 to 16.
    pub max_media_per_status: u32,
    /// Options of a poll; 2 to 20.
    pub max_poll_options: u32,
    /// Characters of each option of a poll.
    pub max_poll_option_chars: u32,
    /// Seconds that a poll is open at least.
    pub min_poll_seconds: u32,
    /// Seconds that a poll is open at most.
    pub max_poll_seconds: u32,
    /// Statuses one account may pin.
    pub max_pinned_statuses: u32,
    /// Characters of a display name.
    pub max_display_name_chars: u32,
    /// Characters of a biography.
    pub max_bio_chars: u32,
    /// Rows of the table in a profile.
    pub max_profile_fields: u32,
    /// Accounts one account may follow.
    pub max_follows: u32,
    /// Hashtags one account may follow.
    pub max_followed_tags: u32,
    /// For how many days notifications are kept.
    pub notification_days: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_media_per_status: 16,
            max_poll_options: 6,
            max_poll_option_chars: 50,
            min_poll_seconds: 300,
            max_poll_seconds: 2_629_746,
            max_pinned_statuses: 5,
            max_display_name_chars: 100,
            max_bio_chars: 500,
            max_profile_fields: 4,
            max_follows: 7500,
            max_followed_tags: 100,
            notification_days: 30,
        }
    }
}
