//! Feeds as XML.

use std::io;

use chrono::{DateTime, SecondsFormat, Utc};
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use crate::cards::{Attachment, Card, excerpt, shortened};

/// Longest title of an entry, in characters.
const TITLE: usize = 80;

/// What a feed says, in whichever language.
pub(super) struct Feed {
    pub(super) title: String,
    pub(super) about: String,
    /// The page that it is another form of.
    pub(super) page: String,
    /// Its own address.
    pub(super) address: String,
    pub(super) picture: Option<String>,
    /// The instance's name.
    pub(super) site: String,
    pub(super) cards: Vec<Card>,
}

type Xml = Writer<Vec<u8>>;

/// A text without the characters that XML 1.0 knows no way to write.
fn allowed(text: &str) -> String {
    text.chars()
        .filter(|c| matches!(c, '\t' | '\n' | '\r') || (*c >= ' ' && !matches!(c, '\u{FFFE}' | '\u{FFFF}')))
        .collect()
}

fn text(xml: &mut Xml, name: &str, value: &str) -> io::Result<()> {
    xml.create_element(name).write_text_content(BytesText::new(&allowed(value)))?;
    Ok(())
}

fn with(xml: &mut Xml, name: &str, attributes: &[(&str, &str)]) -> io::Result<()> {
    let attributes: Vec<(&str, String)> =
        attributes.iter().map(|(name, value)| (*name, allowed(value))).collect();
    let attributes = attributes.iter().map(|(name, value)| (*name, value.as_str()));
    xml.create_element(name).with_attributes(attributes).write_empty()?;
    Ok(())
}

/// The warning where there is one: a title is shown where nobody has asked for what it warns of.
fn title(card: &Card) -> String {
    let title =
        if card.spoiler.is_empty() { excerpt(&card.content, TITLE) } else { shortened(&card.spoiler, TITLE) };
    if title.is_empty() { format!("Post by {}", card.author.name) } else { title }
}

/// The text as HTML.
fn content(card: &Card) -> String {
    if card.spoiler.is_empty() {
        return card.content.clone();
    }
    let warning = allowed(&card.spoiler).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!("<p><strong>{warning}</strong></p><hr>{}", card.content)
}

fn files(card: &Card) -> impl Iterator<Item = &Attachment> {
    card.media.iter().filter(|file| file.link != "#")
}

fn published(card: &Card) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(&card.published).map_or(DateTime::UNIX_EPOCH, |time| time.to_utc())
}

impl Feed {
    fn begin() -> io::Result<Xml> {
        let mut xml = Writer::new(Vec::with_capacity(8 * 1024));
        xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
        Ok(xml)
    }

    fn updated(&self) -> DateTime<Utc> {
        self.cards.iter().map(published).max().unwrap_or(DateTime::UNIX_EPOCH)
    }

    /// RSS 2.0.
    pub(super) fn rss(&self) -> io::Result<Vec<u8>> {
        let mut xml = Self::begin()?;
        let namespaces = [("version", "2.0"), ("xmlns:atom", "http://www.w3.org/2005/Atom")];
        xml.create_element("rss").with_attributes(namespaces).write_inner_content(|xml| {
            xml.create_element("channel").write_inner_content(|xml| self.channel(xml))?;
            Ok(())
        })?;
        Ok(xml.into_inner())
    }

    fn channel(&self, xml: &mut Xml) -> io::Result<()> {
        text(xml, "title", &self.title)?;
        text(xml, "link", &self.page)?;
        text(xml, "description", &self.about)?;
        let own = [("rel", "self"), ("type", "application/rss+xml"), ("href", self.address.as_str())];
        with(xml, "atom:link", &own)?;
        text(xml, "lastBuildDate", &self.updated().to_rfc2822())?;
        text(xml, "generator", &self.site)?;
        if let Some(picture) = &self.picture {
            xml.create_element("image").write_inner_content(|xml| {
                text(xml, "url", picture)?;
                text(xml, "title", &self.title)?;
                text(xml, "link", &self.page)
            })?;
        }
        for card in &self.cards {
            xml.create_element("item").write_inner_content(|xml| Self::item(xml, card))?;
        }
        Ok(())
    }

    fn item(xml: &mut Xml, card: &Card) -> io::Result<()> {
        text(xml, "title", &title(card))?;
        let guid = xml.create_element("guid").with_attribute(("isPermaLink", "true"));
        guid.write_text_content(BytesText::new(&allowed(&card.page)))?;
        text(xml, "link", &card.page)?;
        text(xml, "pubDate", &published(card).to_rfc2822())?;
        text(xml, "description", &content(card))?;
        for file in files(card).take(1) {
            with(xml, "enclosure", &[("url", &file.link), ("length", "0"), ("type", file.media_type())])?;
        }
        Ok(())
    }

    /// Atom.
    pub(super) fn atom(&self) -> io::Result<Vec<u8>> {
        let mut xml = Self::begin()?;
        let namespace = ("xmlns", "http://www.w3.org/2005/Atom");
        xml.create_element("feed").with_attribute(namespace).write_inner_content(|xml| {
            text(xml, "id", &self.page)?;
            text(xml, "title", &self.title)?;
            text(xml, "subtitle", &self.about)?;
            text(xml, "updated", &time(self.updated()))?;
            text(xml, "generator", &self.site)?;
            with(xml, "link", &[("rel", "alternate"), ("type", "text/html"), ("href", &self.page)])?;
            with(xml, "link", &[("rel", "self"), ("type", "application/atom+xml"), ("href", &self.address)])?;
            if let Some(picture) = &self.picture {
                text(xml, "icon", picture)?;
            }
            for card in &self.cards {
                xml.create_element("entry").write_inner_content(|xml| Self::entry(xml, card))?;
            }
            Ok(())
        })?;
        Ok(xml.into_inner())
    }

    fn entry(xml: &mut Xml, card: &Card) -> io::Result<()> {
        text(xml, "id", &card.page)?;
        text(xml, "title", &title(card))?;
        text(xml, "published", &time(published(card)))?;
        text(xml, "updated", &time(published(card)))?;
        xml.create_element("author").write_inner_content(|xml| {
            text(xml, "name", &card.author.name)?;
            text(xml, "uri", &card.author.page)
        })?;
        with(xml, "link", &[("rel", "alternate"), ("type", "text/html"), ("href", &card.page)])?;
        for file in files(card) {
            with(xml, "link", &[("rel", "enclosure"), ("type", file.media_type()), ("href", &file.link)])?;
        }
        let html = xml.create_element("content").with_attribute(("type", "html"));
        html.write_text_content(BytesText::new(&allowed(&content(card))))?;
        Ok(())
    }
}

fn time(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_cannot_write_goes() {
        assert_eq!(allowed("a\u{0}\u{8}b\n\u{FFFF}c 😀"), "ab\nc 😀");
    }

    #[test]
    fn texts_are_escaped() -> io::Result<()> {
        let mut xml = Feed::begin()?;
        text(&mut xml, "title", "<b> & ]]>")?;
        with(&mut xml, "link", &[("href", "\"><script>")])?;
        let written = String::from_utf8_lossy(&xml.into_inner()).into_owned();
        assert!(written.contains("<title>&lt;b&gt; &amp; ]]&gt;</title>"), "{written}");
        assert!(!written.contains("<script>") && !written.contains("\"\">"), "{written}");
        Ok(())
    }
}
