//! What a typed text names, and how long it is.

use std::collections::HashSet;

use unicode_segmentation::UnicodeSegmentation;

use crate::{
    handle::Handle,
    hashtag::normalise_tag,
    lexer::{Kind, tokens},
};

/// What every address counts, however long it is (`characters_reserved_per_url` of the client API).
pub const CHARACTERS_PER_URL: usize = 23;

/// Whom and what a text names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scan {
    /// In order of appearance, each account once whatever the case of its username.
    pub mentions: Vec<Handle>,
    /// Without `#`, in the spelling that came first, each normalised form once.
    pub hashtags: Vec<String>,
}

/// Finds mentions and hashtags in a text as it was typed.
pub fn scan(text: &str) -> Scan {
    let mut scan = Scan::default();
    let (mut accounts, mut tags) = (HashSet::new(), HashSet::new());
    for token in tokens(text) {
        match token.kind {
            Kind::Mention(handle) if accounts.insert(handle.key()) => scan.mentions.push(handle),
            Kind::Hashtag => {
                let name = text[token.range].trim_start_matches(['#', '＃']);
                if normalise_tag(name).is_some_and(|normal| tags.insert(normal)) {
                    scan.hashtags.push(name.to_owned());
                }
            }
            Kind::Url | Kind::Mention(_) => {}
        }
    }
    scan
}

/// The length Mastodon counts: extended grapheme clusters, 23 for every address, mentions without their domain.
pub fn length(text: &str) -> usize {
    let graphemes = |s: &str| s.graphemes(true).count();
    let (mut total, mut end) = (0, 0);
    for token in tokens(text) {
        total += graphemes(&text[end..token.range.start]);
        end = token.range.end;
        total += match token.kind {
            Kind::Url => CHARACTERS_PER_URL,
            Kind::Mention(handle) => 1 + handle.username.len(),
            Kind::Hashtag => graphemes(&text[token.range]),
        };
    }
    total + graphemes(&text[end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mentions(text: &str) -> Vec<String> {
        scan(text).mentions.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn mentions_as_typed() {
        for (text, found) in [
            ("@alice hi", vec!["alice"]),
            ("(@alice@example.com)", vec!["alice@example.com"]),
            ("@alice@example.com.", vec!["alice@example.com"]),
            ("@a.b-c_d. x", vec!["a.b-c_d"]),
            ("@a@127.0.0.1:3001, @b@localhost:80!", vec!["a@127.0.0.1:3001", "b@localhost:80"]),
            ("@a@example.com: hi", vec!["a@example.com"]),
            ("@a@example.com:30th", vec!["a@example.com"]),
            ("@aliceさん", vec!["alice"]),
            ("@a@bücher.example", vec!["a@xn--bcher-kva.example"]),
            ("@A @a @B@X.example @b@x.example", vec!["A", "B@x.example"]),
            ("mail a@example.com", vec![]),
            ("https://example.com/@alice", vec![]),
            ("x/@alice =@alice ü@alice _@alice", vec![]),
            ("@ @- @@", vec![]),
            ("@alice@", vec!["alice"]),
        ] {
            assert_eq!(mentions(text), found, "{text}");
        }
    }

    #[test]
    fn hashtags_as_typed() {
        for (text, found) in [
            ("#日本語 #café #été_2026", vec!["日本語", "café", "été_2026"]),
            ("#123 #1 # ## #_", vec![]),
            ("#Rust, #rust #RUST.", vec!["Rust"]),
            ("＃ｗｉｄｅ", vec!["ｗｉｄｅ"]),
            ("#a-b #l·l· #2nd", vec!["a", "l·l", "2nd"]),
            ("a#b /#c &#x27; https://example.com/#d #️⃣", vec![]),
            ("##a", vec!["a"]),
            ("日本#a", vec![]),
            ("#हिन्दी", vec!["हिन्दी"]),
        ] {
            assert_eq!(scan(text).hashtags, found, "{text}");
        }
    }

    #[test]
    fn length_as_mastodon_counts() {
        for (text, chars) in [
            ("", 0),
            ("hello", 5),
            ("https://example.com/a-very-long-path-that-is-longer-than-23", 23),
            ("a http://x.example b", 27),
            (&format!("https://example.com/{} b", "a".repeat(9000)), 25),
            (&format!("https://example.com/{} b", "é".repeat(900)), 25),
            ("@alice@example.com hi", 9),
            ("👨‍👩‍👧‍👦🇩🇪e\u{301}", 3),
            ("#日本語", 4),
            ("a\r\nb", 3),
        ] {
            assert_eq!(length(text), chars, "{text}");
        }
    }

    #[test]
    fn hostile_text_takes_linear_time() {
        let n = 64 * 1024;
        for piece in [
            "@",
            "#",
            "a@",
            "@a@",
            "http://",
            "http://:",
            "http://a.b",
            "@a@b:1",
            "#a·",
            "(",
            "http://a/(",
            "·",
            "1",
            "@a.",
            "://",
            "https://x]",
        ] {
            let text = piece.repeat(n / piece.len());
            let start = std::time::Instant::now();
            let _ = (scan(&text), length(&text));
            assert!(start.elapsed().as_millis() < 2000, "{piece}: {:?}", start.elapsed());
        }
    }
}
