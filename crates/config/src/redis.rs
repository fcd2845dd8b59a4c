//! `[redis]`

use crate::{Secret, unset};
use serde::{Deserialize, Serialize};

/// Redis: what several processes count together. Caches and live updates live in each process, which agree
/// through PostgreSQL.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Redis {
    /// `redis://`, `rediss://`, `unix://` or `redis+unix://`.
    #[serde(with = "unset")]
    pub url: Option<Secret>,
}
