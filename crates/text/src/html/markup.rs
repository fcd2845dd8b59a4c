//! Tags and text of HTML as it comes, in linear time; knows how markup is written, not what it means.

/// Attributes of one tag that are looked at.
const MAX_ATTRIBUTES: usize = 32;

/// A piece of HTML. Comments, doctypes and processing instructions are passed over.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    /// Text with its entities as they are; may hold a `<` that starts no tag.
    Text(&'a str),
    Open {
        name: &'a str,
        attributes: Vec<(&'a str, &'a str)>,
        /// Written `<name/>`.
        is_closed: bool,
    },
    Close(&'a str),
}

/// The tokens of a text.
pub(crate) struct Tokens<'a> {
    rest: &'a str,
}

impl<'a> Tokens<'a> {
    pub(crate) fn new(html: &'a str) -> Self {
        Self { rest: html }
    }

    /// Passes over the content of an element that holds no markup (script, title); to the end if unclosed.
    pub(super) fn skip_raw(&mut self, name: &str) {
        self.raw(name);
    }

    /// The content of an element that holds no markup, as it is written; all that follows if it is not closed.
    pub(crate) fn raw(&mut self, name: &str) -> &'a str {
        let whole = self.rest;
        let mut from = 0;
        while let Some(at) = self.rest[from..].find("</").map(|at| from + at) {
            let tail = &self.rest[at + 2..];
            let is_name = tail.get(..name.len()).is_some_and(|n| n.eq_ignore_ascii_case(name));
            if is_name && tail[name.len()..].starts_with(is_name_end) {
                self.rest = &self.rest[at..];
                return &whole[..at];
            }
            from = at + 2;
        }
        self.rest = "";
        whole
    }

    /// Moves behind the next occurrence of `end` after `from` bytes, or to the end.
    fn skip_past(&mut self, from: usize, end: char) {
        let at = self.rest[from..].find(end).map(|at| from + at + 1);
        self.rest = at.map_or("", |at| &self.rest[at..]);
    }

    fn skip_comment(&mut self) {
        let body = &self.rest[4..];
        for early in [">", "->"] {
            if let Some(rest) = body.strip_prefix(early) {
                self.rest = rest;
                return;
            }
        }
        let mut from = 0;
        while let Some(at) = body[from..].find("--").map(|at| from + at) {
            let tail = &body[at + 2..];
            if let Some(rest) = tail.strip_prefix('>').or_else(|| tail.strip_prefix("!>")) {
                self.rest = rest;
                return;
            }
            from = at + 1;
        }
        self.rest = "";
    }

    /// Reads the tag whose name starts `skip` bytes on. `None` if it never ends; browsers drop such a rest.
    fn tag(&mut self, skip: usize) -> Option<(&'a str, Tag<'a>)> {
        let body = &self.rest[skip..];
        let name = &body[..body.find(is_name_end)?];
        let tag = Tag::read(&body[name.len()..])?;
        self.rest = &body[name.len() + tag.len..];
        Some((name, tag))
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            if !self.rest.starts_with('<') {
                let (text, rest) = self.rest.split_at(self.rest.find('<').unwrap_or(self.rest.len()));
                self.rest = rest;
                return (!text.is_empty()).then_some(Token::Text(text));
            }
            let bytes = self.rest.as_bytes();
            match (bytes.get(1), bytes.get(2)) {
                (Some(b'a'..=b'z' | b'A'..=b'Z'), _) => {
                    let Some((name, tag)) = self.tag(1) else { break };
                    return Some(Token::Open { name, attributes: tag.attributes, is_closed: tag.is_closed });
                }
                (Some(b'/'), Some(b'a'..=b'z' | b'A'..=b'Z')) => {
                    let Some((name, _)) = self.tag(2) else { break };
                    return Some(Token::Close(name));
                }
                (Some(b'!'), _) if self.rest.starts_with("<!--") => self.skip_comment(),
                (Some(b'/'), Some(_)) | (Some(b'!' | b'?'), _) => self.skip_past(2, '>'),
                _ => {
                    self.rest = &self.rest[1..];
                    return Some(Token::Text("<"));
                }
            }
        }
        self.rest = "";
        None
    }
}

