//! A durable queue in PostgreSQL that knows nothing of us.
//!
//! A [`Job`] is data, written in the transaction that causes it ([`enqueue`]); a [`Runner`] leases due rows, gives
//! each to the handler registered for its kind, and deletes it when the handler returns. What the queue promises:
//!
//! * A job of a committed transaction runs at least once, one of a rolled-back transaction never. Handlers may run
//!   twice (a process dies, a lease runs out), so they are idempotent.
//! * A job is leased, not locked: no transaction stays open while it runs. The lease names its owner, and the owner
//!   holds a session-level advisory lock of that number, so the leases of a killed process are seen to be orphaned
//!   at once and not only when they run out. Who has lost a lease changes nothing any more by finishing.
//! * `attempts` is counted before a handler runs: a job that kills its process does not do so for ever.
//! * Times are the database's, clocks of processes do not matter.
//! * A kind that a process does not know stays where it is, untouched, for a process that does.
//!
//! Bookkeeping is committed without waiting for the disk: what a crash of PostgreSQL may take back is at most the
//! last half second of claims and completions, so jobs run again; enqueueing is as durable as its transaction.
//!
//! The tables are made by the migration `create_jobs`; every insert notifies the channel [`CHANNEL`].

mod backoff;
mod enqueue;
mod execute;
mod failure;
mod job;
mod leases;
mod listener;
pub mod request;
mod runner;
mod schema;
mod settle;
mod statement;
mod stats;
mod workers;

pub use backoff::exponential;
pub use enqueue::{enqueue, enqueue_all, enqueue_at, withdraw};
pub use failure::{Discard, Error, RetryAfter};
pub use job::{Job, Queue};
pub use listener::{Listener, Notice};
pub use runner::{Runner, WorkedOff};
pub use stats::{DeadJob, QueueStats, dead, forget_dead, retry_dead, stats};

/// The channel on which inserts are announced; the payload is the name of the queue.
pub const CHANNEL: &str = "stoa_jobs";

/// The pool from which a runner takes its own connection, once and for good.
pub type Pool = diesel_async::pooled_connection::deadpool::Pool<diesel_async::AsyncPgConnection>;
