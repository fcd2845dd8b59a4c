//! The page of consequences: what follows from each event.
//!
//! Everything an event leads to is written in one transaction. If the process dies after that and before the
//! event is removed, the event is handled again, to no further effect: notifications are unique, a feed
//! holds a status once, and an activity's id is sent once.

use anyhow::Result;
use db::notifications::{Kind, NewNotification};
use db::reactions::Emoji;
use db::statuses::{Counter, Fresh, Status};
use db::{
    AccountId, Conn, StatusId, Visibility, accounts, conversations, favourites, follows, mentions, quotes,
    reactions, reports, statuses, users,
};
use diesel::OptionalExtension;
use diesel_async::AsyncConnection;
use federation::fetching::{FetchThread, VerifyQuote};
use federation::{Federation, outgoing, verification};
use services::events::{Event, Recorded};
use services::news;
use services::notifications::{announce, notify};
use streaming::Message;

use crate::jobs::bury::Bury;
use crate::jobs::purge::Purge;
use crate::jobs::sever::Sever;
use crate::jobs::tell_reactions::TellReactions;
use crate::jobs::tell_tallies::TellTallies;
use crate::jobs::{fan_out, index};
use crate::{Parts, Undone};

/// The followers of at most so many who reblogged a status are told that it is gone.
const MAX_REBLOGGERS: i64 = 200;
/// At most so many people here are told of one edit.
const MAX_TOLD: i64 = 1_000;

/// Does what follows from an event.
pub(crate) async fn handle(parts: Parts, recorded: Recorded) -> Result<()> {
    let federation = &parts.federation;
    let mut conn = parts.app.conn().await?;
    conn.transaction(async |conn| consequences(federation, conn, &recorded).await.map_err(Undone)).await?;
    Ok(())
}

async fn consequences(f: &Federation, conn: &mut Conn, recorded: &Recorded) -> Result<()> {
    let number = recorded.number;
    match &recorded.event {
        Event::StatusCreated { status, upwards } => status_created(f, conn, *status, *upwards).await?,
        Event::StatusEdited { status, mentioned } => status_edited(f, conn, *status, mentioned).await?,
        Event::StatusDeleted { status, by } => status_deleted(f, conn, *status, *by).await?,
        Event::ReblogDeleted { reblog, of, by } => {
            // On no public stream.
            let (authors, open) = (vec![by.0], false);
            news::tell(conn, &Message::Deleted { status: reblog.0, authors, open }).await?;
            outgoing::reblog_deleted(f, conn, *reblog, *of, *by).await?;
        }
        Event::StatusFavourited { status, by, favourite } => {
            favourited(f, conn, *status, *by, *favourite).await?;
        }
        Event::StatusUnfavourited { status, by, favourite } => {
            outgoing::unfavourited(f, conn, *status, *by, *favourite).await?;
        }
        Event::StatusReacted { status, by, reaction } => reacted(f, conn, *status, *by, *reaction).await?,
        Event::StatusUnreacted { status, by, reaction, name, domain } => {
            let emoji = Emoji { name: name.clone(), domain: domain.clone() };
            TellReactions::promise(conn, *status).await?;
            outgoing::unreacted(f, conn, *status, *by, *reaction, &emoji).await?;
        }
        Event::PollVoted { status, by, votes } => {
            voted(f, conn, *status, *by, votes).await?;
        }
        Event::StatusPinned { status, by } => outgoing::pinned(f, conn, *status, *by, number).await?,
        Event::StatusUnpinned { status, by } => outgoing::unpinned(f, conn, *status, *by, number).await?,
        Event::QuoteRequested { status } => outgoing::quote_requested(f, conn, *status).await?,
        Event::QuoteSettled { status } => quote_settled(f, conn, *status, number).await?,
        Event::QuoteAnswered { by, of, request, approval } => {
            outgoing::quote_answered(f, conn, *by, *of, request, approval.as_deref(), number).await?;
        }
        Event::QuoteRevoked { by, of, approval } => {
            outgoing::quote_revoked(f, conn, *by, *of, approval).await?;
        }
        Event::QuotePolicyChanged { status } => {
            tell_changed(conn, *status).await?;
            outgoing::quote_changed(f, conn, *status, number).await?;
        }
        Event::FollowRequested { by, of } => follow_requested(f, conn, *by, *of).await?,
        Event::Followed { by, of } => followed(f, conn, *by, *of, number).await?,
        Event::FollowRepeated { by, of } => outgoing::followed(f, conn, *by, *of, number).await?,
        Event::FollowRejected { by, of, uri } => {
            outgoing::follow_rejected(f, conn, *by, *of, uri.as_deref(), number).await?;
        }
        Event::Unfollowed { by, of, uri } => {
            outgoing::unfollowed(f, conn, *by, *of, uri.as_deref(), number).await?;
        }
        Event::Blocked { by, of, block, rejected, unfollowed } => {
            let (rejected, unfollowed) =
                (rejected.as_ref().map(Option::as_deref), unfollowed.as_ref().map(Option::as_deref));
            outgoing::blocked(f, conn, *by, *of, *block, rejected, unfollowed, number).await?;
        }
        Event::Unblocked { by, of, block } => outgoing::unblocked(f, conn, *by, *of, *block).await?,
        Event::DomainMuted { by, domain } => {
            ::jobs::enqueue(conn, &Sever { account: *by, domain: domain.clone() }).await?;
        }
        Event::SignedUp { account } => signed_up(conn, *account).await?,
        Event::AccountUpdated { account } => {
            outgoing::account_updated(f, conn, *account).await?;
            verification::start(conn, *account).await?;
        }
        Event::ReportFiled { report } => report_filed(f, conn, *report).await?,
        Event::AccountDeleted { account } => {
            outgoing::account_deleted(f, conn, *account).await?;
            Purge::start(conn, *account).await?;
        }
    }
    index::follow(&f.app, conn, &recorded.event).await
}

