//! Votes, and what becomes of the tallies.

use activitypub_federation::kinds::activity::CreateType;
use activitypub_federation::kinds::object::NoteType;
use db::{AccountId, Conn, StatusId, accounts, polls, statuses};

use super::{activity, found, local, send_to_one, statuses::updated};
use crate::Federation;
use crate::wire::Vote;

/// Somebody here voted in a poll elsewhere: a Create for each choice, to its author alone; `votes` number the
/// rows.
pub async fn voted(
    f: &Federation,
    conn: &mut Conn,
    status: StatusId,
    by: AccountId,
    votes: &[i64],
) -> anyhow::Result<()> {
    let status = found(statuses::find(conn, status).await)?.filter(|status| !status.local);
    let (Some(status), Some(by)) = (status, local(conn, by).await?) else { return Ok(()) };
    let author = accounts::find(conn, status.account_id).await?;
    for vote in polls::load_votes(conn, votes).await? {
        let id = format!("{}#votes/{}", by.uri, vote.id);
        let create = format!("{id}/activity");
        let vote = Vote {
            id,
            kind: NoteType::Note,
            name: vote.title,
            attributed_to: by.uri.clone(),
            in_reply_to: status.uri.clone(),
            to: vec![author.uri.clone()],
        };
        send_to_one(f, conn, &by, &author, activity(create, CreateType::Create, &by, vote)).await?;
    }
    Ok(())
}

/// The tallies of a poll here are others, or it has ended: Update, with the whole Question. `number` tells it
/// from other Updates of the same poll.
pub async fn poll_changed(
    f: &Federation,
    conn: &mut Conn,
    status: StatusId,
    number: i64,
) -> anyhow::Result<()> {
    updated(f, conn, status, |_| format!("poll/{number}")).await
}
