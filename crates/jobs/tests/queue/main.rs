//! The queue against a real PostgreSQL: what it promises (`promises`), how it treats failures (`failures`), and
//! what happens when runners come and go (`runners`).
#![expect(clippy::unwrap_used, reason = "tests may panic")]

mod failures;
mod promises;
mod runners;
mod support;