async fn status_deleted(f: &Federation, conn: &mut Conn, status: StatusId, by: AccountId) -> Result<()> {
    tell_deleted(conn, status, by).await?;
    conversations::withdraw(conn, &[status]).await?;
    outgoing::status_deleted(f, conn, status, by).await?;
    // After the inboxes of those who favourited or reblogged it were taken.
    Ok(::jobs::enqueue(conn, &Bury { status }).await?)
}

/// Unless it was taken back since, as below.
async fn favourited(
    f: &Federation,
    conn: &mut Conn,
    status: StatusId,
    by: AccountId,
    favourite: i64,
) -> Result<()> {
    let Some(author) = favourites::hold(conn, favourite).await? else { return Ok(()) };
    notify(conn, author, by, Kind::Favourite, Some(status)).await?;
    outgoing::favourited(f, conn, status, by, favourite).await
}

async fn follow_requested(f: &Federation, conn: &mut Conn, by: AccountId, of: AccountId) -> Result<()> {
    if !follows::hold_request(conn, by, of).await? {
        return Ok(());
    }
    notify(conn, of, by, Kind::FollowRequest, None).await?;
    outgoing::follow_requested(f, conn, by, of).await
}

async fn followed(f: &Federation, conn: &mut Conn, by: AccountId, of: AccountId, number: i64) -> Result<()> {
    if !follows::hold(conn, by, of).await? {
        return Ok(());
    }
    notify(conn, of, by, Kind::Follow, None).await?;
    outgoing::followed(f, conn, by, of, number).await
}

/// Unless it was taken back since.
async fn reacted(
    f: &Federation,
    conn: &mut Conn,
    status: StatusId,
    by: AccountId,
    number: i64,
) -> Result<()> {
    let Some((reaction, author)) = reactions::hold(conn, number).await? else { return Ok(()) };
    notify(conn, author, by, Kind::Reaction, Some(status)).await?;
    TellReactions::promise(conn, status).await?;
    outgoing::reacted(f, conn, status, by, number, &reaction.emoji()).await
}

