//! Any HTML made well-formed, bounded in size and depth, in linear time. Browsers build the same tree from the
//! result as is written in it: no paragraph in a paragraph, no link in a link, every tag closed. Which attributes
//! may stay is decided in [`super::policy`]; here values only become quoted.

use std::borrow::Cow;

use super::markup::{Token, Tokens};

/// Elements open at once; deeper tags are dropped, their text stays.
const MAX_DEPTH: usize = 100;

/// Longest attribute value, in bytes as written.
const MAX_VALUE: usize = crate::web_url::MAX_URL_BYTES;

/// Bytes of text after which a `<wbr>` is put in, which the policy takes out again: the serialiser of html5ever
/// looks to the end of a text node for every `&` in it, which is quadratic.
const MAX_RUN: usize = 512;

/// What ends a text that was cut.
const ELLIPSIS: &str = "…";

/// What becomes of an element.
#[derive(Clone, Copy)]
enum Kind {
    /// A block that ends an open paragraph.
    Block(&'static str),
    Item,
    Inline(&'static str),
    /// `rt` and `rp`, only in `ruby`.
    RubyText(&'static str),
    Heading,
    Break,
    /// Dropped with its content, which is markup.
    Dropped(&'static str),
    /// Dropped with its content, which is not markup.
    Raw(&'static str),
    /// The tag is dropped; the words before and behind it must not run together.
    Space,
    Unknown,
}

fn kind(name: &str) -> Kind {
    match name {
        "p" => Kind::Block("p"),
        "pre" => Kind::Block("pre"),
        "blockquote" => Kind::Block("blockquote"),
        "ul" => Kind::Block("ul"),
        "ol" => Kind::Block("ol"),
        "li" => Kind::Item,
        "a" => Kind::Inline("a"),
        "span" => Kind::Inline("span"),
        "del" => Kind::Inline("del"),
        "s" => Kind::Inline("s"),
        "code" => Kind::Inline("code"),
        "em" => Kind::Inline("em"),
        "strong" => Kind::Inline("strong"),
        "b" => Kind::Inline("b"),
        "i" => Kind::Inline("i"),
        "u" => Kind::Inline("u"),
        "ruby" => Kind::Inline("ruby"),
        "rt" => Kind::RubyText("rt"),
        "rp" => Kind::RubyText("rp"),
        "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => Kind::Heading,
        "br" => Kind::Break,
        "object" => Kind::Dropped("object"),
        "svg" => Kind::Dropped("svg"),
        "math" => Kind::Dropped("math"),
        "template" => Kind::Dropped("template"),
        "script" => Kind::Raw("script"),
        "style" => Kind::Raw("style"),
        "iframe" => Kind::Raw("iframe"),
        "noscript" => Kind::Raw("noscript"),
        "textarea" => Kind::Raw("textarea"),
        "title" => Kind::Raw("title"),
        "xmp" => Kind::Raw("xmp"),
        "noembed" => Kind::Raw("noembed"),
        "noframes" => Kind::Raw("noframes"),
        "plaintext" => Kind::Raw("plaintext"),
        "address" | "article" | "aside" | "center" | "dd" | "details" | "dir" | "div" | "dl" | "dt"
        | "fieldset" | "figcaption" | "figure" | "footer" | "form" | "header" | "hr" | "main" | "menu"
        | "nav" | "option" | "section" | "summary" | "table" | "td" | "th" | "tr" => Kind::Space,
        _ => Kind::Unknown,
    }
}

fn attributes_of(element: &str) -> &'static [&'static str] {
    match element {
        "a" => &["href", "class", "target", "rel", "translate"],
        "span" => &["class", "translate"],
        "p" => &["class"],
        "ol" => &["start", "reversed"],
        "li" => &["value"],
        _ => &[],
    }
}

/// Well-formed HTML of at most `budget` bytes, `<wbr>` not counted.
pub(super) fn tame(html: &str, budget: usize) -> String {
    let mut writer = Writer {
        out: String::with_capacity(html.len().min(budget) + 64),
        cost: 0,
        closing: ELLIPSIS.len(),
        budget,
        run: 0,
        stack: Vec::new(),
        is_full: false,
    };
    let mut tokens = Tokens::new(html);
    while let Some(token) = tokens.next() {
        match token {
            Token::Text(text) => writer.text(text),
            Token::Close(name) => writer.close_tag(&name.to_ascii_lowercase()),
            Token::Open { name, attributes, is_closed } => {
                let name = name.to_ascii_lowercase();
                match kind(&name) {
                    Kind::Raw(name) => tokens.skip_raw(name),
                    Kind::Dropped(name) => skip_element(&mut tokens, name, is_closed),
                    kind => writer.open_tag(kind, &attributes),
                }
            }
        }
        if writer.is_full {
            writer.out.push_str(ELLIPSIS);
            break;
        }
    }
    writer.close_to(0);
    writer.out
}

/// Passes over an element and all that is in it; to the end if it is never closed.
fn skip_element(tokens: &mut Tokens<'_>, name: &str, is_closed: bool) {
    let is_foreign = matches!(name, "svg" | "math");
    let mut depth = usize::from(!(is_closed && is_foreign));
    while depth > 0 {
        match tokens.next() {
            Some(Token::Open { name: inner, is_closed, .. }) => {
                if inner.eq_ignore_ascii_case(name) {
                    depth += usize::from(!(is_closed && is_foreign));
                } else if let (Kind::Raw(raw), false) = (kind(&inner.to_ascii_lowercase()), is_closed) {
                    tokens.skip_raw(raw);
                }
            }
            Some(Token::Close(inner)) if inner.eq_ignore_ascii_case(name) => depth -= 1,
            Some(_) => {}
            None => return,
        }
    }
}

struct Element {
    name: &'static str,
    /// A paragraph that stands for a heading.
    is_heading: bool,
}

struct Writer {
    out: String,
    /// Bytes written, but for `<wbr>`.
    cost: usize,
    /// Bytes it takes to end here: an ellipsis and the closing tags.
    closing: usize,
    budget: usize,
    /// Bytes of text since the last tag.
    run: usize,
    stack: Vec<Element>,
    is_full: bool,
}

impl Writer {
    fn text(&mut self, text: &str) {
        let fits = self.cost + text.len() + self.closing <= self.budget && self.run + text.len() <= MAX_RUN;
        if fits && !text.contains(['&', '<', '>']) {
            self.out.push_str(text);
            self.cost += text.len();
            self.run += text.len();
            return;
        }
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            let len = match c {
                '&' => entity_len(rest),
                c => c.len_utf8(),
            };
            let (piece, tail) = rest.split_at(len);
            rest = tail;
            let piece = match piece {
                "<" => "&lt;",
                ">" => "&gt;",
                other => other,
            };
            if self.cost + piece.len() + self.closing > self.budget {
                self.is_full = true;
                return;
            }
            if self.run > MAX_RUN {
                self.out.push_str("<wbr>");
                self.run = 0;
            }
            self.out.push_str(piece);
            self.cost += piece.len();
            self.run += piece.len();
        }
    }

    fn open_tag(&mut self, kind: Kind, attributes: &[(&str, &str)]) {
        match kind {
            Kind::Block(name) => {
                self.close_paragraph();
                self.push(name, attributes, false);
            }
            Kind::Item => {
                self.close_paragraph();
                self.close_item();
                let in_list =
                    self.stack.iter().rev().find(|e| is_block(e.name)).is_some_and(|e| is_list(e.name));
                self.push(if in_list { "li" } else { "p" }, attributes, false);
            }
            Kind::Heading => {
                self.close_paragraph();
                // Two elements or none.
                if self.stack.len() + 2 <= MAX_DEPTH {
                    self.push("p", &[], true);
                    self.push("strong", &[], false);
                }
            }
            Kind::Inline(name) => {
                if name == "a" {
                    self.close_last(|e| e.name == "a");
                }
                self.push(name, attributes, false);
            }
            Kind::RubyText(name) => {
                if matches!(self.stack.last(), Some(Element { name: "rt" | "rp", .. })) {
                    self.close_to(self.stack.len() - 1);
                }
                if matches!(self.stack.last(), Some(Element { name: "ruby", .. })) {
                    self.push(name, &[], false);
                }
            }
            Kind::Break => {
                self.write_tag("<br />", 0);
            }
            Kind::Space => self.space(),
            Kind::Dropped(_) | Kind::Raw(_) | Kind::Unknown => {}
        }
    }

    fn close_tag(&mut self, name: &str) {
        match kind(name) {
            Kind::Heading => self.close_last(|e| e.is_heading),
            Kind::Item => self.close_item(),
            Kind::Block(name) | Kind::Inline(name) | Kind::RubyText(name) => {
                self.close_last(|e| e.name == name && !e.is_heading);
            }
            Kind::Space => self.space(),
            Kind::Break | Kind::Dropped(_) | Kind::Raw(_) | Kind::Unknown => {}
        }
    }

    /// A space where a dropped block parted two words.
    fn space(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with(|c: char| c.is_whitespace() || c == '>') {
            self.text(" ");
        }
    }

    fn push(&mut self, name: &'static str, attributes: &[(&str, &str)], is_heading: bool) {
        if self.stack.len() >= MAX_DEPTH {
            return;
        }
        let mut tag = format!("<{name}");
        let mut seen = Vec::new();
        for (attribute, value) in attributes {
            let lower = attribute.to_ascii_lowercase();
            let Some(&known) = attributes_of(name).iter().find(|&&known| known == lower) else { continue };
            let value = quotable(value);
            if value.len() <= MAX_VALUE && !seen.contains(&known) {
                seen.push(known);
                tag.extend([" ", known, "=\"", &value, "\""]);
            }
        }
        tag.push('>');
        if self.write_tag(&tag, name.len() + 3) {
            self.stack.push(Element { name, is_heading });
        }
    }

    /// Writes a tag if it fits with all that must follow it.
    fn write_tag(&mut self, tag: &str, closing: usize) -> bool {
        if self.is_full || self.cost + tag.len() + closing + self.closing > self.budget {
            self.is_full = true;
            return false;
        }
        self.out.push_str(tag);
        self.cost += tag.len();
        self.closing += closing;
        self.run = 0;
        true
    }

    fn close_to(&mut self, depth: usize) {
        while self.stack.len() > depth {
            if let Some(Element { name, .. }) = self.stack.pop() {
                self.out.extend(["</", name, ">"]);
                self.cost += name.len() + 3;
                self.closing -= name.len() + 3;
                self.run = 0;
            }
        }
    }

    fn close_last(&mut self, is_it: impl Fn(&Element) -> bool) {
        if let Some(at) = self.stack.iter().rposition(is_it) {
            self.close_to(at);
        }
    }

    fn close_paragraph(&mut self) {
        self.close_last(|e| e.name == "p");
    }

    /// Ends the item that is open in the innermost list, quotation or code block.
    fn close_item(&mut self) {
        let near = self.stack.iter().rposition(|e| is_block(e.name) && e.name != "p");
        if let Some(at) = near.filter(|&at| self.stack[at].name == "li") {
            self.close_to(at);
        }
    }
}

/// A value as it may stand between double quotes; its entities are left as they are.
fn quotable(value: &str) -> Cow<'_, str> {
    if !value.contains(['"', '<', '>']) {
        return Cow::Borrowed(value);
    }
    Cow::Owned(value.replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;"))
}

fn is_list(name: &str) -> bool {
    matches!(name, "ul" | "ol")
}

fn is_block(name: &str) -> bool {
    is_list(name) || matches!(name, "p" | "li" | "blockquote" | "pre")
}

/// The length of the entity that `s` starts with, so that it is not torn apart; 1 if there is none.
fn entity_len(s: &str) -> usize {
    let end = s.bytes().skip(1).take(40).position(|b| !(b.is_ascii_alphanumeric() || b == b'#'));
    end.filter(|&end| s.as_bytes()[end + 1] == b';').map_or(1, |end| end + 2)
}
