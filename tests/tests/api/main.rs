//! One instance: its API, its command line, its health.

#![expect(clippy::unwrap_used, reason = "tests")]

mod bad_input;
mod command_line;
mod crowds;
mod health;
mod query_counts;
