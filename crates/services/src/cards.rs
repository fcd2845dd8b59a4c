//! Cards: which page a status shows one of, and what is written on it.
//!
//! What is on the page is found out by `federation`, in a job for each card: a page is fetched once, however many
//! statuses link to it, and again only when one more does after [`FRESH_FOR`].

mod players;

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use db::cards::{self, Content};
use db::statuses::Status;
use db::{AccountId, CardId, Conn, StatusId};
use diesel_async::AsyncConnection;
use jobs::{Job, Queue};
use serde::{Deserialize, Serialize};
use streaming::Message;
use text::SafeHtml;
use url::Url;

use crate::media::{CardPicture, RemoveFiles};
use crate::{App, Error, Result, Urls, news};

pub use players::{iframe, player};

/// Pages have workers of their own: one that is slow holds up nobody else.
pub const QUEUE: Queue = Queue("cards");
/// How long a page counts as known.
pub const FRESH_FOR: TimeDelta = TimeDelta::days(14);

/// Longest address of a page, in bytes.
const MAX_URL_BYTES: usize = 2048;
/// Links of one status that are looked at.
const MAX_LINKS: usize = 16;
/// Statuses of other servers come to many servers at once, which do not ask all for the page at once.
const SPREAD_MS: i64 = 60_000;
/// Those who have a status on their screens are told of its card if it comes so soon, for so many statuses.
const TOLD_WITHIN: TimeDelta = TimeDelta::hours(1);
const MOST_TOLD: i64 = 20;

/// The page of a card is to be fetched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FetchCard {
    /// Which card.
    pub card: CardId,
    /// How often it was tried without an answer.
    #[serde(default)]
    pub failures: u32,
}

impl Job for FetchCard {
    const KIND: &'static str = "fetch_card";
    const QUEUE: Queue = QUEUE;
    const TIMEOUT: Duration = Duration::from_mins(2);

    fn dedup_key(&self) -> Option<String> {
        Some(self.card.to_string())
    }
}

/// The address of a page as a card knows it: http or https, without fragment.
pub fn address(text: &str) -> Option<String> {
    let mut url = Url::parse(text).ok()?;
    let is_web = matches!(url.scheme(), "http" | "https") && url.host_str().is_some();
    url.set_fragment(None);
    let is_plain = url.username().is_empty() && url.password().is_none();
    (is_web && is_plain && url.as_str().len() <= MAX_URL_BYTES).then(|| url.into())
}

/// The pages that a text links to, but for those of this server.
fn candidates(urls: &Urls, content: &str) -> Vec<String> {
    let content = SafeHtml::from_stored(content.to_owned());
    let links = text::links(&content).take(MAX_LINKS).filter_map(|link| address(&link));
    links.filter(|link| !urls.is_ours(link) && !is_on(link, urls.domain())).collect()
}

/// Whether a page is on a website, or on a part of one.
fn is_on(address: &str, website: &str) -> bool {
    let host = Url::parse(address).ok().and_then(|url| {
        let host = url.host_str()?.to_owned();
        Some(url.port().map_or_else(|| host.clone(), |port| format!("{host}:{port}")))
    });
    host.is_some_and(|host| {
        host == website || host.strip_suffix(website).is_some_and(|rest| rest.ends_with('.'))
    })
}

/// Ties a new or changed status to the card of the first page that it links to, and promises that the page is
/// fetched if that is due; in the caller's transaction. A status that not everybody may see has none, so that no
/// page learns of it, nor has one with media or a quote.
pub async fn follow(app: &App, conn: &mut Conn, status: &Status) -> Result<()> {
    let shows = status.visibility.is_open()
        && !status.local_only
        && status.reblog_of_id.is_none()
        && status.media_count == 0
        && !status.has_quote;
    let links = if shows { candidates(&app.urls, &status.content) } else { Vec::new() };
    for link in links {
        if cards::is_object(conn, &link).await? {
            continue;
        }
        let known = cards::remember(conn, &link).await?;
        cards::attach(conn, status.id, known.id).await?;
        if known.is_due {
            let job = FetchCard { card: known.id, failures: 0 };
            let wait = if status.local { 0 } else { rand::random_range(0..SPREAD_MS) };
            jobs::enqueue_at(conn, &job, Utc::now() + TimeDelta::milliseconds(wait)).await?;
        }
        return Ok(());
    }
    if status.edited_at.is_some() {
        cards::detach(conn, status.id).await?;
    }
    Ok(())
}

/// Whether an account says that it writes for the website of a page.
pub async fn writes_for(conn: &mut Conn, account: AccountId, page: &str) -> Result<bool> {
    let websites = cards::websites_of(conn, account).await?;
    Ok(websites.iter().any(|website| is_on(page, website)))
}

/// Writes on a card what was found out, and tells those who have one of its newest statuses before them.
pub async fn settle(app: &App, card: CardId, content: &Content, picture: Option<&CardPicture>) -> Result<()> {
    let mut conn = app.conn().await?;
    conn.transaction(async |conn| {
        if let Some(picture) = picture {
            picture.keep(conn).await?;
        }
        let old = cards::update(conn, card, content, Utc::now() + FRESH_FOR).await?;
        RemoveFiles::promise(conn, old.into_iter().collect()).await?;
        if !content.title.is_empty() {
            let lately = Utc::now() - TOLD_WITHIN;
            for (StatusId(status), AccountId(author)) in
                cards::local_statuses(conn, card, lately, MOST_TOLD).await?
            {
                news::tell(conn, &Message::Edited { status, author }).await?;
            }
        }
        Ok::<_, Error>(())
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_one_form() {
        assert_eq!(address("https://A.example#x").as_deref(), Some("https://a.example/"));
        assert_eq!(address("http://a.example/?q=é").as_deref(), Some("http://a.example/?q=%C3%A9"));
        for bad in ["javascript:alert(1)", "magnet:?xt=1", "https://u:p@a.example/", "/x", "https://"] {
            assert_eq!(address(bad), None, "{bad}");
        }
        assert_eq!(address(&format!("https://a.example/{}", "x".repeat(3000))), None);
    }

    #[test]
    fn websites_hold_their_parts() {
        assert!(is_on("https://blog.example/post", "blog.example"));
        assert!(is_on("https://www.blog.example/", "blog.example"));
        assert!(is_on("http://127.0.0.1:8080/", "127.0.0.1:8080"));
        for other in ["https://myblog.example/", "https://blog.example.evil.example/", "https://example/"] {
            assert!(!is_on(other, "blog.example"), "{other}");
        }
    }
}
