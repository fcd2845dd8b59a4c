//! The one place that decides what in a typed text is an address, a mention or a hashtag.

use std::ops::Range;

use crate::{
    handle::{Handle, domain_end, username_end},
    hashtag::{is_word, name_end},
    web_url::{self, Found},
};

/// Something in the text that is more than text, and where it stands (bytes).
#[derive(Debug)]
pub(crate) struct Token {
    pub(crate) range: Range<usize>,
    pub(crate) kind: Kind,
}

/// What a token is.
#[derive(Debug)]
pub(crate) enum Kind {
    Url,
    Mention(Handle),
    /// The range includes the `#`, which takes one byte or three.
    Hashtag,
}

/// All tokens of a text, in order, never overlapping. Linear: what was looked at is not looked at again, but for
/// pieces of bounded length.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut at = 0;
    let mut before = None;
    while let Some(c) = text[at..].chars().next() {
        let step = token(text, at, before, c);
        let next = match step {
            Step::Token(kind, len) => {
                found.push(Token { range: at..at + len, kind });
                at + len
            }
            Step::Skip(len) => at + len,
        };
        before = text[at..next].chars().next_back();
        at = next;
    }
    found
}

enum Step {
    Token(Kind, usize),
    Skip(usize),
}

fn token(text: &str, at: usize, before: Option<char>, c: char) -> Step {
    let rest = &text[at..];
    let word_before = before.is_some_and(is_word);
    let skip = Step::Skip(c.len_utf8());
    match c {
        '@' if !word_before && !matches!(before, Some('/' | '=')) => mention(rest).unwrap_or(skip),
        '#' | '＃' if !word_before && !matches!(before, Some('/' | '=' | ')' | '&')) => {
            match name_end(&rest[c.len_utf8()..]) {
                0 => skip,
                end => Step::Token(Kind::Hashtag, c.len_utf8() + end),
            }
        }
        'a'..='z' | 'A'..='Z' if !word_before => match web_url::find(rest) {
            Some(Found::Url(len)) => Step::Token(Kind::Url, len),
            Some(Found::Text(len)) => Step::Skip(len),
            None => skip,
        },
        _ => skip,
    }
}

/// The mention that starts `rest` with its `@`.
fn mention(rest: &str) -> Option<Step> {
    let user = 1 + username_end(&rest[1..]);
    if user == 1 {
        return None;
    }
    let domain = rest[user..].strip_prefix('@').map_or(0, domain_end);
    let end = if domain == 0 { user } else { user + 1 + domain };
    Some(match Handle::parse(&rest[..end]) {
        Ok(handle) => Step::Token(Kind::Mention(handle), end),
        Err(_) => Step::Skip(end),
    })
}