/// Votes are counted where the poll is.
async fn voted(
    f: &Federation,
    conn: &mut Conn,
    status: StatusId,
    by: AccountId,
    votes: &[i64],
) -> Result<()> {
    if find(conn, status).await?.is_some_and(|status| status.local) {
        return TellTallies::promise(conn, status).await;
    }
    outgoing::voted(f, conn, status, by, votes).await
}

async fn signed_up(conn: &mut Conn, account: AccountId) -> Result<()> {
    for moderator in users::moderators(conn).await? {
        notify(conn, moderator, account, Kind::SignUp, None).await?;
    }
    Ok(())
}

/// Moderators are told, but for one who is reported.
async fn report_filed(f: &Federation, conn: &mut Conn, id: i64) -> Result<()> {
    let Some(report) = reports::find(conn, id).await.optional()? else { return Ok(()) };
    for moderator in users::moderators(conn).await? {
        if moderator != report.target_account_id {
            let (from, kind, subject) = (report.account_id, Kind::Report, Some(id));
            announce(conn, NewNotification { account: moderator, from, kind, status: None, subject }).await?;
        }
    }
    outgoing::reported(f, conn, id).await
}

/// The status, unless it was deleted since.
async fn find(conn: &mut Conn, id: StatusId) -> Result<Option<Status>> {
    Ok(statuses::find(conn, id).await.optional()?)
}

async fn status_created(f: &Federation, conn: &mut Conn, id: StatusId, upwards: bool) -> Result<()> {
    let Some(fresh) = statuses::find_fresh(conn, id).await? else {
        return Ok(());
    };
    if fresh.buried {
        let author = accounts::find(conn, fresh.status.account_id).await?;
        services::statuses::remove(conn, &author, id).await?;
        return Ok(());
    }
    let status = joined(conn, fresh).await?;
    if let (true, None, Some(parent)) = (upwards, status.in_reply_to_id, &status.in_reply_to_uri)
        && !f.app.urls.is_ours(parent)
    {
        ::jobs::enqueue(conn, &FetchThread { uri: parent.clone() }).await?;
    }
    if upwards {
        verify_quote(conn, &status).await?;
    }
    fan_out::start(conn, &status).await?;
    notify_of_status(conn, &status).await?;
    if status.visibility == Visibility::Direct {
        services::conversations::file(conn, id).await?;
    }
    services::cards::follow(&f.app, conn, &status).await?;
    outgoing::status_created(f, conn, &status).await
}

/// The status, joined to what it answers and to what answers it, if one was written while the other was.
async fn joined(conn: &mut Conn, fresh: Fresh) -> Result<Status> {
    let Fresh { mut status, awaited, lost, .. } = fresh;
    if awaited {
        let adopted = statuses::adopt_orphans(conn, &status).await?;
        if !adopted.is_empty() {
            statuses::count(conn, status.id, Counter::Replies, i64::try_from(adopted.len())?).await?;
            statuses::move_into(conn, status.conversation_id, &adopted).await?;
            conversations::join(conn, status.conversation_id, &adopted).await?;
        }
    }
    if lost
        && let Some(reply) = statuses::join_parent(conn, &status).await?
        && let Some(parent) = reply.in_reply_to_id
    {
        statuses::count(conn, parent, Counter::Replies, 1).await?;
        statuses::move_into(conn, reply.conversation_id, &[reply.id]).await?;
        conversations::join(conn, reply.conversation_id, &[reply.id]).await?;
        status = reply;
    }
    Ok(status)
}

