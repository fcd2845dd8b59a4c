//! What a web page says of itself: Open Graph, Twitter cards, `meta` elements and JSON-LD, and what a text links to.
//!
//! Pages are hostile. They are read with the lexer of the sanitiser, in linear time and with few attributes of each
//! tag; all values become text without markup, of bounded length. Addresses are left as they are written: whoever
//! knows where the page was resolves and checks them.

mod structured;

use std::collections::HashMap;

use crate::characters::clean_line;
use crate::html::markup::{Token, Tokens};
use crate::html::{SafeHtml, plain, unescaped};

/// Longest value that is looked at, in bytes as written.
const MAX_VALUE_BYTES: usize = 4096;
/// Longest title, name and description, in characters.
const MAX_NAME_CHARS: usize = 200;
const MAX_TITLE_CHARS: usize = 500;
const MAX_DESCRIPTION_CHARS: usize = 1000;
/// JSON-LD documents that are read, and the longest one, in bytes.
const MAX_SCRIPTS: usize = 4;
const MAX_SCRIPT_BYTES: usize = 256 * 1024;

/// Names of `meta` elements that are kept, in the spelling of the standards.
const NAMES: [&str; 28] = [
    "og:title",
    "og:description",
    "og:site_name",
    "og:locale",
    "og:image",
    "og:image:url",
    "og:image:secure_url",
    "og:image:alt",
    "og:video:url",
    "og:video:secure_url",
    "og:video:width",
    "og:video:height",
    "og:published_time",
    "article:published_time",
    "article:author",
    "twitter:title",
    "twitter:description",
    "twitter:image",
    "twitter:image:alt",
    "twitter:player",
    "twitter:player:width",
    "twitter:player:height",
    "description",
    "author",
    "date",
    "publisher",
    "fediverse:creator",
    "content-language",
];

/// What a page says of itself; what it does not say is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WebPage {
    /// Its headline.
    pub title: String,
    /// What it is about.
    pub description: String,
    /// The name of the site.
    pub site: String,
    /// Who wrote it.
    pub author: String,
    /// The page of whoever wrote it.
    pub author_url: Option<String>,
    /// The handle of whoever wrote it (`fediverse:creator`).
    pub creator: Option<String>,
    /// BCP 47, as the page writes it.
    pub language: Option<String>,
    /// When it was published, as the page writes it.
    pub published: Option<String>,
    /// A picture.
    pub image: Option<String>,
    /// What is on the picture.
    pub image_description: String,
    /// A player for what is on the page.
    pub player: Option<String>,
    /// Size of the player in pixels.
    pub player_size: (u32, u32),
    /// Where its oEmbed document is, as JSON.
    pub oembed: Option<String>,
}

/// The text of a value: entities decoded, without markup, on one line.
fn text(value: &str, most: usize) -> String {
    clean_line(&plain(&value[..value.floor_char_boundary(MAX_VALUE_BYTES)]), most)
}

/// An address, as written.
fn address(value: &str) -> Option<String> {
    let plain = if value.len() > MAX_VALUE_BYTES { String::new() } else { plain(value) };
    Some(plain.trim().to_owned()).filter(|address| !address.is_empty())
}

impl WebPage {
    /// Reads a page; anything is survived.
    pub fn read(html: &str) -> Self {
        let mut reader = Reader::default();
        let mut tokens = Tokens::new(html);
        while let Some(token) = tokens.next() {
            if let Token::Open { name, attributes, .. } = token {
                reader.open(&mut tokens, &name.to_ascii_lowercase(), &attributes);
            }
        }
        reader.finish()
    }
}

#[derive(Default)]
struct Reader {
    named: HashMap<&'static str, String>,
    title: Option<String>,
    language: Option<String>,
    oembed: Option<String>,
    scripts: usize,
    structured: structured::Article,
}

fn attribute<'a>(attributes: &[(&str, &'a str)], name: &str) -> Option<&'a str> {
    attributes.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
}

impl Reader {
    fn open(&mut self, tokens: &mut Tokens<'_>, name: &str, attributes: &[(&str, &str)]) {
        match name {
            "html" if self.language.is_none() => {
                self.language = attribute(attributes, "lang").and_then(address);
            }
            "meta" => self.meta(attributes),
            "link" => self.link(attributes),
            "title" => {
                let written = tokens.raw("title");
                self.title.get_or_insert_with(|| text(written, MAX_TITLE_CHARS));
            }
            "script" => {
                let body = tokens.raw("script");
                let kind = attribute(attributes, "type").unwrap_or_default();
                if kind.trim().eq_ignore_ascii_case("application/ld+json") {
                    self.script(body);
                }
            }
            "style" | "textarea" | "noscript" | "iframe" | "xmp" | "template" => drop(tokens.raw(name)),
            _ => {}
        }
    }

