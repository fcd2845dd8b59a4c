//! Single characters: which ones are never kept, and plain-text fields made of the rest.

use std::borrow::Cow;

use unicode_normalization::char::is_combining_mark;

/// Combining marks allowed in a row; more is "zalgo" that paints over its neighbours.
const MAX_MARKS: usize = 4;

/// Characters with no place in HTML content: controls except tab and newline, the byte order mark, and the two
/// directional overrides. Embeddings and isolates stay, because right-to-left writers need them.
pub(crate) fn is_unwanted(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t') || matches!(c, '\u{FEFF}' | '\u{202D}' | '\u{202E}')
}

/// All bidirectional embeddings, overrides and isolates.
pub(crate) fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// The text with every line ending as `\n` and without the characters [`is_unwanted`] names.
pub(crate) fn without_unwanted(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unwanted) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\r' && chars.peek() != Some(&'\n') {
            out.push('\n');
        } else if !is_unwanted(c) {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// A plain-text field of one line (display name, content warning, alt text): line breaks and tabs become spaces,
/// control and bidirectional formatting characters go, at most four combining marks in a row stay, the ends are
/// trimmed, and at most `max_chars` characters are kept. Markup is left as it is: the value is text, not HTML.
pub fn clean_line(s: &str, max_chars: usize) -> String {
    clean(s, max_chars, |c| match c {
        '\n' | '\t' | '\u{2028}' | '\u{2029}' => ' ',
        other => other,
    })
}

/// As [`clean_line`], but newlines and tabs stay (line endings become `\n`).
pub fn clean_text(s: &str, max_chars: usize) -> String {
    clean(s, max_chars, |c| c)
}

fn clean(s: &str, max_chars: usize, map: impl Fn(char) -> char) -> String {
    let unified = without_unwanted(s);
    let mut marks = 0;
    let kept = unified.trim_start().chars().map(map).filter(|&c| {
        marks = if is_combining_mark(c) { marks + 1 } else { 0 };
        marks <= MAX_MARKS && !is_bidi_control(c)
    });
    // Dropping invisible characters can bare new white space at the start, hence the skip.
    let mut out: String = kept.skip_while(|c| c.is_whitespace()).take(max_chars).collect();
    out.truncate(out.trim_end().len());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_one_line() {
        assert_eq!(clean_line(" a\r\nb\tc\u{2028}d\0 ", 99), "a b c d");
        assert_eq!(clean_line("<b>bold</b> & co", 99), "<b>bold</b> & co");
        assert_eq!(clean_line("äöü日本", 4), "äöü日");
        assert_eq!(clean_line("abc  def", 4), "abc");
        assert_eq!(clean_line("", 4), "");
        assert_eq!(clean_line("abc", 0), "");
    }

    #[test]
    fn direction_overrides_go() {
        assert_eq!(clean_line("\u{202E}evil\u{2066} x\u{2069}\u{FEFF}", 99), "evil x");
        assert_eq!(clean_line("\u{202A} x", 99), "x");
    }

    #[test]
    fn marks_are_capped() {
        let zalgo = format!("a{}b\u{301}", "\u{301}".repeat(500));
        assert_eq!(clean_line(&zalgo, 999), format!("a{}b\u{301}", "\u{301}".repeat(4)));
        let hidden = format!("a{}", "\u{301}\u{1}".repeat(50));
        assert_eq!(clean_line(&hidden, 999).chars().count(), 5);
    }

    #[test]
    fn a_text_keeps_its_lines() {
        assert_eq!(clean_text("\n a\r\nb\rc\n\n", 99), "a\nb\nc");
    }
}
