//! Finding out what is on a page that statuses link to: the page itself, its oEmbed document, its picture.

mod embeds;

use std::time::Duration;

use anyhow::Result;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use db::cards::{self, Content, kind};
use fetch::{Page, RemoteUrl};
use jobs::RetryAfter;
use services::Resolver;
use services::cards::FetchCard;
use services::media::{self, CardPicture};
use text::{Handle, WebPage};
use url::Url;

use crate::Federation;
use embeds::Embed;

/// Whoever fetches a page has so much time.
const CLAIMED_FOR: TimeDelta = TimeDelta::minutes(3);
/// A page that cannot be shown is tried again by the next status that links to it after so long.
const REFUSED_FOR: TimeDelta = TimeDelta::days(1);
/// Pauses before a page that did not answer is asked for again.
const PAUSES: [TimeDelta; 2] = [TimeDelta::minutes(1), TimeDelta::minutes(10)];
/// Largest picture, in bytes.
const MAX_PICTURE: usize = 8 * 1024 * 1024;
/// Longest tag of a language, in bytes.
const MAX_LANGUAGE: usize = 35;
/// A player is not shown larger than so many pixels, and so large if its page does not say.
const MAX_SIDE: u32 = 4096;
const USUAL_SIZE: (u32, u32) = (640, 360);

/// Fetches the page of a card, unless somebody else does or it is known well enough.
pub async fn fetch(f: Federation, job: FetchCard) -> Result<()> {
    let mut conn = f.app.conn().await?;
    let Some(card) = cards::claim(&mut conn, job.card, Utc::now() + CLAIMED_FOR).await? else {
        let is_known = cards::was_fetched(&mut conn, job.card).await?;
        // Perhaps whoever has it was killed.
        return if is_known { Ok(()) } else { Err(RetryAfter(Duration::from_secs(20)).into()) };
    };
    drop(conn);
    match look_at(&f, &card.url).await {
        Ok((content, picture)) => {
            Ok(services::cards::settle(&f.app, card.id, &content, picture.as_ref()).await?)
        }
        Err(error) => {
            let pause = PAUSES.get(job.failures as usize).filter(|_| is_passing(&error));
            let due = Utc::now() + *pause.unwrap_or(&REFUSED_FOR);
            tracing::debug!(card.id = %card.id, "The page of a card cannot be read: {error}");
            let mut conn = f.app.conn().await?;
            if pause.is_some() {
                let again = FetchCard { card: card.id, failures: job.failures + 1 };
                jobs::enqueue_at(&mut conn, &again, due).await?;
            }
            // What was shown of the page so far stays.
            Ok(cards::postpone(&mut conn, card.id, due).await?)
        }
    }
}

/// Whether trying again may help.
fn is_passing(error: &fetch::Error) -> bool {
    match error {
        fetch::Error::Timeout | fetch::Error::Network(_) => true,
        fetch::Error::Status { code, .. } => *code == 429 || *code >= 500,
        _ => false,
    }
}

/// Asks for the page and what belongs to it.
async fn look_at(f: &Federation, address: &str) -> Result<(Content, Option<CardPicture>), fetch::Error> {
    let Page { url, html } = f.client.get_page(&f.client.check_url(address)?).await?;
    let read = tokio::task::spawn_blocking(move || WebPage::read(&html)).await;
    let page = read.map_err(|error| fetch::Error::Malformed(error.to_string()))?;
    let embed = match page.oembed.as_deref().and_then(|at| url.join(at).ok()) {
        Some(at) => embeds::find(f, &at).await.unwrap_or_default(),
        None => Embed::default(),
    };
    let mut content = written(&page, &embed, &url);
    let mut picture = None;
    if !content.title.is_empty() {
        picture =
            add_picture(f, &mut content, &[embed.picture.as_deref(), page.image.as_deref()], &url).await;
        add_author(f, &mut content, page.creator.as_deref(), address).await;
    }
    Ok((content, picture))
}

/// What is shown of a page, but for its picture and the account of its author.
fn written(page: &WebPage, embed: &Embed, url: &Url) -> Content {
    let either =
        |said: &str, embedded: &str| if said.is_empty() { embedded.to_owned() } else { said.to_owned() };
    let frame = embed.frame.as_deref().or(page.player.as_deref()).and_then(services::cards::player);
    let kind = match embed.kind {
        kind::PHOTO => kind::PHOTO,
        _ if frame.is_none() => kind::LINK,
        kind::RICH => kind::RICH,
        _ => kind::VIDEO,
    };
    let size = [embed.size, page.player_size].into_iter().find(|(width, height)| *width > 0 && *height > 0);
    let (width, height) = if frame.is_some() { size.unwrap_or(USUAL_SIZE) } else { (0, 0) };
    let bounded = |pixels: u32| i32::try_from(pixels.min(MAX_SIDE)).unwrap_or_default();
    let author_url = embed.author_url.as_deref().or(page.author_url.as_deref()).and_then(web_url);
    Content {
        kind,
        title: either(&page.title, &embed.title),
        description: page.description.clone(),
        language: page.language.as_deref().and_then(language),
        author_name: either(&embed.author, &page.author),
        author_url: author_url.unwrap_or_default(),
        provider_name: either(&embed.provider, &page.site),
        provider_url: embed
            .provider_url
            .as_deref()
            .and_then(web_url)
            .unwrap_or_else(|| url.origin().ascii_serialization()),
        frame_url: frame,
        width: bounded(width),
        height: bounded(height),
        image_description: page.image_description.clone(),
        published_at: page.published.as_deref().and_then(time),
        ..Content::default()
    }
}

