//! A post arrives: is it of interest here, who reads it, what is still missing.

use db::AccountId;
use db::accounts::Account;
use db::custom_emojis::{self, Wanted};
use db::quotes::Policy;
use db::statuses::Status;
use services::accounts::RemoteEmoji;
use services::publish::RemoteStatus;

use super::{Note, audience};
use crate::Federation;
use crate::fault::Fault;
use crate::fetching::{Budget, VerifyQuote};

/// Why a post came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// Somebody sent it, to the inbox of this account or to the shared one.
    Sent(Option<AccountId>),
    /// We asked for it. `thread`: on behalf of which the ancestors are fetched anyway.
    Fetched { thread: bool },
}

/// Takes a post in; `None` when it is known, deleted, or of no interest to anybody here (9.12).
pub(crate) async fn receive(
    f: &Federation,
    mut note: Note,
    author: &Account,
    followers: Option<&str>,
    cause: Cause,
    budget: &Budget,
) -> Result<Option<Status>, Fault> {
    note.keep_files(|url| f.client.check_url(url).is_ok());
    let recipient = match cause {
        Cause::Sent(recipient) => recipient,
        Cause::Fetched { .. } => None,
    };
    let mut readers = audience::readers(f, &note, author.id, followers, recipient).await?;
    if matches!(cause, Cause::Sent(_)) && !readers.somebody_here {
        let mut conn = f.app.conn().await?;
        let quoted =
            note.quote.as_ref().map(|quote| quote.uri.as_str()).filter(|uri| f.app.urls.is_ours(uri));
        if !db::statuses::is_wanted(&mut conn, author.id, note.in_reply_to_uri.as_deref()).await?
            && (quoted.is_none() || !db::statuses::is_wanted(&mut conn, author.id, quoted).await?)
        {
            return Err(Fault::odd("nobody here asked for the post"));
        }
    }
    readers.meet_strangers(f, budget).await;
    remember_emojis(f, author, &note).await?;
    // A thread that is being fetched is walked up by who fetches it.
    let upwards = cause != (Cause::Fetched { thread: true });
    let policy = quote_policy(f, author, &note, followers).await?;
    let replies = note.reply_policy(followers);
    let remote = RemoteStatus { replies, ..note.addressed(readers, policy) };
    Ok(services::publish::receive(&f.app, author, remote, upwards).await?)
}

/// Takes an edit in.
pub(crate) async fn revise(
    f: &Federation,
    mut note: Note,
    author: &Account,
    followers: Option<&str>,
    status: &Status,
    budget: &Budget,
) -> Result<(), Fault> {
    note.keep_files(|url| f.client.check_url(url).is_ok());
    let mut readers = audience::readers(f, &note, author.id, followers, None).await?;
    readers.meet_strangers(f, budget).await;
    remember_emojis(f, author, &note).await?;
    let policy = quote_policy(f, author, &note, followers).await?;
    let replies = note.reply_policy(followers);
    let remote = RemoteStatus { replies, ..note.addressed(readers, policy) };
    Ok(services::publish::receive_edit(&f.app, author, status, remote).await?)
}

/// Takes in what an Update that is no edit says of quotes: another approval, another policy.
pub(crate) async fn receive_aside(
    f: &Federation,
    note: &Note,
    author: &Account,
    followers: Option<&str>,
    status: &Status,
) -> Result<(), Fault> {
    let policy = quote_policy(f, author, note, followers).await?;
    let quote = note.quote.as_ref();
    if services::quotes::receive_aside(&f.app, author, status.id, quote, policy).await? {
        jobs::enqueue(&mut *f.app.conn().await?, &VerifyQuote::of(status.id)).await?;
    }
    Ok(())
}

/// Who may quote a post; the author's row of `actors` is read only where its collections are named.
async fn quote_policy(
    f: &Federation,
    author: &Account,
    note: &Note,
    followers: Option<&str>,
) -> Result<Policy, Fault> {
    let following = if note.may_quote.names_collections(author) {
        let actor = db::actors::find(&mut *f.app.conn().await?, author.id).await?;
        actor.and_then(|actor| actor.following_url)
    } else {
        None
    };
    Ok(note.may_quote.policy(author, followers, following.as_deref()))
}

/// Writes down the emoji that are new or have a new picture.
async fn remember_emojis(f: &Federation, author: &Account, note: &Note) -> Result<(), Fault> {
    let Some(domain) = author.domain.as_deref().filter(|_| !note.emojis.is_empty()) else { return Ok(()) };
    let key = |code: &str| Wanted { domain: domain.to_owned(), shortcode: code.to_owned() };
    let wanted: Vec<Wanted> = note.emojis.iter().map(|emoji| key(&emoji.shortcode)).collect();
    let mut conn = f.app.conn().await?;
    let known = custom_emojis::load(&mut conn, &wanted).await?;
    let before = |code: &str| known.get(&key(code)).and_then(|known| known.image_remote_url.as_deref());
    let news: Vec<RemoteEmoji> = note
        .emojis
        .iter()
        .filter(|emoji| before(&emoji.shortcode) != Some(&emoji.image_url))
        .cloned()
        .collect();
    Ok(services::accounts::remember_emojis(&mut conn, domain, &news).await?)
}
