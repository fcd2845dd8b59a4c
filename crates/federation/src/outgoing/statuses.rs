//! Create, Update, Delete, Announce, Like, Add and Remove, and their undoings.

use activitypub_federation::kinds::activity::{
    AddType, AnnounceType, DeleteType, LikeType, RemoveType, UndoType, UpdateType,
};
use db::accounts::Account;
use db::actors::Interacting;
use db::statuses::Status;
use db::{AccountId, Conn, StatusId, Visibility, accounts, actors, statuses};

use super::{Inboxes, Way, activity, found, local, open_destinations, send, send_to_one};
use crate::Federation;
use crate::documents::{self, Audience, featured_of, followers_of, id_of};
use crate::wire::{self, PUBLIC, Undone};

/// A status was published: Create, or Announce for a reblog, if it was here.
pub async fn status_created(f: &Federation, conn: &mut Conn, status: &Status) -> anyhow::Result<()> {
    if !status.local || status.local_only {
        return Ok(());
    }
    let author = status.account_id;
    if let Some(original) = status.reblog_of_id {
        let by = accounts::find(conn, author).await?;
        return announced(f, conn, status, &by, original).await;
    }
    let named = named(conn, status).await?;
    let mut inboxes = audience_inboxes(conn, status, &named).await?;
    if let Some(parent) = status.in_reply_to_account_id.filter(|_| status.visibility.is_open()) {
        inboxes.extend(actors::inboxes_reached(conn, author, &[parent]).await?);
    }
    let to = open_destinations(conn, f, inboxes, way(status.visibility)).await?;
    if to.is_empty() {
        return Ok(());
    }
    let Some(view) = found(db::status_views::find(conn, Some(author), status.id).await)? else {
        return Ok(());
    };
    let note = documents::note(&f.app.urls, &view, &uris(&named));
    let create = documents::create(status, note);
    send(conn, author, &create.id, &wire::document(&create)?, &to).await
}

/// A status was edited here: Update, with the whole Note.
pub async fn status_edited(f: &Federation, conn: &mut Conn, status: StatusId) -> anyhow::Result<()> {
    let edited = |status: &Status| status.edited_at.unwrap_or(status.created_at).timestamp_millis();
    updated(f, conn, status, |status| edited(status).to_string()).await
}

/// Update with the whole Note, to everybody whom the status may have reached; `which` is what tells its id from
/// those of other Updates.
pub(super) async fn updated(
    f: &Federation,
    conn: &mut Conn,
    status: StatusId,
    which: impl Fn(&Status) -> String,
) -> anyhow::Result<()> {
    let Some((status, author)) = own(conn, status).await? else { return Ok(()) };
    let named = named(conn, &status).await?;
    let mut inboxes = audience_inboxes(conn, &status, &named).await?;
    inboxes.extend(actors::inboxes_of_interacting(conn, status.id, Interacting::AndStillWelcome).await?);
    let to = open_destinations(conn, f, inboxes, way(status.visibility)).await?;
    if to.is_empty() {
        return Ok(());
    }
    let Some(view) = found(db::status_views::find(conn, Some(author.id), status.id).await)? else {
        return Ok(());
    };
    let note = documents::note(&f.app.urls, &view, &uris(&named));
    let (audience_to, audience_cc) = (note.to.clone(), note.cc.clone());
    let id = format!("{}#updates/{}", status.uri, which(&status));
    let update = activity(id, UpdateType::Update, &author, note);
    let update = update.to(audience_to).cc(audience_cc);
    send(conn, author.id, &update.id, &wire::document(&update)?, &to).await
}

/// A status was removed here: Delete, to everybody whom it may have reached.
pub async fn status_deleted(
    f: &Federation,
    conn: &mut Conn,
    status: StatusId,
    by: AccountId,
) -> anyhow::Result<()> {
    let Some(author) = local(conn, by).await? else { return Ok(()) };
    let Some(status) = found(statuses::find_even_deleted(conn, status).await)? else { return Ok(()) };
    if status.account_id != author.id || status.local_only {
        return Ok(());
    }
    let named = named(conn, &status).await?;
    let mut inboxes = audience_inboxes(conn, &status, &named).await?;
    inboxes.extend(actors::inboxes_of_interacting(conn, status.id, Interacting::Ever).await?);
    let to = open_destinations(conn, f, inboxes, way(status.visibility)).await?;
    let object = documents::tombstone(&status.uri);
    let delete = activity(format!("{}#delete", status.uri), DeleteType::Delete, &author, object)
        .to(vec![PUBLIC.to_owned()]);
    send(conn, author.id, &delete.id, &wire::plain(&delete)?, &to).await
}

