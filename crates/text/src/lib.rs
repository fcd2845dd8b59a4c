//! From what was typed, or sent, to mentions, hashtags and safe HTML; pure.
//!
//! Two ways lead to [`SafeHtml`]: [`sanitise`] for HTML that came from elsewhere, [`render`] for text that was
//! typed here. [`scan`] and [`length`] read the same tokens that `render` links, so that what is notified,
//! counted and shown never differs. Every function is total and takes linear time on hostile input.

mod characters;
mod emoji;
mod handle;
mod hashtag;
mod html;
mod keywords;
mod lexer;
mod markdown;
pub mod ranking;
mod render;
mod scan;
mod typed_html;
mod web_page;
mod web_url;

pub use characters::{clean_line, clean_text};
pub use emoji::emoji;
pub use handle::{Handle, InvalidHandle};
pub use hashtag::{MAX_TAG_CHARS, normalise_tag};
pub use html::{MAX_HTML_BYTES, MAX_INPUT_BYTES, SafeHtml, plain, sanitise};
pub use keywords::{Folded, Keywords, MAX_SEARCHED_BYTES, is_keyword};
pub use render::{
    Format, Links, Rendered, ResolvedMention, after_quote_link, linkify_plain, readable, render,
};
pub use scan::{CHARACTERS_PER_URL, Scan, length, scan};
pub use web_page::{WebPage, frame, links};
