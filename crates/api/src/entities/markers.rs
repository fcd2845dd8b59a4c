//! How far somebody has read.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Id, Time};

/// <https://docs.joinmastodon.org/entities/Marker/>
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the documentation of the entity describes them")]
pub struct Marker {
    pub last_read_id: Id,
    pub version: i32,
    pub updated_at: Time,
}

impl From<&db::markers::Marker> for Marker {
    fn from(row: &db::markers::Marker) -> Self {
        Self { last_read_id: Id(row.last_read_id), version: row.version, updated_at: Time(row.updated_at) }
    }
}
