//! What whoever runs the place tells everybody who is signed in.

use chrono::{DateTime, Utc};
use db::accounts::Account;
use db::announcements::{self, Announcement, NewAnnouncement};
use db::custom_emojis::{self, Wanted};
use db::{Conn, StatusId};
use diesel_async::AsyncConnection;
use streaming::Message;
use text::{Format, Handle, Links, ResolvedMention};

use crate::{App, Error, Result, news};

/// Longest announcement, in characters.
const MAX_CHARS: usize = 10_000;
/// So many accounts and statuses are looked up for one.
const MAX_NAMED: usize = 20;
/// So many different emoji may stand below one.
const MAX_REACTIONS: usize = 8;

/// What an announcement says, and when what it is about takes place.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// Markdown.
    pub text: String,
    /// When it begins.
    pub starts_at: Option<DateTime<Utc>>,
    /// When it is over; then nobody is told any more.
    pub ends_at: Option<DateTime<Utc>>,
    /// Whether these are days rather than hours.
    pub all_day: bool,
}

/// Tells everybody something.
///
/// # Errors
/// [`Error::Invalid`] for a text that says nothing or is too long, and when it ends before it begins.
pub async fn create(app: &App, draft: Draft) -> Result<Announcement> {
    let source = text::clean_text(&draft.text, MAX_CHARS + 1);
    if source.chars().count() > MAX_CHARS {
        return Err(Error::invalid(format!("Text is too long (maximum is {MAX_CHARS} characters)")));
    }
    if draft.starts_at.zip(draft.ends_at).is_some_and(|(starts, ends)| ends < starts) {
        return Err(Error::invalid("End must not be before the start"));
    }
    let mut conn = app.conn().await?;
    let mentioned = mentioned(app, &mut conn, &source).await?;
    let mentions = mentioned
        .iter()
        .map(|(handle, account)| ResolvedMention {
            handle: handle.clone(),
            url: app.urls.page_of(account),
            acct_username: account.username.clone(),
        })
        .collect();
    let links = Links { mentions, tag_base: app.urls.tags() };
    let rendered = text::render(&source, Format::Markdown, &links);
    if rendered.html.is_empty() {
        return Err(Error::invalid("Text can't be blank"));
    }
    let new = NewAnnouncement {
        mention_ids: mentioned.iter().map(|(_, account)| account.id).collect(),
        status_ids: linked(app, &source),
        tags: rendered.hashtags,
        content: rendered.html.into_string(),
        source,
        starts_at: draft.starts_at,
        ends_at: draft.ends_at,
        all_day: draft.all_day,
    };
    conn.transaction(async |conn| {
        let made = announcements::insert(conn, &new).await?;
        news::tell(conn, &Message::Announced { announcement: made.id }).await?;
        Ok(made)
    })
    .await
}

/// The accounts that a text names, as far as they are known here.
async fn mentioned(app: &App, conn: &mut Conn, source: &str) -> Result<Vec<(Handle, Account)>> {
    let mut found = Vec::new();
    for handle in text::scan(source).mentions.into_iter().take(MAX_NAMED) {
        let host = handle.domain.as_deref().filter(|host| *host != app.urls.domain());
        let account = db::accounts::find_by_handle(conn, &handle.username, host).await?;
        if let Some(account) = account.filter(|account| account.suspended_at.is_none()) {
            found.push((handle, account));
        }
    }
    Ok(found)
}

/// The statuses of this instance whose addresses stand in a text.
fn linked(app: &App, source: &str) -> Vec<StatusId> {
    let mut ids = Vec::new();
    for (at, _) in source.match_indices(app.urls.base()).take(MAX_NAMED) {
        let rest = &source[at..];
        let end = rest.find(|c: char| c.is_whitespace() || "()[]<>\"'".contains(c)).unwrap_or(rest.len());
        let address = rest[..end].trim_end_matches(['.', ',', ';', ':', '!', '?']);
        if let Some(id) = app.urls.local_status(address).filter(|id| !ids.contains(id)) {
            ids.push(id);
        }
    }
    ids
}

/// Takes an announcement back.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub async fn delete(app: &App, id: i64) -> Result<()> {
    let mut conn = app.conn().await?;
    conn.transaction(async |conn| {
        if !announcements::delete(conn, id).await? {
            return Err(Error::NotFound);
        }
        Ok(news::tell(conn, &Message::AnnouncementDeleted { announcement: id }).await?)
    })
    .await
}

/// Somebody has read one.
///
/// # Errors
/// [`Error::NotFound`] when there is none that is not over.
pub async fn dismiss(app: &App, by: &Account, id: i64) -> Result<()> {
    let mut conn = app.conn().await?;
    conn.transaction(async |conn| {
        announcements::lock(conn, id).await?;
        Ok(announcements::dismiss(conn, by.id, id).await?)
    })
    .await
}

/// Somebody puts an emoji below one; once more changes nothing.
///
/// # Errors
/// [`Error::NotFound`] when there is no announcement, [`Error::Invalid`] for what is no emoji known here, and
/// for a ninth one.
pub async fn react(app: &App, by: &Account, id: i64, name: &str) -> Result<()> {
    let mut conn = app.conn().await?;
    announcements::find(&mut conn, id).await?;
    let name = recognised(&mut conn, name).await?;
    conn.transaction(async |conn| {
        announcements::lock(conn, id).await?;
        let names = announcements::reaction_names(conn, id).await?;
        if names.len() >= MAX_REACTIONS && !names.contains(&name) {
            return Err(Error::invalid("Limit of different reactions reached"));
        }
        if announcements::react(conn, by.id, id, &name).await? {
            tell_reaction(conn, id, name.clone()).await?;
        }
        Ok(())
    })
    .await
}

/// Somebody takes an emoji back.
///
/// # Errors
/// [`Error::NotFound`] when there is no such announcement or reaction, [`Error::Invalid`] for what is no emoji.
pub async fn unreact(app: &App, by: &Account, id: i64, name: &str) -> Result<()> {
    let mut conn = app.conn().await?;
    announcements::find(&mut conn, id).await?;
    // One of our own that was removed since can still be taken back.
    let name = match text::emoji(name) {
        Some(emoji) => emoji.to_owned(),
        None if announcements::reaction_count(&mut conn, id, name).await? > 0 => name.to_owned(),
        None => recognised(&mut conn, name).await?,
    };
    conn.transaction(async |conn| {
        if !announcements::unreact(conn, by.id, id, &name).await? {
            return Err(Error::NotFound);
        }
        Ok(tell_reaction(conn, id, name.clone()).await?)
    })
    .await
}

async fn tell_reaction(conn: &mut Conn, announcement: i64, name: String) -> diesel::result::QueryResult<()> {
    news::tell(conn, &Message::AnnouncementReaction { announcement, name }).await
}

/// The name under which a reaction is kept: an emoji as Unicode recommends to write it, or the shortcode of one
/// of ours.
async fn recognised(conn: &mut Conn, name: &str) -> Result<String> {
    if let Some(emoji) = text::emoji(name) {
        return Ok(emoji.to_owned());
    }
    let wanted = Wanted { domain: String::new(), shortcode: name.to_owned() };
    if custom_emojis::load(conn, [&wanted]).await?.contains_key(&wanted) {
        return Ok(wanted.shortcode);
    }
    Err(Error::invalid("Name is not a recognized emoji"))
}
