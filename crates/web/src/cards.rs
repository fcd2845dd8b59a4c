//! A status as pages show it: what everybody may see, ready to be drawn.

use db::account_views::AccountView;
use db::accounts::Account;
use db::media::{Media, kind};
use db::polls::Poll;
use db::status_views::StatusView;
use services::Urls;
use text::SafeHtml;

/// Characters shown of what is quoted.
const EXCERPT: usize = 500;

/// One status.
pub(crate) struct Card {
    pub(crate) author: Person,
    /// Its page, wherever it lives.
    pub(crate) page: String,
    /// For machines (RFC 3339).
    pub(crate) published: String,
    /// For people.
    pub(crate) published_words: String,
    pub(crate) edited: bool,
    pub(crate) is_reply: bool,
    pub(crate) spoiler: String,
    /// Sanitised HTML.
    pub(crate) content: String,
    pub(crate) sensitive: bool,
    pub(crate) media: Vec<Attachment>,
    /// What can be chosen.
    pub(crate) choices: Vec<Choice>,
    pub(crate) replies: i64,
    pub(crate) reblogs: i64,
    pub(crate) favourites: i64,
    /// Who reblogged it, if that is why it is shown.
    pub(crate) reblogged_by: Option<String>,
    /// A language tag.
    pub(crate) language: Option<String>,
    /// What it quotes, if everybody may see that.
    pub(crate) quote: Option<Quote>,
}

/// What a status quotes, in short.
pub(crate) struct Quote {
    pub(crate) author: Person,
    pub(crate) page: String,
    pub(crate) excerpt: String,
}

/// Somebody, in a line.
pub(crate) struct Person {
    pub(crate) name: String,
    /// `name@host`.
    pub(crate) handle: String,
    pub(crate) page: String,
    pub(crate) avatar: String,
}

/// An option of a poll.
pub(crate) struct Choice {
    pub(crate) title: String,
    /// None while it is secret.
    pub(crate) votes: Option<i64>,
}

/// A file.
pub(crate) struct Attachment {
    /// What to show, when the file is here and can be shown.
    pub(crate) image: Option<String>,
    /// The file itself.
    pub(crate) link: String,
    pub(crate) description: String,
    pub(crate) word: &'static str,
    /// As its owner says.
    mime: Option<String>,
}

/// The picture of an account, as far as it is kept here: pages load nothing from elsewhere.
pub(crate) fn avatar(urls: &Urls, account: &Account) -> String {
    match &account.avatar_key {
        Some(key) => urls.media(key),
        None => urls.at("/avatars/original/missing.png"),
    }
}

/// The name to show.
pub(crate) fn name(account: &Account) -> String {
    if account.display_name.is_empty() { account.username.clone() } else { account.display_name.clone() }
}

/// `name@host`, also for accounts here.
pub(crate) fn handle(urls: &Urls, account: &Account) -> String {
    format!("{}@{}", account.username, account.domain.as_deref().unwrap_or(urls.domain()))
}

impl Person {
    pub(crate) fn new(urls: &Urls, view: &AccountView) -> Self {
        let account = &view.account;
        Self {
            name: name(account),
            handle: handle(urls, account),
            page: web_address(urls.page_of(account)),
            avatar: avatar(urls, account),
        }
    }
}

/// Addresses from elsewhere are links only if they lead to a page.
fn web_address(url: String) -> String {
    if url.starts_with("https://") || url.starts_with("http://") { url } else { "#".to_owned() }
}

impl Card {
    /// A reblog is shown as what it reblogs.
    pub(crate) fn new(urls: &Urls, view: StatusView) -> Self {
        let reblogger = name(&view.account.account);
        match view.reblog {
            Some(original) => Self { reblogged_by: Some(reblogger), ..Self::original(urls, *original) },
            None => Self::original(urls, view),
        }
    }

    fn original(urls: &Urls, view: StatusView) -> Self {
        let status = view.status;
        let page = if status.local {
            urls.status_page(&view.account.account.username, status.id)
        } else {
            web_address(status.url.unwrap_or(status.uri))
        };
        Self {
            author: Person::new(urls, &view.account),
            page,
            published: status.created_at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
            published_words: status.created_at.format("%-d %B %Y, %H:%M UTC").to_string(),
            edited: status.edited_at.is_some(),
            is_reply: status.in_reply_to_uri.is_some(),
            spoiler: status.spoiler_text,
            content: SafeHtml::from_stored(status.content).into_string(),
            sensitive: status.sensitive,
            media: view.media.iter().map(|media| Attachment::new(urls, media)).collect(),
            choices: view.poll.map(|view| choices(view.poll)).unwrap_or_default(),
            replies: view.replies_count,
            reblogs: view.reblogs_count,
            favourites: view.favourites_count,
            reblogged_by: None,
            language: status.language,
            quote: None,
        }
    }

    /// With what it quotes.
    pub(crate) fn quoting(self, urls: &Urls, quoted: Option<StatusView>) -> Self {
        Self { quote: quoted.map(|view| Quote::new(urls, view)), ..self }
    }
}

impl Quote {
    fn new(urls: &Urls, view: StatusView) -> Self {
        let Card { author, page, spoiler, content, .. } = Card::original(urls, view);
        let told = if spoiler.is_empty() { content } else { spoiler };
        Self { author, page, excerpt: excerpt(&told, EXCERPT) }
    }
}

fn choices(poll: Poll) -> Vec<Choice> {
    let shown = poll.shows_totals();
    let choice = |(title, votes)| Choice { title, votes: Some(votes).filter(|_| shown) };
    poll.options.into_iter().zip(poll.tallies).map(choice).collect()
}

impl Attachment {
    /// Its media type, of which nothing may be known.
    pub(crate) fn media_type(&self) -> &str {
        self.mime.as_deref().unwrap_or("application/octet-stream")
    }

    fn new(urls: &Urls, media: &Media) -> Self {
        let file = media.file_key.as_deref().map(|key| urls.media(key));
        let preview = media.preview_key.as_deref().map(|key| urls.media(key));
        let is_image = media.kind == kind::IMAGE;
        let link = file.clone().or_else(|| media.remote_url.clone().map(web_address));
        Self {
            mime: media.mime.clone(),
            image: preview.or(file.filter(|_| is_image)),
            link: link.unwrap_or_else(|| "#".to_owned()),
            description: media.description.clone().unwrap_or_default(),
            word: match media.kind {
                kind::IMAGE => "Image",
                kind::GIFV => "Animation",
                kind::VIDEO => "Video",
                kind::AUDIO => "Sound",
                _ => "File",
            },
        }
    }
}

/// The start of a text, for the description of a page.
pub(crate) fn excerpt(html: &str, most: usize) -> String {
    shortened(&text::plain(html), most)
}

/// The start of a plain text, in one line.
pub(crate) fn shortened(text: &str, most: usize) -> String {
    let plain = text::clean_line(text, most + 1);
    if plain.chars().count() <= most {
        return plain;
    }
    plain.chars().take(most).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_pages_only() {
        assert_eq!(web_address("https://a.example/".to_owned()), "https://a.example/");
        assert_eq!(web_address("javascript:alert(1)".to_owned()), "#");
    }

    #[test]
    fn excerpts_are_short_and_plain() {
        assert_eq!(excerpt("<p>one <b>two</b></p>", 40), "one two");
        assert_eq!(excerpt("<p>abcdef</p>", 3), "abc…");
    }
}
