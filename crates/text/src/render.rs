//! From what was typed here to HTML, marked up as Mastodon does, so that every client understands it.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use url::form_urlencoded::byte_serialize;

use crate::{
    characters::without_unwanted,
    handle::Handle,
    hashtag::normalise_tag,
    html::{self, Origin, SafeHtml, escape},
    lexer::{Kind, tokens},
    markdown, typed_html, web_url,
};

/// How a source text is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// `text/plain`: paragraphs and line breaks as typed.
    #[default]
    Plain,
    /// `text/markdown`: `CommonMark` and `~~strikethrough~~`; HTML in it is shown, not obeyed.
    Markdown,
    /// `text/html`: what [`sanitise`](crate::sanitise) leaves of it; its text is linked like any other.
    Html,
}

/// An account a mention leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolvedMention {
    /// As typed; no domain means an account here.
    pub handle: Handle,
    /// The profile page.
    pub url: String,
    /// The username in the spelling of its owner, without domain.
    pub acct_username: String,
}

/// Where mentions and hashtags lead.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Links {
    /// Mentions that are not in it stay text.
    pub mentions: Vec<ResolvedMention>,
    /// A hashtag leads to `{tag_base}/{name}`: `https://example.com/tags`, with or without a slash at the end.
    pub tag_base: String,
}

/// A text as it is shown, and the hashtags that were linked in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rendered {
    /// Empty if nothing visible was typed.
    pub html: SafeHtml,
    /// Without `#`, in the spelling that came first, each normalised form once.
    pub hashtags: Vec<String>,
}

/// Renders a source text. [`sanitise`](crate::sanitise) leaves the result as it is, but for `target` and `rel`, which it gives to
/// mentions and hashtags as to every link.
pub fn render(source: &str, format: Format, links: &Links) -> Rendered {
    let source = without_unwanted(source);
    let mut linker = Linker::new(links);
    let html = match format {
        Format::Plain => paragraphs(source.trim(), &mut linker),
        Format::Markdown => {
            html::cleaned(&markdown::to_html(&source, &mut linker), Origin::Here).trim_end().to_owned()
        }
        Format::Html => {
            let clean = html::cleaned(&source, Origin::Remote);
            html::cleaned(&typed_html::linked(&clean, &mut linker), Origin::Here).trim().to_owned()
        }
    };
    Rendered { html: SafeHtml::from_renderer(html), hashtags: linker.hashtags }
}

/// What people read of a source text: for counting it, and for finding whom it names.
pub fn readable(source: &str, format: Format) -> Cow<'_, str> {
    match format {
        Format::Plain | Format::Markdown => Cow::Borrowed(source),
        Format::Html => Cow::Owned(html::plain(source)),
    }
}

/// The same behind a line that leads to what is quoted, for readers whose program shows no quotes; the others
/// leave out what has the class `quote-inline`.
pub fn after_quote_link(url: &str, html: &SafeHtml) -> SafeHtml {
    let mut out = String::from("<p class=\"quote-inline\">RE: ");
    if address(&mut out, url).is_none() {
        return html.clone();
    }
    out.push_str("</p>");
    out.push_str(html.as_str());
    SafeHtml::from_renderer(out)
}

/// Plain text with its links, as [`render`] does it, for bios and profile fields.
pub fn linkify_plain(text: &str, links: &Links) -> SafeHtml {
    render(text, Format::Plain, links).html
}

fn paragraphs(text: &str, linker: &mut Linker<'_>) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    let mut is_open = false;
    let mut lines = text.split('\n').peekable();
    while let Some(line) = lines.next() {
        if line.is_empty() {
            continue;
        }
        if !is_open {
            out.push_str("<p>");
            is_open = true;
        }
        linker.link(&mut out, line);
        if lines.peek().is_some_and(|next| !next.is_empty()) {
            out.push_str("<br />");
        } else {
            out.push_str("</p>");
            is_open = false;
        }
    }
    out
}

