//! `[search]`

use crate::{Secret, server, unset};
use serde::{Deserialize, Serialize};
use url::Url;

/// Meilisearch: searches in place of PostgreSQL, as long as it answers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Search {
    /// Where Meilisearch answers.
    #[serde(serialize_with = "unset::serialize", deserialize_with = "server::optional_url")]
    pub meilisearch_url: Option<Url>,
    /// A key that may read and write its indexes.
    #[serde(with = "unset")]
    pub meilisearch_key: Option<Secret>,
}
