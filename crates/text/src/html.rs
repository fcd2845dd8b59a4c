//! HTML that may be shown, and the one way from any HTML to it.
//!
//! Three passes: [`nesting`] bounds size and depth and makes the markup well-formed (the HTML parsing algorithm
//! itself takes quadratic time and memory on hostile input), ammonia parses that as a browser does and applies
//! the allow-list of [`policy`], which finally writes links and line breaks in their one form.

pub(crate) mod markup;
mod nesting;
mod plain;
mod policy;

use std::fmt;

use serde::Serialize;

use crate::characters::without_unwanted;
pub(crate) use policy::Origin;

/// HTML beyond this many bytes is not even parsed.
pub const MAX_INPUT_BYTES: usize = 1024 * 1024;

/// Longest result in bytes; what is longer ends with "…".
pub const MAX_HTML_BYTES: usize = 100_000;

/// HTML that is safe to show: only the allow-listed elements, well-formed, at most [`MAX_HTML_BYTES`] long when
/// it came from [`sanitise`]. Templates may print it without escaping.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct SafeHtml(String);

impl SafeHtml {
    /// For a value read back from the database that was a `SafeHtml` when stored; never for anything else.
    pub fn from_stored(html: String) -> Self {
        Self(html)
    }

    pub(crate) fn from_renderer(html: String) -> Self {
        Self(html)
    }

    /// The HTML.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The HTML, for storing.
    pub fn into_string(self) -> String {
        self.0
    }

    /// True if there is nothing at all, as in a status of media alone.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text in it, see [`plain`].
    pub fn to_plain(&self) -> String {
        plain::text(&self.0)
    }
}

impl fmt::Display for SafeHtml {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Makes HTML from elsewhere safe: allow-list of elements, attributes, classes and schemes (sections 27.1 to 27.5
/// of the federation requirements); every link gets `target="_blank" rel="nofollow noopener noreferrer"` besides
/// the `tag` or `me` it had; headings become bold paragraphs; scripts, images and the like go. Idempotent.
pub fn sanitise(html: &str) -> SafeHtml {
    SafeHtml(cleaned(html, Origin::Remote))
}

/// The text of HTML from elsewhere, for content warnings, names, search and notifications: entities decoded,
/// paragraphs two newlines apart, line breaks and list items one.
pub fn plain(html: &str) -> String {
    sanitise(html).to_plain()
}

/// [`sanitise`], where `Origin::Here` leaves the mentions and hashtags our renderer wrote as they are.
pub(crate) fn cleaned(html: &str, origin: Origin) -> String {
    let html = without_unwanted(&html[..html.floor_char_boundary(MAX_INPUT_BYTES)]);
    // Generous, since entities and dropped attributes make the input longer than the result, which is cut below.
    let mut result = policy::apply(&nesting::tame(&html, 4 * MAX_HTML_BYTES), origin);
    if result.len() > MAX_HTML_BYTES {
        // Every byte of a clean text costs itself, so this cut is exact and leaves no broken tag.
        result = policy::apply(&nesting::tame(&result, MAX_HTML_BYTES), origin);
    }
    result
}

/// The text that stands between two tags of HTML the sanitiser wrote.
pub(crate) fn unescaped(written: &str) -> String {
    let mut out = String::with_capacity(written.len());
    plain::decode(&mut out, written, true);
    out
}

/// Text as it stands in HTML, between tags or in a quoted attribute: the form the sanitiser writes too.
pub(crate) fn escape(out: &mut String, text: &str, in_attribute: bool) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' if in_attribute => out.push_str("&quot;"),
            '\u{A0}' => out.push_str("&nbsp;"),
            other => out.push(other),
        }
    }
}

#[cfg(test)]
mod tests;
