//! Addresses in text and in `href`: found, checked, shown.

use url::Url;

use crate::characters::is_bidi_control;

/// Longest address kept, in bytes, as it is written in HTML.
pub(crate) const MAX_URL_BYTES: usize = 2048;

/// Schemes a link may have (section 27.2 of the federation requirements).
pub(crate) const SCHEMES: [&str; 11] =
    ["http", "https", "dat", "dweb", "ipfs", "ipns", "ssb", "gopher", "xmpp", "magnet", "gemini"];

/// Starts of addresses that are recognised in text.
const PREFIXES: [&str; 9] =
    ["https://", "http://", "gemini://", "gopher://", "ipfs://", "ipns://", "dweb://", "dat://", "ssb://"];

/// Longest authority (host and port) tried, in bytes.
const MAX_AUTHORITY: usize = 300;

/// A `href` in its one normal form, or `None` if its scheme is not allowed or it has no place in a link.
/// Control characters and white space are removed first, as browsers do.
pub(crate) fn normalise_href(href: &str) -> Option<String> {
    let normal = normal_form(href)?;
    let written = normal.len() + 4 * normal.matches('&').count();
    (written <= MAX_URL_BYTES).then_some(normal)
}

/// The same for addresses of any length.
fn normal_form(href: &str) -> Option<String> {
    let cleaned: String = href.trim().chars().filter(|&c| !c.is_control() && !is_bidi_control(c)).collect();
    let url = Url::parse(&cleaned).ok()?;
    if !SCHEMES.contains(&url.scheme()) {
        return None;
    }
    // Opaque paths (magnet, xmpp) come out of the parser unescaped.
    let mut normal = String::with_capacity(url.as_str().len());
    for c in url.as_str().trim_end().chars() {
        match c {
            '<' => normal.push_str("%3C"),
            '>' => normal.push_str("%3E"),
            '"' => normal.push_str("%22"),
            ' ' | '\u{A0}' => normal.push_str("%20"),
            other => normal.push(other),
        }
    }
    let is_stable = Url::parse(&normal).is_ok_and(|again| again.as_str() == normal);
    is_stable.then_some(normal)
}

/// What stands at the start of a piece of text.
pub(crate) enum Found {
    /// An address of so many bytes, which may be too long for a link.
    Url(usize),
    /// No address, and so many bytes need not be looked at again.
    Text(usize),
}

/// Looks for an address at the very start of `s`; `None` if it does not begin like one.
pub(crate) fn find(s: &str) -> Option<Found> {
    let starts = |prefix: &&&str| s.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix));
    let prefix = PREFIXES.iter().find(starts)?.len();
    let authority = s[prefix..].bytes().take(MAX_AUTHORITY + 1).position(|b| matches!(b, b'/' | b'?' | b'#'));
    let run = s[prefix..].char_indices().take(MAX_AUTHORITY + 1).find(|&(_, c)| is_end(c)).map(|(at, _)| at);
    let authority = match (authority, run) {
        (Some(slash), Some(end)) => slash.min(end),
        (found, None) | (None, found) => found.unwrap_or(s.len() - prefix),
    };
    if authority > MAX_AUTHORITY || !is_authority(trim(&s[prefix..prefix + authority])) {
        return Some(Found::Text(prefix));
    }
    let end = s.find(is_end).unwrap_or(s.len());
    let trimmed = trim(&s[..end]);
    if normal_form(trimmed).is_none() {
        return Some(Found::Text(end));
    }
    Some(Found::Url(trimmed.len()))
}

/// A host with an optional port. No user information: `https://bank.example@evil.example` deceives.
fn is_authority(s: &str) -> bool {
    let plausible = |c: char| crate::hashtag::is_word(c) || matches!(c, '.' | '-' | ':' | '[' | ']');
    s.starts_with(|c: char| c.is_alphanumeric() || c == '[')
        && s.chars().all(plausible)
        && Url::parse(&format!("http://{s}/")).is_ok()
}

/// Characters no address contains, Chinese and Japanese punctuation included, which follows without a space.
fn is_end(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || is_bidi_control(c)
        || matches!(c, '<' | '>' | '"' | '`' | '|' | '^' | '\u{FEFF}')
        || matches!(
            c,
            '、' | '。'
                | '「'
                | '」'
                | '『'
                | '』'
                | '（'
                | '）'
                | '【'
                | '】'
                | '，'
                | '！'
                | '？'
                | '：'
                | '“'
                | '”'
                | '«'
                | '»'
        )
}

/// Without the punctuation of the sentence around it: closing brackets stay if they were opened inside.
fn trim(url: &str) -> &str {
    let count = |c: u8| url.bytes().filter(|&b| b == c).count();
    let mut round = (count(b'('), count(b')'));
    let mut square = (count(b'['), count(b']'));
    let mut end = url.len();
    for c in url.chars().rev() {
        match c {
            '.' | ',' | ':' | ';' | '!' | '?' | '\'' | '*' | '~' | '’' | '…' => {}
            ')' if round.1 > round.0 => round.1 -= 1,
            ']' if square.1 > square.0 => square.1 -= 1,
            '(' => round.0 -= 1,
            '[' => square.0 -= 1,
            _ => break,
        }
        end -= c.len_utf8();
    }
    &url[..end]
}