    /// The first one with a name counts.
    fn meta(&mut self, attributes: &[(&str, &str)]) {
        let name = ["property", "name", "http-equiv"].into_iter().find_map(|by| attribute(attributes, by));
        let known = name.and_then(|name| NAMES.iter().find(|known| known.eq_ignore_ascii_case(name.trim())));
        let content = attribute(attributes, "content").map(str::trim).filter(|content| !content.is_empty());
        if let (Some(known), Some(content)) = (known, content) {
            self.named.entry(known).or_insert_with(|| content.to_owned());
        }
    }

    fn link(&mut self, attributes: &[(&str, &str)]) {
        let rel = attribute(attributes, "rel").unwrap_or_default();
        let is_alternate = rel.split_ascii_whitespace().any(|one| one.eq_ignore_ascii_case("alternate"));
        let kind = attribute(attributes, "type").unwrap_or_default().trim();
        if is_alternate && kind.eq_ignore_ascii_case("application/json+oembed") && self.oembed.is_none() {
            self.oembed = attribute(attributes, "href").and_then(address);
        }
    }

    fn script(&mut self, body: &str) {
        self.scripts += 1;
        if self.scripts <= MAX_SCRIPTS && body.len() <= MAX_SCRIPT_BYTES {
            self.structured.read(body);
        }
    }

    fn first(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.named.get(*name)).map(String::as_str)
    }

    fn text(&self, names: &[&str], most: usize) -> Option<String> {
        names
            .iter()
            .filter_map(|name| self.named.get(*name))
            .map(|value| text(value, most))
            .find(|t| !t.is_empty())
    }

    fn finish(self) -> WebPage {
        let told = |value: &Option<String>, most| {
            value.as_deref().map(|value| text(value, most)).filter(|text| !text.is_empty())
        };
        let article = &self.structured;
        let number = |names: &[&str]| self.first(names).and_then(|value| value.parse().ok()).unwrap_or(0);
        let title = self.text(&["og:title", "twitter:title"], MAX_TITLE_CHARS);
        let names = ["og:description", "twitter:description", "description"];
        let description = self.text(&names, MAX_DESCRIPTION_CHARS);
        let author = self.text(&["author"], MAX_NAME_CHARS).or(told(&article.author, MAX_NAME_CHARS));
        let player = self.first(&["twitter:player", "og:video:secure_url", "og:video:url"]).and_then(address);
        let images = ["og:image:secure_url", "og:image", "og:image:url", "twitter:image"];
        WebPage {
            title: title
                .or(told(&article.headline, MAX_TITLE_CHARS))
                .or(self.title.clone())
                .unwrap_or_default(),
            description: description
                .or(told(&article.description, MAX_DESCRIPTION_CHARS))
                .unwrap_or_default(),
            site: self
                .text(&["og:site_name", "publisher"], MAX_NAME_CHARS)
                .or(told(&article.publisher, MAX_NAME_CHARS))
                .unwrap_or_default(),
            author: author.unwrap_or_default(),
            author_url: article
                .author_url
                .clone()
                .or(self.first(&["article:author"]).and_then(address))
                .filter(|url| url.contains("://")),
            creator: self.first(&["fediverse:creator"]).and_then(address),
            language: article
                .language
                .clone()
                .or(self.language.clone())
                .or(self.first(&["content-language", "og:locale"]).and_then(address)),
            published: article
                .published
                .clone()
                .or(self.first(&["article:published_time", "og:published_time", "date"]).and_then(address)),
            image: self.first(&images).and_then(address).or(article.image.clone()),
            image_description: self
                .text(&["og:image:alt", "twitter:image:alt"], MAX_DESCRIPTION_CHARS)
                .unwrap_or_default(),
            player,
            player_size: (
                number(&["twitter:player:width", "og:video:width"]),
                number(&["twitter:player:height", "og:video:height"]),
            ),
            oembed: self.oembed,
        }
    }
}

/// The address of the first frame in some HTML, such as that of an oEmbed document.
pub fn frame(html: &str) -> Option<String> {
    Tokens::new(html).find_map(|token| match token {
        Token::Open { name, attributes, .. } if name.eq_ignore_ascii_case("iframe") => {
            attribute(&attributes, "src").and_then(address)
        }
        _ => None,
    })
}

/// The addresses that a text links to, in order, but for its mentions and hashtags.
pub fn links(content: &SafeHtml) -> impl Iterator<Item = String> {
    Tokens::new(content.as_str()).filter_map(|token| {
        let Token::Open { name: "a", attributes, .. } = token else { return None };
        let words = |name: &str| attribute(&attributes, name).unwrap_or_default().split_ascii_whitespace();
        let is_other = words("class").any(|class| matches!(class, "mention" | "hashtag" | "u-url"))
            || words("rel").any(|rel| rel == "tag");
        attribute(&attributes, "href").filter(|_| !is_other).map(unescaped)
    })
}

#[cfg(test)]
mod tests;
