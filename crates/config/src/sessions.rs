//! `[sessions]`

use serde::{Deserialize, Serialize};

/// Sign-ins of the web pages. Tokens of client programs do not end by themselves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sessions {
    /// After how long the session cookie is replaced by a new one, in minutes.
    pub rotate_minutes: u32,
    /// After how long without a visit the session ends, in days.
    pub lifetime_days: u32,
}

impl Default for Sessions {
    fn default() -> Self {
        Self { rotate_minutes: 15, lifetime_days: 7 }
    }
}