/// An address as readers see it: hidden start, shown part, hidden rest; `cut` says that something was hidden at
/// the end. Mastodon shows 30 characters; the host is always shown whole, and in ASCII, so that it cannot deceive.
pub(crate) struct Shown {
    pub(crate) prefix: String,
    pub(crate) middle: String,
    pub(crate) rest: String,
    pub(crate) cut: bool,
}

/// How a found address is shown.
pub(crate) fn shown(typed: &str) -> Shown {
    let scheme = typed.find("://").map_or(0, |at| at + 3);
    let tail = typed[scheme..].find(['/', '?', '#']).map_or(typed.len(), |at| scheme + at);
    let ascii_host = || Url::parse(typed).ok().and_then(|url| Some(url.host()?.to_string()));
    let port = typed[scheme..tail].rfind(':').filter(|_| !typed[scheme..tail].is_ascii());
    let host = match ascii_host() {
        Some(host) if !typed[scheme..tail].is_ascii() => {
            host + port.map_or("", |at| &typed[scheme + at..tail])
        }
        _ => typed[scheme..tail].to_owned(),
    };
    let www = usize::from(host.get(..4).is_some_and(|head| head.eq_ignore_ascii_case("www."))) * 4;
    let visible = format!("{}{}", &host[www..], &typed[tail..]);
    let shown_chars = (host.len() - www).max(30);
    let at = visible.char_indices().nth(shown_chars).map_or(visible.len(), |(at, _)| at);
    Shown {
        prefix: format!("{}{}", &typed[..scheme], &host[..www]),
        middle: visible[..at].to_owned(),
        rest: visible[at..].to_owned(),
        cut: at < visible.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(s: &str) -> Option<&str> {
        match find(s) {
            Some(Found::Url(end)) => Some(&s[..end]),
            _ => None,
        }
    }

    #[test]
    fn ends_where_the_sentence_goes_on() {
        for (typed, url) in [
            ("https://example.com, and", "https://example.com"),
            ("https://example.com/a_(b)) c", "https://example.com/a_(b)"),
            ("https://example.com/a]", "https://example.com/a"),
            ("HTTP://Example.com/?q=1&r=2#x.", "HTTP://Example.com/?q=1&r=2#x"),
            ("https://example.com/日本。次", "https://example.com/日本"),
            ("http://127.0.0.1:3001/@bob!", "http://127.0.0.1:3001/@bob"),
            ("http://[::1]:80/x", "http://[::1]:80/x"),
            ("https://bücher.example/\"x", "https://bücher.example/"),
            ("https://example.com/\u{202E}gpj", "https://example.com/"),
            ("gemini://example.org/x", "gemini://example.org/x"),
        ] {
            assert_eq!(found(typed), Some(url), "{typed}");
        }
    }

    #[test]
    fn what_is_no_address_stays_text() {
        for typed in [
            "https://",
            "https:// x",
            "javascript://x",
            "https://a@b.example/",
            "http://-",
            "https://.x",
            "http://a:99999/",
            "ftp://x",
            "http:/x",
            "https://%41",
        ] {
            assert_eq!(found(typed), None, "{typed}");
        }
        // What is too long for a link is an address all the same.
        let long = format!("https://example.com/{}", "a".repeat(3000));
        assert_eq!((found(&long), normalise_href(&long)), (Some(long.as_str()), None));
    }

    #[test]
    fn hrefs_have_one_form() {
        assert_eq!(normalise_href(" https://example.com ").as_deref(), Some("https://example.com/"));
        assert_eq!(
            normalise_href("ht\ntps://example.com/\"<").as_deref(),
            Some("https://example.com/%22%3C")
        );
        assert_eq!(normalise_href("magnet:?xt=urn:<b>").as_deref(), Some("magnet:?xt=urn:%3Cb%3E"));
        for bad in [
            "javascript:alert(1)",
            "java\tscript:alert(1)",
            "\u{1}javascript:x",
            "data:text/html,x",
            "vbscript:x",
            "//example.com",
            "/x",
            "",
            "mailto:a@b.example",
            "https://",
        ] {
            assert_eq!(normalise_href(bad), None, "{bad}");
        }
    }

    #[test]
    fn shows_thirty_characters_and_the_whole_host() {
        let long = shown("https://www.example.com/first-thirty-characters-and-more");
        assert_eq!(
            (long.prefix.as_str(), long.middle.as_str()),
            ("https://www.", "example.com/first-thirty-chara")
        );
        assert_eq!((long.rest.as_str(), long.cut), ("cters-and-more", true));
        let host = "accounts.bank.example.aaaaaaaaaaaaaaaaaaaaaaaaaa.evil.example";
        assert_eq!(shown(&format!("https://{host}/x")).middle, host);
        assert_eq!(shown("https://аpple.example:81/ü").middle, "xn--pple-43d.example:81/ü");
        assert!(!shown("https://example.com").cut);
    }
}
