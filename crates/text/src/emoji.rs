//! What is one emoji.

/// The emoji that a text is, as Unicode recommends to write it (`❤` gives `❤️`); `None` for anything else.
pub fn emoji(text: &str) -> Option<&'static str> {
    emojis::get(text).map(emojis::Emoji::as_str)
}

#[cfg(test)]
mod tests {
    use super::emoji;

    #[test]
    fn emoji_are_known_in_either_spelling() {
        for (text, expected) in [
            ("🎉", "🎉"),
            ("\u{2764}", "\u{2764}\u{fe0f}"),
            ("\u{2764}\u{fe0f}", "\u{2764}\u{fe0f}"),
            ("👍🏽", "👍🏽"),
        ] {
            assert_eq!(emoji(text), Some(expected), "{text}");
        }
        for text in ["", "a", "1", "heart", ":heart:", "🎉🎉", "🎉 ", "\u{fe0f}", "\u{1f3fd}\u{1f3fd}"]
        {
            assert_eq!(emoji(text), None, "{text}");
        }
    }
}
