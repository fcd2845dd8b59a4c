//! Posts of other servers: found, fetched, with what they answer.

use std::collections::HashSet;
use std::time::Duration;

use db::statuses::Status;
use jobs::{Job, Queue};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Budget, actor, document};
use crate::fault::Fault;
use crate::notes::{self, arrival, arrival::Cause};
use crate::{Federation, json};

/// Most ancestors fetched because of one reply.
const MAX_ANCESTORS: usize = 20;

/// Fetches what a reply answers, and what that answers in turn.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FetchThread {
    /// ActivityPub id of the parent.
    pub uri: String,
}

impl Job for FetchThread {
    const KIND: &'static str = "fetch_thread";
    const QUEUE: Queue = Queue::DEFAULT;
    const PRIORITY: i16 = 10;
    const MAX_ATTEMPTS: i32 = 4;
    const TIMEOUT: Duration = Duration::from_mins(2);

    fn dedup_key(&self) -> Option<String> {
        Some(self.uri.clone())
    }
}

/// The status with this id, if it is known.
///
/// # Errors
/// [`Fault::Gone`] when it was deleted.
pub(crate) async fn known_status(f: &Federation, uri: &str) -> Result<Option<Status>, Fault> {
    let known = db::statuses::find_by_uri(&mut *f.app.conn().await?, uri).await?;
    if known.as_ref().is_some_and(|status| status.deleted_at.is_some()) {
        return Err(Fault::Gone);
    }
    Ok(known)
}

/// The status with this id: from the database, or fetched with its author.
pub(crate) async fn status(
    f: &Federation,
    uri: &str,
    cause: Cause,
    budget: &Budget,
) -> Result<Status, Fault> {
    if let Some(known) = known_status(f, uri).await? {
        return Ok(known);
    }
    let found = document(f, uri, budget).await?;
    ingest_status(f, &found, cause, budget).await
}

/// Takes in a post from a document that speaks for its id.
pub(crate) async fn ingest_status(
    f: &Federation,
    document: &Value,
    cause: Cause,
    budget: &Budget,
) -> Result<Status, Fault> {
    let note = notes::parse(document, None).map_err(Fault::Odd)?;
    let uri = note.uri.clone();
    if f.app.urls.is_ours(&uri) || json::id(document) != Some(&uri) {
        return Err(Fault::odd("the post claims to be ours"));
    }
    if let Some(known) = known_status(f, &uri).await? {
        return Ok(known);
    }
    let author = actor(f, &note.author, budget).await?;
    if author.suspended_at.is_some() || !json::same_origin(&author.uri, &uri) {
        return Err(Fault::odd("its author may not post here"));
    }
    let actor = db::actors::find(&mut *f.app.conn().await?, author.id).await?;
    let followers = actor.and_then(|actor| actor.followers_url);
    let new = arrival::receive(f, note, &author, followers.as_deref(), cause, budget).await?;
    match new {
        Some(status) => Ok(status),
        None => known_status(f, &uri).await?.ok_or(Fault::Gone),
    }
}

/// Walks up a thread until it meets what is known, what cannot be had, or a loop.
pub async fn fetch_thread(f: Federation, job: FetchThread) -> anyhow::Result<()> {
    let budget = Budget::new();
    let mut seen = HashSet::new();
    let mut next = Some(job.uri);
    while let Some(uri) = next.filter(|uri| seen.len() < MAX_ANCESTORS && !seen.contains(uri)) {
        next = match status(&f, &uri, Cause::Fetched { thread: true }, &budget).await {
            Ok(status) if status.in_reply_to_id.is_none() => {
                status.in_reply_to_uri.filter(|parent| !f.app.urls.is_ours(parent))
            }
            Ok(_) => None,
            Err(Fault::Temporary(error)) => return Err(error),
            Err(fault) => {
                tracing::debug!(%uri, "An ancestor cannot be had: {fault}");
                None
            }
        };
        seen.insert(uri);
    }
    Ok(())
}