fn web_url(text: &str) -> Option<String> {
    services::cards::address(text)
}

fn language(text: &str) -> Option<String> {
    let tag = text.trim().replace('_', "-");
    (tag.len() <= MAX_LANGUAGE && services::preferences::is_language(&tag)).then_some(tag)
}

/// A time or a day, not in the future and not before there were pages.
fn time(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    let at = DateTime::parse_from_rfc3339(text)
        .map(|at| at.to_utc())
        .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%z").map(|at| at.to_utc()));
    let at = at.ok().or_else(|| {
        let day = NaiveDate::parse_from_str(text.get(..10)?, "%Y-%m-%d").ok()?;
        Some(day.and_time(chrono::NaiveTime::MIN).and_utc())
    });
    at.filter(|at| *at <= Utc::now() + TimeDelta::days(1) && at.timestamp() > 0)
}

/// The first picture that is one, in a copy of ours: readers never ask its server.
async fn add_picture(
    f: &Federation,
    content: &mut Content,
    found: &[Option<&str>],
    base: &RemoteUrl,
) -> Option<CardPicture> {
    for address in found.iter().flatten() {
        let Some(url) = base.join(address).ok().and_then(|url| f.client.check(&url).ok()) else { continue };
        let Ok(file) = f.client.get_bytes(&url, MAX_PICTURE, &["image/"]).await else { continue };
        match media::store_for_card(&f.app, file.bytes).await {
            Ok(picture) => {
                if content.frame_url.is_none() {
                    content.width = i32::try_from(picture.width).unwrap_or_default();
                    content.height = i32::try_from(picture.height).unwrap_or_default();
                }
                content.image_key.clone_from(&picture.image_key);
                content.blurhash = Some(picture.blurhash.clone());
                return Some(picture);
            }
            Err(error) => tracing::debug!(%url, "The picture of a page cannot be shown: {error}"),
        }
    }
    // A photo without its picture is something to read.
    if content.kind == kind::PHOTO {
        content.kind = kind::LINK;
    }
    content.image_description.clear();
    None
}

/// The account that a page names as its author, and whether it agrees.
async fn add_author(f: &Federation, content: &mut Content, creator: Option<&str>, address: &str) {
    let handle = creator.map(|name| name.trim_start_matches('@')).filter(|name| name.contains('@'));
    let Some(handle) = handle.and_then(|name| Handle::parse(name).ok()) else { return };
    let Ok(Some(account)) = f.account(&handle).await else { return };
    let Ok(mut conn) = f.app.conn().await else { return };
    let agrees = services::cards::writes_for(&mut conn, account.id, address).await;
    content.author_account_id = Some(account.id);
    content.author_agrees = agrees.unwrap_or(false);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_days_are_read() {
        let read = |text: &str| time(text).map(|at| at.to_rfc3339());
        assert_eq!(read("2024-05-01T10:00:00+02:00").as_deref(), Some("2024-05-01T08:00:00+00:00"));
        assert_eq!(read("2024-05-01T10:00:00+0200").as_deref(), Some("2024-05-01T08:00:00+00:00"));
        assert_eq!(read(" 2024-05-01 ").as_deref(), Some("2024-05-01T00:00:00+00:00"));
        for bad in ["", "soon", "9999-01-01", "0001-01-01", "2024-13-01", "2024-05-é1"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_player_makes_a_video_and_others_do_not() {
        let url = Url::parse("https://a.example/watch").expect("an address");
        let page = WebPage {
            title: "A film".to_owned(),
            player: Some("https://player.vimeo.com/video/1".to_owned()),
            ..WebPage::default()
        };
        let content = written(&page, &Embed::default(), &url);
        assert_eq!((content.kind, content.width, content.height), (kind::VIDEO, 640, 360));
        assert_eq!(content.provider_url, "https://a.example");
        let evil = WebPage { player: Some("https://evil.example/".to_owned()), ..page };
        let embed = Embed {
            kind: kind::VIDEO,
            frame: Some("https://evil.example/embed".to_owned()),
            ..Embed::default()
        };
        let content = written(&evil, &embed, &url);
        assert_eq!((content.kind, content.frame_url, content.width), (kind::LINK, None, 0));
    }
}
