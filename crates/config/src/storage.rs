//! `[storage]`

use crate::{Secret, server, unset};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use url::Url;

/// Where media files are kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Storage {
    /// A folder, or a bucket.
    pub kind: StorageKind,
    /// The folder (`disk`), relative to the working directory.
    pub path: PathBuf,
    /// Address of an S3-compatible store; unset: Amazon's for the region.
    #[serde(serialize_with = "unset::serialize", deserialize_with = "server::optional_url")]
    pub s3_endpoint: Option<Url>,
    /// The bucket; required with `s3`.
    #[serde(with = "unset")]
    pub s3_bucket: Option<String>,
    /// The region its requests are signed for.
    pub s3_region: String,
    /// Id of the key; required with `s3`.
    #[serde(with = "unset")]
    pub s3_access_key: Option<Secret>,
    /// The key; required with `s3`.
    #[serde(with = "unset")]
    pub s3_secret_key: Option<Secret>,
    /// Where browsers fetch files from; unset: through this server.
    #[serde(serialize_with = "unset::serialize", deserialize_with = "server::optional_url")]
    pub s3_public_url: Option<Url>,
    /// `endpoint/bucket/file` rather than `bucket.endpoint/file`; most self-hosted stores want it.
    pub s3_path_style: bool,
}

/// Kind of media store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StorageKind {
    /// A folder on this machine.
    Disk,
    /// A bucket of an S3-compatible store.
    S3,
}

impl Default for Storage {
    fn default() -> Self {
        Self {
            kind: StorageKind::Disk,
            path: "data/media".into(),
            s3_endpoint: None,
            s3_bucket: None,
            s3_region: "us-east-1".to_owned(),
            s3_access_key: None,
            s3_secret_key: None,
            s3_public_url: None,
            s3_path_style: true,
        }
    }
}