async fn announced(
    f: &Federation,
    conn: &mut Conn,
    reblog: &Status,
    by: &Account,
    original: StatusId,
) -> anyhow::Result<()> {
    let Some(original) = found(statuses::find(conn, original).await)? else { return Ok(()) };
    let author = accounts::find(conn, original.account_id).await?;
    let to = reblog_destinations(f, conn, by, author.id).await?;
    if to.is_empty() {
        return Ok(());
    }
    let announce = documents::announce(reblog, by, &original.uri, &author.uri);
    send(conn, by.id, &announce.id, &wire::plain(&announce)?, &to).await
}

/// A reblog was taken back here: Undo of its Announce.
pub async fn reblog_deleted(
    f: &Federation,
    conn: &mut Conn,
    reblog: StatusId,
    of: StatusId,
    by: AccountId,
) -> anyhow::Result<()> {
    let Some(by) = local(conn, by).await? else { return Ok(()) };
    let Some(reblog) = found(statuses::find_even_deleted(conn, reblog).await)? else { return Ok(()) };
    let Some(original) = found(statuses::find_even_deleted(conn, of).await)? else { return Ok(()) };
    if reblog.local_only {
        return Ok(());
    }
    let to = reblog_destinations(f, conn, &by, original.account_id).await?;
    if to.is_empty() {
        return Ok(());
    }
    let author = accounts::find(conn, original.account_id).await?;
    let undone = Undone {
        id: reblog.uri.clone(),
        kind: AnnounceType::Announce,
        actor: id_of(&by.uri),
        object: original.uri,
        reaction: None,
    };
    let Audience { to: first, cc } = documents::audience(reblog.visibility, &by.uri, &[author.uri]);
    let undo = activity(format!("{}#undo", reblog.uri), UndoType::Undo, &by, undone).to(first).cc(cc);
    send(conn, by.id, &undo.id, &wire::plain(&undo)?, &to).await
}

async fn reblog_destinations(
    f: &Federation,
    conn: &mut Conn,
    by: &Account,
    author: AccountId,
) -> anyhow::Result<Vec<db::activities::Destination>> {
    let mut inboxes = db::follows::remote_follower_inboxes(conn, by.id).await?;
    inboxes.extend(actors::inboxes_reached(conn, by.id, &[author]).await?);
    open_destinations(conn, f, inboxes, Way::Shared).await
}

/// Somebody here favourited a status: Like, to its author alone.
pub async fn favourited(
    f: &Federation,
    conn: &mut Conn,
    status: StatusId,
    by: AccountId,
    favourite: i64,
) -> anyhow::Result<()> {
    let Some((status, author, by)) = liked(conn, status, by).await? else { return Ok(()) };
    let id = f.app.urls.favourite(&by.username, favourite);
    let like = activity(id, LikeType::Like, &by, status.uri);
    send_to_one(f, conn, &by, &author, like).await
}

/// Somebody here took a favourite back: Undo of its Like.
pub async fn unfavourited(
    f: &Federation,
    conn: &mut Conn,
    status: StatusId,
    by: AccountId,
    favourite: i64,
) -> anyhow::Result<()> {
    let Some((status, author, by)) = liked(conn, status, by).await? else { return Ok(()) };
    let id = f.app.urls.favourite(&by.username, favourite);
    let undo = format!("{id}/undo");
    let undone =
        Undone { id, kind: LikeType::Like, actor: id_of(&by.uri), object: status.uri, reaction: None };
    send_to_one(f, conn, &by, &author, activity(undo, UndoType::Undo, &by, undone)).await
}