async fn status_edited(f: &Federation, conn: &mut Conn, id: StatusId, mentioned: &[AccountId]) -> Result<()> {
    let Some(status) = find(conn, id).await? else { return Ok(()) };
    let Status { account_id: author, visibility, .. } = status;
    verify_quote(conn, &status).await?;
    services::cards::follow(&f.app, conn, &status).await?;
    notify_all(conn, mentioned, author, Kind::Mention, id).await?;
    if visibility == Visibility::Direct {
        services::conversations::file(conn, id).await?;
    }
    notify_rebloggers(conn, id, author).await?;
    for (quoter, quoting) in quotes::quoters_here(conn, id, MAX_TOLD).await? {
        notify(conn, quoter, author, Kind::QuotedUpdate, Some(quoting)).await?;
    }
    news::tell(conn, &Message::Edited { status: id.0, author: author.0 }).await?;
    outgoing::status_edited(f, conn, id).await
}

/// Asks the author of what something from elsewhere quotes.
async fn verify_quote(conn: &mut Conn, status: &Status) -> Result<()> {
    if status.has_quote && !status.local {
        ::jobs::enqueue(conn, &VerifyQuote::of(status.id)).await?;
    }
    Ok(())
}

/// A quote was accepted, or is not any more: whoever is quoted here is told, and so is everybody who may have what
/// quotes it on a screen.
async fn quote_settled(f: &Federation, conn: &mut Conn, id: StatusId, number: i64) -> Result<()> {
    let Some(status) = find(conn, id).await? else { return Ok(()) };
    notify_quoted(conn, &status).await?;
    tell_changed(conn, id).await?;
    outgoing::quote_changed(f, conn, id, number).await
}

async fn notify_quoted(conn: &mut Conn, status: &Status) -> Result<()> {
    let quote = if status.has_quote { quotes::find(conn, status.id).await? } else { None };
    if let Some(quote) = quote.filter(|quote| quote.state() == quotes::State::Accepted)
        && let Some(quoted) = quote.quoted_account_id
    {
        notify(conn, quoted, status.account_id, Kind::Quote, Some(status.id)).await?;
    }
    Ok(())
}

/// Says that something is shown otherwise now, without an edit.
async fn tell_changed(conn: &mut Conn, id: StatusId) -> Result<()> {
    let Some(status) = find(conn, id).await? else { return Ok(()) };
    Ok(news::tell(conn, &Message::Edited { status: id.0, author: status.account_id.0 }).await?)
}

/// Tells those who may have it on their screens: from its author, or from somebody who reblogged it.
async fn tell_deleted(conn: &mut Conn, id: StatusId, by: AccountId) -> Result<()> {
    let open =
        statuses::find_even_deleted(conn, id).await.optional()?.is_some_and(|s| s.visibility.is_open());
    let rebloggers = statuses::rebloggers(conn, id, MAX_REBLOGGERS).await?;
    let authors = std::iter::once(by).chain(rebloggers).map(|account| account.0).collect();
    Ok(news::tell(conn, &Message::Deleted { status: id.0, authors, open }).await?)
}

async fn notify_of_status(conn: &mut Conn, status: &Status) -> Result<()> {
    if let Some(of) = status.reblog_of_id
        && let Some(original) = find(conn, of).await?
    {
        notify(conn, original.account_id, status.account_id, Kind::Reblog, Some(of)).await?;
    }
    notify_quoted(conn, status).await?;
    if status.mentions_count > 0 {
        let mentioned: Vec<AccountId> = mentions::of_status(conn, status.id)
            .await?
            .into_iter()
            .filter_map(|(account, silent)| (!silent).then_some(account))
            .collect();
        notify_all(conn, &mentioned, status.account_id, Kind::Mention, status.id).await?;
    }
    Ok(())
}

async fn notify_all(
    conn: &mut Conn,
    whom: &[AccountId],
    from: AccountId,
    kind: Kind,
    status: StatusId,
) -> Result<()> {
    for account in whom {
        notify(conn, *account, from, kind, Some(status)).await?;
    }
    Ok(())
}

/// Those here who reblogged a status are told that it is another one now.
async fn notify_rebloggers(conn: &mut Conn, status: StatusId, author: AccountId) -> Result<()> {
    let rebloggers = statuses::local_rebloggers(conn, status, MAX_TOLD).await?;
    notify_all(conn, &rebloggers, author, Kind::Update, status).await
}