fn is_space(b: u8) -> bool {
    matches!(b, b' ' | b'\n' | b'\t' | b'\x0C' | b'\r')
}

fn is_name_end(c: char) -> bool {
    matches!(c, ' ' | '\n' | '\t' | '\x0C' | '\r' | '/' | '>')
}

/// What follows the name in a tag.
pub(super) struct Tag<'a> {
    /// Names as written, values without their quotes and with their entities as they are.
    pub(super) attributes: Vec<(&'a str, &'a str)>,
    pub(super) is_closed: bool,
    /// Bytes up to and with the closing `>`.
    pub(super) len: usize,
}

impl<'a> Tag<'a> {
    /// Reads attributes up to the closing `>`, as the HTML standard (section 13.2.5.32 and following) does.
    pub(super) fn read(s: &'a str) -> Option<Self> {
        let b = s.as_bytes();
        let mut attributes = Vec::new();
        let mut i = 0;
        loop {
            while b.get(i).is_some_and(|&c| is_space(c) || c == b'/') {
                i += 1;
            }
            if *b.get(i)? == b'>' {
                let is_closed = i > 0 && b[i - 1] == b'/';
                return Some(Self { attributes, is_closed, len: i + 1 });
            }
            // A name may start with "=".
            let name_len =
                1 + b[i + 1..].iter().position(|&c| is_space(c) || matches!(c, b'/' | b'>' | b'='))?;
            let name = &s[i..i + name_len];
            i += name_len;
            let after = i + b[i..].iter().position(|&c| !is_space(c))?;
            let mut value = "";
            if b[after] == b'=' {
                (value, i) = Self::value(s, after + 1)?;
            }
            if attributes.len() < MAX_ATTRIBUTES {
                attributes.push((name, value));
            }
        }
    }

    /// The value that starts at `from`, and where it ends.
    fn value(s: &'a str, from: usize) -> Option<(&'a str, usize)> {
        let b = s.as_bytes();
        let start = from + b[from..].iter().position(|&c| !is_space(c))?;
        let until = match b[start] {
            quote @ (b'"' | b'\'') => {
                let end = start + 1 + b[start + 1..].iter().position(|&c| c == quote)?;
                return Some((&s[start + 1..end], end + 1));
            }
            _ => start + b[start..].iter().position(|&c| is_space(c) || c == b'>')?,
        };
        Some((&s[start..until], until))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open<'a>(name: &'a str, attributes: &[(&'a str, &'a str)]) -> Token<'a> {
        Token::Open { name, attributes: attributes.to_vec(), is_closed: false }
    }

    #[test]
    fn reads_tag_soup() {
        let all: Vec<_> =
            Tokens::new("a<B x='1>' y=2/3 z =\"4\" = w>b</B x>< 1<!--><x--><!-- - -- --!>c<?x?>d</ >e<p")
                .collect();
        assert_eq!(
            all,
            [
                Token::Text("a"),
                open("B", &[("x", "1>"), ("y", "2/3"), ("z", "4"), ("=", ""), ("w", "")]),
                Token::Text("b"),
                Token::Close("B"),
                Token::Text("<"),
                Token::Text(" 1"),
                open("x--", &[]),
                Token::Text("c"),
                Token::Text("d"),
                Token::Text("e"),
            ]
        );
    }

    #[test]
    fn skips_raw_content() {
        let mut tokens = Tokens::new("<script>a</scripts><b></SCRIPT >x");
        tokens.next();
        tokens.skip_raw("script");
        assert_eq!(tokens.next(), Some(Token::Close("SCRIPT")));
        assert_eq!(tokens.next(), Some(Token::Text("x")));
        let mut tokens = Tokens::new("<title>never closed");
        tokens.next();
        tokens.skip_raw("title");
        assert_eq!(tokens.next(), None);
    }
}
