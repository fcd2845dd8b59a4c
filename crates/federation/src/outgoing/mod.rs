//! What leaves: for each event, the activity it becomes and the inboxes it goes to.
//!
//! These functions run in the transaction of the event's consequences, so that a delivery is written if and
//! only if the event is done with. Each does nothing when no remote party is concerned; most events end
//! here with one or two queries.
//!
//! What may happen again and must be sent again then has the `number` of its event in its id, so that an event
//! that is handled twice is sent once.

mod accounts;
mod destinations;
mod polls;
mod quotes;
mod reactions;
mod relationships;
mod reports;
mod statuses;

use std::collections::HashSet;

use db::accounts::Account;
use db::activities::Destination;
use db::{AccountId, Conn};
use serde::Serialize;

use crate::Federation;
use crate::documents::id_of;
use crate::wire::Activity;

pub(crate) use accounts::actor_document;
pub use accounts::{account_deleted, account_updated};
pub(crate) use destinations::{Inboxes, Way};
pub use polls::{poll_changed, voted};
pub use quotes::{quote_answered, quote_changed, quote_requested, quote_revoked};
pub use reactions::{reacted, unreacted};
pub use relationships::{blocked, follow_rejected, follow_requested, followed, unblocked, unfollowed};
pub use reports::reported;
pub use statuses::{
    favourited, pinned, reblog_deleted, status_created, status_deleted, status_edited, unfavourited, unpinned,
};

/// The account, if it lives here.
async fn local(conn: &mut Conn, id: AccountId) -> anyhow::Result<Option<Account>> {
    Ok(found(db::accounts::find(conn, id).await)?.filter(Account::is_local))
}

/// A row that may be gone by the time its event is worked off; then nothing follows from it.
fn found<T>(row: Result<T, diesel::result::Error>) -> anyhow::Result<Option<T>> {
    match row {
        Ok(row) => Ok(Some(row)),
        Err(diesel::result::Error::NotFound) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The destinations of some inboxes, without hosts that we do not talk to; of what goes to many, also without
/// those that are lost. What is for single people is tried for its week wherever they are.
async fn open_destinations(
    conn: &mut Conn,
    f: &Federation,
    inboxes: Inboxes,
    way: Way,
) -> anyhow::Result<Vec<Destination>> {
    let mut to = destinations::destinations(inboxes, way, f.app.urls.host());
    if to.is_empty() {
        return Ok(to);
    }
    let mut hosts: Vec<String> = to.iter().map(|one| one.host.clone()).collect();
    hosts.sort_unstable();
    hosts.dedup();
    let closed = match way {
        Way::Shared => db::instances::closed_among(conn, &hosts).await?,
        Way::Personal => db::instances::blocked_among(conn, &hosts).await?,
    };
    let closed: HashSet<String> = closed.into_iter().collect();
    to.retain(|one| !closed.contains(&one.host));
    Ok(to)
}

/// Writes an activity, whose id is `uri`, and its deliveries.
async fn send(
    conn: &mut Conn,
    by: AccountId,
    uri: &str,
    body: &str,
    to: &[Destination],
) -> anyhow::Result<()> {
    let request = jobs::request::current();
    Ok(db::activities::enqueue(conn, by, uri, body, to, request.as_deref()).await?)
}

/// Sends an activity of `by` to the personal inbox of `to`, if that is elsewhere.
async fn send_to_one<K: Serialize, O: Serialize>(
    f: &Federation,
    conn: &mut Conn,
    by: &Account,
    to: &Account,
    activity: Activity<K, O>,
) -> anyhow::Result<()> {
    if to.is_local() {
        return Ok(());
    }
    let inboxes = db::actors::inboxes_of(conn, &[to.id]).await?;
    let destinations = open_destinations(conn, f, inboxes, Way::Personal).await?;
    if destinations.is_empty() {
        return Ok(());
    }
    let activity = activity.to(vec![to.uri.clone()]);
    let body = crate::wire::plain(&activity)?;
    send(conn, by.id, &activity.id, &body, &destinations).await
}

/// An activity of a local account.
fn activity<K, O>(id: String, kind: K, by: &Account, object: O) -> Activity<K, O> {
    Activity::new(id, kind, id_of(&by.uri), object)
}
