//! Follow, Accept, Reject, Block, and their undoings. Each goes to the other party alone.

use activitypub_federation::kinds::activity::{AcceptType, BlockType, FollowType, RejectType, UndoType};
use db::accounts::Account;
use db::{AccountId, Conn, accounts, follows};

use super::{activity, found, send_to_one};
use crate::Federation;
use crate::documents::id_of;
use crate::wire::{Follow, Undone};

/// Somebody here asks to follow somebody elsewhere: Follow.
pub async fn follow_requested(
    f: &Federation,
    conn: &mut Conn,
    by: AccountId,
    of: AccountId,
) -> anyhow::Result<()> {
    let Some((by, of)) = from_here(conn, by, of).await? else { return Ok(()) };
    let Some(request) = follows::find_request(conn, by.id, of.id).await? else { return Ok(()) };
    // The id must outlive the request: an Undo names it.
    let id = if let Some(uri) = request.uri {
        uri
    } else {
        let uri = f.app.urls.follow(&by.username, request.id);
        follows::set_request_uri(conn, by.id, of.id, &uri).await?;
        uri
    };
    let follow = activity(id, FollowType::Follow, &by, of.uri.clone());
    send_to_one(f, conn, &by, &of, follow).await
}

/// Somebody elsewhere follows somebody here from now on: Accept.
pub async fn followed(
    f: &Federation,
    conn: &mut Conn,
    by: AccountId,
    of: AccountId,
    number: i64,
) -> anyhow::Result<()> {
    let Some((of, by)) = from_here(conn, of, by).await? else { return Ok(()) };
    let Some(follow) = follows::find(conn, by.id, of.id).await? else { return Ok(()) };
    let id = format!("{}#accepts/follows/{}/{number}", of.uri, follow.id);
    let object = Follow::new(follow.uri, &by.uri, &of.uri);
    send_to_one(f, conn, &of, &by, activity(id, AcceptType::Accept, &of, object)).await
}

/// Somebody here refuses a follower elsewhere, or removes it: Reject; `uri` is the id of the Follow.
pub async fn follow_rejected(
    f: &Federation,
    conn: &mut Conn,
    by: AccountId,
    of: AccountId,
    uri: Option<&str>,
    number: i64,
) -> anyhow::Result<()> {
    let Some((of, by)) = from_here(conn, of, by).await? else { return Ok(()) };
    let id = format!("{}#rejects/follows/{}/{number}", of.uri, by.id);
    let object = Follow::new(uri.map(str::to_owned), &by.uri, &of.uri);
    send_to_one(f, conn, &of, &by, activity(id, RejectType::Reject, &of, object)).await
}

/// Somebody here follows somebody elsewhere no more, or asks no more: Undo; `uri` is the id of the Follow.
pub async fn unfollowed(
    f: &Federation,
    conn: &mut Conn,
    by: AccountId,
    of: AccountId,
    uri: Option<&str>,
    number: i64,
) -> anyhow::Result<()> {
    let Some((by, of)) = from_here(conn, by, of).await? else { return Ok(()) };
    let id = match uri {
        Some(uri) => format!("{uri}/undo"),
        None => format!("{}#follows/of/{}/{number}/undo", by.uri, of.id),
    };
    let object = Follow::new(uri.map(str::to_owned), &by.uri, &of.uri);
    send_to_one(f, conn, &by, &of, activity(id, UndoType::Undo, &by, object)).await
}

/// Somebody here blocks somebody elsewhere: Undo and Reject of the follows that this ended, which every peer
/// understands, and Block. `rejected` and `unfollowed` are the ids of the Follows, if there were follows.
pub async fn blocked(
    f: &Federation,
    conn: &mut Conn,
    by: AccountId,
    of: AccountId,
    block: i64,
    rejected: Option<Option<&str>>,
    unfollowed: Option<Option<&str>>,
    number: i64,
) -> anyhow::Result<()> {
    if let Some(uri) = unfollowed {
        self::unfollowed(f, conn, by, of, uri, number).await?;
    }
    if let Some(uri) = rejected {
        follow_rejected(f, conn, of, by, uri, number).await?;
    }
    let Some((by, of)) = from_here(conn, by, of).await? else { return Ok(()) };
    let id = f.app.urls.block(&by.username, block);
    send_to_one(f, conn, &by, &of, activity(id, BlockType::Block, &by, of.uri.clone())).await
}

/// Somebody here lifts a block of somebody elsewhere: Undo of the Block.
pub async fn unblocked(
    f: &Federation,
    conn: &mut Conn,
    by: AccountId,
    of: AccountId,
    block: i64,
) -> anyhow::Result<()> {
    let Some((by, of)) = from_here(conn, by, of).await? else { return Ok(()) };
    let id = f.app.urls.block(&by.username, block);
    let undo = format!("{id}/undo");
    let undone =
        Undone { id, kind: BlockType::Block, actor: id_of(&by.uri), object: of.uri.clone(), reaction: None };
    send_to_one(f, conn, &by, &of, activity(undo, UndoType::Undo, &by, undone)).await
}

/// Both accounts, if `here` lives here and `there` elsewhere.
async fn from_here(
    conn: &mut Conn,
    here: AccountId,
    there: AccountId,
) -> anyhow::Result<Option<(Account, Account)>> {
    let Some(here) = found(accounts::find(conn, here).await)?.filter(Account::is_local) else {
        return Ok(None);
    };
    let there = found(accounts::find(conn, there).await)?.filter(|there| !there.is_local());
    Ok(there.map(|there| (here, there)))
}
