//! Hashtags: which characters make one, and the form under which spellings meet.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Longest hashtag, in characters; more is text.
pub const MAX_TAG_CHARS: usize = 100;

/// The form under which spellings of a tag are one: without `#`, NFKC, lower case. `None` if it is no valid tag
/// (ActivityPub allows any name there, see section 25.5 of the federation requirements).
pub fn normalise_tag(tag: &str) -> Option<String> {
    let tag = tag.trim();
    let name = tag.strip_prefix('#').or_else(|| tag.strip_prefix('＃')).unwrap_or(tag);
    if name.chars().nth(MAX_TAG_CHARS).is_some() {
        return None;
    }
    // Lower case can undo the composition ("İ"), so it is composed again.
    let folded: String = name.nfkc().flat_map(char::to_lowercase).nfkc().collect();
    (name_end(&folded) == folded.len() && !folded.is_empty()).then_some(folded)
}

/// Where the hashtag name that starts `s` ends; 0 if there is none. As Mastodon: letters, marks, digits and
/// underscores, with middle dots and the non-joiner inside, and not digits alone.
pub(crate) fn name_end(s: &str) -> usize {
    let mut end = 0;
    let (mut has_letter, mut has_other) = (false, false);
    for (count, (at, c)) in s.char_indices().enumerate() {
        let is_word = is_word(c);
        if !(is_word || is_separator(c)) || (at == 0 && !(c == '_' || c.is_alphanumeric())) {
            break;
        }
        if count > 2 * MAX_TAG_CHARS {
            return 0;
        }
        if is_word {
            end = at + c.len_utf8();
        }
        has_letter |= c.is_alphanumeric();
        has_other |= !c.is_numeric();
    }
    // A tag of digits and a trailing separator is digits alone.
    let digits_alone = s[..end].chars().all(char::is_numeric);
    let too_long = s[..end].chars().nth(MAX_TAG_CHARS).is_some();
    if has_letter && has_other && !digits_alone && !too_long { end } else { 0 }
}

/// A character of words, for what may stand before a mention or a hashtag.
pub(crate) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || is_mark(c)
}

/// A combining mark: part of the word its letter is in.
pub(crate) fn is_mark(c: char) -> bool {
    is_combining_mark(c)
}

fn is_separator(c: char) -> bool {
    matches!(c, '·' | '・' | '\u{200C}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_meet() {
        for (typed, normal) in [
            ("#Café", "café"),
            ("Cafe\u{301}", "café"),
            ("＃ＡＢＣ", "abc"),
            ("日本語", "日本語"),
            ("été_2026", "été_2026"),
            ("l·l", "l·l"),
            ("ｶﾞ", "ガ"),
            ("STRASSE", "strasse"),
            ("१२a", "१२a"),
        ] {
            assert_eq!(normalise_tag(typed).as_deref(), Some(normal), "{typed}");
            assert_eq!(normalise_tag(normal).as_deref(), Some(normal), "{typed}");
        }
    }

    #[test]
    fn what_is_no_tag_is_refused() {
        for typed in
            ["", "#", "123", "#１２３", "a b", "a-b", "<b>", "a/b", "·a", "a·", "_", "##a", "\u{301}a", "1·"]
        {
            assert_eq!(normalise_tag(typed), None, "{typed}");
        }
        assert_eq!(normalise_tag(&"a".repeat(101)), None);
        assert!(normalise_tag(&"a".repeat(100)).is_some());
    }
}
