//! The jobs that are not events, one file each.

pub(crate) mod fan_out;
pub(crate) mod federation;
pub(crate) mod sweep;
