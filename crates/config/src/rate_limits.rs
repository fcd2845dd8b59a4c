//! `[rate_limits]`

use serde::{Deserialize, Serialize};

/// How often one caller may ask. "Caller" is the access token and, separately, the IP address (an IPv6
/// address counts with its /64). Processes count together where
/// there is Redis, else each for itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RateLimits {
    /// Off: nothing ever answers 429.
    pub enabled: bool,
    /// Requests to the client API and OAuth, by token and by address.
    pub requests_per_5_minutes: u32,
    /// Media uploads, by token.
    pub media_per_30_minutes: u32,
    /// Statuses deleted, boosts undone included, by token.
    pub deletes_per_30_minutes: u32,
    /// Attempts to make an account from one IP address.
    pub sign_ups_per_30_minutes: u32,
    /// Attempts to sign in or to get a token from one IP address.
    pub sign_ins_per_5_minutes: u32,
    /// Client programs registered from one IP address.
    pub apps_per_hour: u32,
    /// Requests for a letter (a new password, a confirmation) from one IP address.
    pub letters_per_hour: u32,
    /// Activities of one instance that come into the inbox; each process counts them for itself.
    pub inbox_per_5_minutes: u32,
}

impl Default for RateLimits {
    fn default() -> Self {
        Self {
            enabled: true,
            requests_per_5_minutes: 300,
            media_per_30_minutes: 30,
            deletes_per_30_minutes: 30,
            sign_ups_per_30_minutes: 5,
            sign_ins_per_5_minutes: 25,
            apps_per_hour: 10,
            letters_per_hour: 5,
            inbox_per_5_minutes: 6_000,
        }
    }
}
