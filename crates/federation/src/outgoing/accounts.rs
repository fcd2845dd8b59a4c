//! Update and Delete of actors.

use activitypub_federation::kinds::activity::{DeleteType, UpdateType};
use db::accounts::Account;
use db::{AccountId, Conn, account_views, actors};

use super::{Way, activity, local, open_destinations, send};
use crate::Federation;
use crate::documents::{self, followers_of};
use crate::wire::{self, PUBLIC};

/// A profile here changed: Update with the whole actor, to the followers.
pub async fn account_updated(f: &Federation, conn: &mut Conn, account: AccountId) -> anyhow::Result<()> {
    let Some(account) = local(conn, account).await? else { return Ok(()) };
    let inboxes = db::follows::remote_follower_inboxes(conn, account.id).await?;
    let to = open_destinations(conn, f, inboxes, Way::Shared).await?;
    if to.is_empty() {
        return Ok(());
    }
    let Some(actor) = actor_document(f, conn, &account).await? else { return Ok(()) };
    let id = format!("{}#updates/{}", account.uri, account.updated_at.timestamp_millis());
    let update = activity(id, UpdateType::Update, &account, actor)
        .to(vec![PUBLIC.to_owned()])
        .cc(vec![followers_of(&account.uri)]);
    send(conn, account.id, &update.id, &wire::document(&update)?, &to).await
}

/// A local account is about to be removed: Delete of its actor, to every host we know. Its rows must stay
/// until the deliveries are made, since they are signed with its key.
pub async fn account_deleted(f: &Federation, conn: &mut Conn, account: AccountId) -> anyhow::Result<()> {
    let Some(account) = local(conn, account).await? else { return Ok(()) };
    let inboxes = actors::all_inboxes(conn).await?;
    let to = open_destinations(conn, f, inboxes, Way::Shared).await?;
    let delete =
        activity(format!("{}#delete", account.uri), DeleteType::Delete, &account, account.uri.clone())
            .to(vec![PUBLIC.to_owned()]);
    send(conn, account.id, &delete.id, &wire::plain(&delete)?, &to).await
}

/// The document of a local actor; `None` for one without keys, which cannot be.
pub(crate) async fn actor_document(
    f: &Federation,
    conn: &mut Conn,
    account: &Account,
) -> anyhow::Result<Option<wire::Actor>> {
    let Some(keys) = actors::find(conn, account.id).await? else { return Ok(None) };
    let view = account_views::find(conn, account.id).await?;
    let moved_to = match account.moved_to_id {
        Some(target) => super::found(db::accounts::find(conn, target).await)?.map(|target| target.uri),
        None => None,
    };
    Ok(Some(documents::actor(&f.app.urls, &view, &keys, moved_to)))
}
