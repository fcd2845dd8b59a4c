//! `[redis]`

use crate::{Secret, unset};
use serde::{Deserialize, Serialize};

/// Redis: caches and live updates for several processes at once.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Redis {
    /// `redis://`, `rediss://`, `unix://` or `redis+unix://`; without it, both live in the process.
    #[serde(with = "unset")]
    pub url: Option<Secret>,
}
