//! Reactions: emoji below statuses.

use db::accounts::Account;
use db::custom_emojis::{self, Wanted};
use db::notifications::{self, Kind};
use db::reactions::{self, Emoji};
use db::statuses::{self, Counter};
use db::{Conn, StatusId};
use diesel_async::AsyncConnection;

use crate::events::Event;
use crate::statuses::original;
use crate::{App, Error, Result};

/// So many emoji may somebody put below one status.
pub const MOST_OWN: i64 = 8;
/// So many different ones may stand below one.
pub const MOST_DIFFERENT: i64 = 32;

/// What a name means in the client API: an emoji, a shortcode of ours, or `shortcode@host` of one that stands below
/// the status already.
///
/// # Errors
/// [`Error::Invalid`] for what is none of these.
pub async fn recognise(conn: &mut Conn, by: &Account, status: StatusId, name: &str) -> Result<Emoji> {
    let name = name.trim_matches(':');
    if let Some(emoji) = text::emoji(name) {
        return Ok(Emoji { name: emoji.to_owned(), domain: String::new() });
    }
    if let Some((shortcode, host)) = name.split_once('@') {
        let emoji = Emoji { name: shortcode.to_owned(), domain: host.to_ascii_lowercase() };
        let status = statuses::find_visible(conn, Some(by.id), status).await?;
        let status = status.reblog_of_id.unwrap_or(status.id);
        if reactions::room(conn, by.id, status, &emoji).await?.is_there {
            return Ok(emoji);
        }
    }
    let wanted = Wanted { domain: String::new(), shortcode: name.to_owned() };
    if custom_emojis::load(conn, [&wanted]).await?.contains_key(&wanted) {
        return Ok(Emoji { name: wanted.shortcode, domain: wanted.domain });
    }
    Err(Error::invalid("Name is not a recognized emoji"))
}

/// Puts an emoji below a status that the account may see; twice is once. `uri` is the id of a remote activity.
///
/// # Errors
/// [`Error::Invalid`] when there are too many, [`Error::Gone`] when that activity was taken back before.
pub async fn react(
    app: &App,
    by: &Account,
    status: StatusId,
    emoji: &Emoji,
    uri: Option<&str>,
) -> Result<()> {
    let mut conn = app.conn().await?;
    conn.transaction(async |conn| {
        if let Some(uri) = uri
            && db::tombstones::hold(conn, uri, &by.uri).await?
        {
            return Err(Error::Gone);
        }
        let status = original(conn, by.id, status).await?;
        let room = reactions::room(conn, by.id, status.id, emoji).await?;
        let is_full = room.own >= MOST_OWN || (room.different >= MOST_DIFFERENT && !room.is_there);
        let Some(row) = reactions::insert(conn, by.id, status.id, emoji, uri).await? else { return Ok(()) };
        if is_full {
            return Err(Error::invalid("Limit of different reactions reached"));
        }
        statuses::count(conn, status.id, Counter::Reactions, 1).await?;
        Ok(Event::StatusReacted { status: status.id, by: by.id, reaction: row.id }.emit(conn).await?)
    })
    .await
}

/// Takes an emoji back; there need not be one.
pub async fn unreact(app: &App, by: &Account, status: StatusId, emoji: &Emoji) -> Result<()> {
    let mut conn = app.conn().await?;
    conn.transaction(async |conn| {
        let status = original(conn, by.id, status).await?;
        let Some(row) = reactions::delete(conn, by.id, status.id, emoji).await? else { return Ok(()) };
        statuses::count(conn, status.id, Counter::Reactions, -1).await?;
        if reactions::room(conn, by.id, status.id, emoji).await?.own == 0 {
            notifications::withdraw(conn, status.account_id, by.id, Kind::Reaction, Some(status.id)).await?;
        }
        let emoji = row.emoji();
        Ok(Event::StatusUnreacted {
            status: status.id,
            by: by.id,
            reaction: row.id,
            name: emoji.name,
            domain: emoji.domain,
        }
        .emit(conn)
        .await?)
    })
    .await
}