/// The remote status with its author, and who here liked it.
pub(super) async fn liked(
    conn: &mut Conn,
    status: StatusId,
    by: AccountId,
) -> anyhow::Result<Option<(Status, Account, Account)>> {
    let Some(status) = found(statuses::find_even_deleted(conn, status).await)? else { return Ok(None) };
    if status.local {
        return Ok(None);
    }
    let Some(by) = local(conn, by).await? else { return Ok(None) };
    let author = accounts::find(conn, status.account_id).await?;
    Ok(Some((status, author, by)))
}

/// Somebody here pinned a status: Add to the collection of pinned ones.
pub async fn pinned(
    f: &Federation,
    conn: &mut Conn,
    status: StatusId,
    by: AccountId,
    number: i64,
) -> anyhow::Result<()> {
    pin_changed(f, conn, status, by, AddType::Add, &format!("pin/{number}")).await
}

/// Somebody here unpinned a status: Remove from the collection of pinned ones.
pub async fn unpinned(
    f: &Federation,
    conn: &mut Conn,
    status: StatusId,
    by: AccountId,
    number: i64,
) -> anyhow::Result<()> {
    pin_changed(f, conn, status, by, RemoveType::Remove, &format!("unpin/{number}")).await
}

/// Only for statuses that everybody may see: the collection shows strangers no others.
async fn pin_changed<K: serde::Serialize>(
    f: &Federation,
    conn: &mut Conn,
    status: StatusId,
    by: AccountId,
    kind: K,
    fragment: &str,
) -> anyhow::Result<()> {
    let Some(by) = local(conn, by).await? else { return Ok(()) };
    let Some(status) = found(statuses::find_even_deleted(conn, status).await)? else { return Ok(()) };
    if !status.visibility.is_open() || status.local_only {
        return Ok(());
    }
    let inboxes = db::follows::remote_follower_inboxes(conn, by.id).await?;
    let to = open_destinations(conn, f, inboxes, Way::Shared).await?;
    if to.is_empty() {
        return Ok(());
    }
    let id = format!("{}#{fragment}", status.uri);
    let mut change =
        activity(id, kind, &by, status.uri).to(vec![PUBLIC.to_owned()]).cc(vec![followers_of(&by.uri)]);
    change.target = Some(featured_of(&by.uri));
    send(conn, by.id, &change.id, &wire::plain(&change)?, &to).await
}

/// The status and its author, if it was written here and not for here alone.
pub(super) async fn own(conn: &mut Conn, id: StatusId) -> anyhow::Result<Option<(Status, Account)>> {
    let told = |status: &Status| status.local && !status.local_only;
    let Some(status) = found(statuses::find(conn, id).await)?.filter(told) else {
        return Ok(None);
    };
    Ok(local(conn, status.account_id).await?.map(|author| (status, author)))
}

/// Everybody to whom a status is addressed by name.
pub(super) async fn named(conn: &mut Conn, status: &Status) -> anyhow::Result<Vec<(AccountId, String)>> {
    if status.mentions_count == 0 && status.edited_at.is_none() {
        return Ok(Vec::new());
    }
    Ok(db::mentions::addressees(conn, &[status.id]).await?.remove(&status.id).unwrap_or_default())
}

pub(super) fn uris(named: &[(AccountId, String)]) -> Vec<String> {
    named.iter().map(|(_, uri)| uri.clone()).collect()
}

/// The inboxes of followers, unless the status is direct, and of those to whom it is addressed by name.
async fn audience_inboxes(
    conn: &mut Conn,
    status: &Status,
    named: &[(AccountId, String)],
) -> anyhow::Result<Inboxes> {
    let mut inboxes = match status.visibility {
        Visibility::Direct => Vec::new(),
        _ => db::follows::remote_follower_inboxes(conn, status.account_id).await?,
    };
    let ids: Vec<AccountId> = named.iter().map(|(id, _)| *id).collect();
    if !ids.is_empty() {
        inboxes.extend(actors::inboxes_reached(conn, status.account_id, &ids).await?);
    }
    Ok(inboxes)
}

fn way(visibility: Visibility) -> Way {
    if visibility == Visibility::Direct { Way::Personal } else { Way::Shared }
}
