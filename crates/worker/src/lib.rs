//! What happens after the answer: events, jobs, schedules.
//!
//! All consequences of all events stand on one page, [`events`]. Handlers may run twice, so each of them
//! is idempotent.

mod events;
mod jobs;
mod mailer;
mod schedule;

use federation::Federation;
pub use mailer::Mailer;
use services::App;
use tokio_util::sync::CancellationToken;

use ::jobs::{Listener, Queue, Runner};

/// Messages on their way to push services at once: they wait for the network, mostly.
pub const PUSHES: usize = 4;

/// Pages that are asked for at once: they wait for the network, mostly.
pub const CARDS: usize = 4;

/// Letters sent at once; the mail server is slow, and there are few.
const MAIL_WORKERS: usize = 2;

/// What handlers have at hand; cheap to clone.
#[derive(Clone, Debug)]
pub struct Parts {
    /// The server's parts, with the pool of the jobs.
    pub app: App,
    /// Other servers.
    pub federation: Federation,
    /// The way to the mail server.
    pub mailer: Mailer,
}

/// Runs jobs until told to stop; then finishes what is running.
///
/// The inbox has workers of its own, so that a flood of activities does not hold up what people here do.
pub async fn run(parts: Parts, listener: &Listener, shutdown: CancellationToken) {
    let config = parts.app.config.jobs.clone();
    let runner = Runner::new(parts.app.pool.clone(), parts.clone())
        .register(events::handle)
        .register(jobs::bury::run)
        .register(jobs::cards::fetch)
        .register(jobs::end_poll::run)
        .register(jobs::fan_out::run)
        .register(jobs::letters::run)
        .register(jobs::publish_draft::run)
        .register(jobs::index::run)
        .register(jobs::purge::run)
        .register(jobs::push::run)
        .register(jobs::remove_files::run)
        .register(jobs::sever::run)
        .register(jobs::settle_request::run)
        .register(jobs::sweep::run)
        .register(jobs::trends::run)
        .register(jobs::tell_reactions::run)
        .register(jobs::tell_tallies::run)
        .register(jobs::federation::receive)
        .register(jobs::federation::fetch_thread)
        .register(jobs::federation::refresh_poll)
        .register(jobs::federation::verify_links)
        .register(jobs::federation::verify_quote)
        .queue(Queue::DEFAULT, config.workers)
        .queue(Queue::INBOX, config.inbox_workers)
        .queue(services::push::QUEUE, PUSHES)
        .queue(services::cards::QUEUE, CARDS)
        .queue(Queue::MAIL, MAIL_WORKERS)
        .wake_by(listener);
    tokio::join!(runner.run(shutdown.clone()), schedule::run(parts, shutdown));
}

/// Why a handler's transaction was rolled back: `anyhow::Error` cannot be made from a database error where
/// diesel asks for that.
#[derive(Debug)]
struct Undone(anyhow::Error);

impl From<diesel::result::Error> for Undone {
    fn from(error: diesel::result::Error) -> Self {
        Self(error.into())
    }
}

impl From<Undone> for anyhow::Error {
    fn from(undone: Undone) -> Self {
        undone.0
    }
}
