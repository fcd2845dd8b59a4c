//! The jobs that are not events, one file each.

pub(crate) mod bury;
pub(crate) mod cards;
pub(crate) mod end_poll;
pub(crate) mod fan_out;
pub(crate) mod federation;
pub(crate) mod index;
pub(crate) mod letters;
pub(crate) mod publish_draft;
pub(crate) mod purge;
pub(crate) mod push;
pub(crate) mod remove_files;
pub(crate) mod settle_request;
pub(crate) mod sever;
pub(crate) mod sweep;
pub(crate) mod tell_reactions;
pub(crate) mod tell_tallies;
pub(crate) mod trends;
