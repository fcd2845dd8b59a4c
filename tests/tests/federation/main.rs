//! Instances that speak with each other, and with servers that behave badly.
//!
//! `story` is the main road; the others say what else must hold.

#![expect(clippy::unwrap_used, reason = "tests")]

mod attachments;
mod audience;
mod changes;
mod crash;
mod documents;
mod downtime;
mod first_contacts;
mod long_ids;
mod polls;
mod quotes;
mod reactions;
mod relationships;
mod reply_policies;
mod reports;
mod signatures;
mod spoofing;
mod story;
mod threads;
mod undone;