/// Turns text into HTML with its links, and remembers the hashtags it met.
pub(crate) struct Linker<'l> {
    tag_base: &'l str,
    mentions: HashMap<(String, Option<String>), Target>,
    seen: HashSet<String>,
    hashtags: Vec<String>,
}

struct Target {
    /// Checked and in its normal form.
    url: String,
    /// With the domain if two accounts of one name are mentioned.
    name: String,
}

impl<'l> Linker<'l> {
    fn new(links: &'l Links) -> Self {
        let mut owners: HashMap<String, HashSet<&str>> = HashMap::new();
        for mention in &links.mentions {
            owners.entry(mention.acct_username.to_ascii_lowercase()).or_default().insert(&mention.url);
        }
        let target = |mention: &ResolvedMention| {
            let is_shared = owners[&mention.acct_username.to_ascii_lowercase()].len() > 1;
            let name = match &mention.handle.domain {
                Some(domain) if is_shared => format!("{}@{domain}", mention.acct_username),
                _ => mention.acct_username.clone(),
            };
            Some((mention.handle.key(), Target { url: web_url::normalise_href(&mention.url)?, name }))
        };
        Self {
            tag_base: links.tag_base.trim_end_matches('/'),
            mentions: links.mentions.iter().filter_map(target).collect(),
            seen: HashSet::new(),
            hashtags: Vec::new(),
        }
    }

    /// Adds a text to `out`, escaped and linked.
    pub(crate) fn link(&mut self, out: &mut String, text: &str) {
        let mut end = 0;
        for token in tokens(text) {
            escape(out, &text[end..token.range.start], false);
            end = token.range.end;
            let typed = &text[token.range];
            let is_linked = match token.kind {
                Kind::Url => address(out, typed),
                Kind::Mention(handle) => self.mention(out, &handle),
                Kind::Hashtag => self.hashtag(out, typed),
            };
            if is_linked.is_none() {
                escape(out, typed, false);
            }
        }
        escape(out, &text[end..], false);
    }

    fn mention(&self, out: &mut String, handle: &Handle) -> Option<()> {
        let target = self.mentions.get(&handle.key())?;
        out.push_str("<span class=\"h-card\" translate=\"no\"><a href=\"");
        escape(out, &target.url, true);
        out.push_str("\" class=\"u-url mention\">@<span>");
        escape(out, &target.name, false);
        out.push_str("</span></a></span>");
        Some(())
    }

    fn hashtag(&mut self, out: &mut String, typed: &str) -> Option<()> {
        let name = typed.trim_start_matches(['#', '＃']);
        let normal = normalise_tag(name)?;
        let path: String = byte_serialize(normal.as_bytes()).collect();
        if self.seen.insert(normal) {
            self.hashtags.push(name.to_owned());
        }
        let href = web_url::normalise_href(&format!("{}/{path}", self.tag_base))?;
        out.push_str("<a href=\"");
        escape(out, &href, true);
        out.push_str("\" class=\"mention hashtag\" rel=\"tag\">#<span>");
        escape(out, name, false);
        out.push_str("</span></a>");
        Some(())
    }
}

fn address(out: &mut String, typed: &str) -> Option<()> {
    let href = web_url::normalise_href(typed)?;
    let shown = web_url::shown(typed);
    out.push_str("<a href=\"");
    escape(out, &href, true);
    out.push_str("\" target=\"_blank\" rel=\"nofollow noopener noreferrer\"><span class=\"invisible\">");
    escape(out, &shown.prefix, false);
    out.push_str(if shown.cut { "</span><span class=\"ellipsis\">" } else { "</span><span>" });
    escape(out, &shown.middle, false);
    out.push_str("</span><span class=\"invisible\">");
    escape(out, &shown.rest, false);
    out.push_str("</span></a>");
    Some(())
}

#[cfg(test)]
mod tests;
