use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::{Folded, Keywords, MAX_SEARCHED_BYTES, is_keyword};

fn has(text: &str, keyword: &str, whole_word: bool) -> bool {
    Keywords::new([(keyword, whole_word)]).is_some_and(|keywords| keywords.is_in(&Folded::new([text])))
}

#[test]
fn a_keyword_is_found_where_it_stands() {
    for (text, keyword, as_part, as_word) in [
        ("All about cats and dogs", "cats", true, true),
        ("All about CATS", "cats", true, true),
        ("All about cats", "Cats", true, true),
        ("concatenation", "cat", true, false),
        ("cats", "cat", true, false),
        ("bobcat", "cat", true, false),
        ("cat", "cat", true, true),
        ("(cat)", "cat", true, true),
        ("a cat's life", "cat", true, true),
        ("snake_cat", "cat", true, false),
        ("cat9", "cat", true, false),
        ("dogs", "cat", false, false),
        ("", "cat", false, false),
        // A boundary is asked for only at an end that is part of a word.
        ("I like C++ a lot", "C++", true, true),
        ("I like C++11", "C++", true, true),
        ("objectC++", "C++", true, false),
        ("see #cats", "#cats", true, true),
        ("see#cats", "#cats", true, true),
        ("see #catsofmastodon", "#cats", true, false),
        ("so :) so", ":)", true, true),
        ("a.b", ".", true, true),
        // What would mean something to a pattern is only itself.
        ("aaab", "a*b", false, false),
        ("a*b", "a*b", true, true),
        ("anything", ".*", false, false),
        ("(x|y)", "x|y", true, true),
        ("back\\b slash", "\\b", true, true),
        // White space of any kind and amount is one space.
        ("bad\n word", "bad word", true, true),
        ("bad\u{a0}word", "bad word", true, true),
        ("bad word", "  bad   word ", true, true),
        ("badword", "bad word", false, false),
        ("very bad words", "bad word", true, false),
        // Case and form, beyond ASCII.
        ("ÉCOLE", "école", true, true),
        ("e\u{301}cole", "école", true, true),
        ("straße", "STRASSE", true, true),
        ("ΟΔΥΣΣΕΎΣ", "οδυσσεύς", true, true),
        ("ＦＵＬＬ width", "full", true, true),
        ("москва", "МОСКВА", true, true),
        ("московский", "моск", true, false),
        ("東京都", "東京", true, false),
        ("東京 都", "東京", true, true),
        ("ca\u{200b}t", "cat", true, true),
        ("c\u{ad}at", "cat", true, true),
        ("🦀 crab", "🦀", true, true),
        ("x🦀x", "🦀", true, true),
        ("नमस्ते", "नमस्ते", true, true),
        ("nul\0l", "null", true, true),
    ] {
        assert_eq!(has(text, keyword, false), as_part, "{keyword:?} anywhere in {text:?}");
        assert_eq!(has(text, keyword, true), as_word, "{keyword:?} as a word in {text:?}");
    }
}

#[test]
fn what_is_empty_finds_nothing() {
    for keyword in ["", " ", "\n\t", "\u{200b}", "\0", "\u{1}"] {
        assert!(!is_keyword(keyword), "{keyword:?}");
        assert!(!has("any text", keyword, false) && !has("", keyword, true), "{keyword:?}");
    }
    assert!(is_keyword("x") && is_keyword("."));
    assert!(Keywords::new([]).is_none());
}

#[test]
fn texts_are_searched_apart() {
    let text = Folded::new(["bad", "", "word", "ends"]);
    let find = |keyword| Keywords::new([(keyword, true)]).is_some_and(|keywords| keywords.is_in(&text));
    assert!(find("bad") && find("word") && find("ends"));
    assert!(!find("bad word") && !find("badword"));
}

#[test]
fn the_keyword_that_was_found_is_named() {
    let keywords = Keywords::new([("", true), ("cat", true), ("\u{200b}", false), ("dog", false)]);
    let keywords = keywords.expect("there is something to look for");
    assert_eq!(keywords.find(&Folded::new(["hot dogs"])), Some(3));
    assert_eq!(keywords.find(&Folded::new(["a cat"])), Some(1));
    assert_eq!(keywords.find(&Folded::new(["cats"])), None);
}

#[test]
fn a_shorter_keyword_is_found_within_the_start_of_a_longer_one() {
    let keywords = Keywords::new([("bad word", true), ("bad", true)]).expect("two keywords");
    assert_eq!(keywords.find(&Folded::new(["bad words"])), Some(1));
}

#[test]
fn the_worst_text_takes_little_time() {
    let keywords: Vec<String> = (1..=500).map(|length| "a".repeat(length)).collect();
    let keywords = Keywords::new(keywords.iter().map(|keyword| (keyword.as_str(), true)));
    let keywords = keywords.expect("500 keywords");
    let started = Instant::now();
    for text in [
        "a".repeat(MAX_SEARCHED_BYTES * 2),
        "a\u{301}".repeat(MAX_SEARCHED_BYTES),
        "\u{301}".repeat(MAX_SEARCHED_BYTES),
    ] {
        let text = Folded::new([text.as_str()]);
        keywords.find(&text);
        assert!(text.size() <= MAX_SEARCHED_BYTES * 4);
    }
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
}

/// What decides without folding anything, for plain text.
fn expected(text: &str, keyword: &str, whole_word: bool) -> bool {
    let (text, keyword) = (text.to_ascii_lowercase(), keyword.to_ascii_lowercase());
    let is_word = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
    text.match_indices(&keyword).any(|(at, _)| {
        let (before, after) = (text[..at].chars().next_back(), text[at + keyword.len()..].chars().next());
        let begins = !is_word(keyword.chars().next()) || !is_word(before);
        let ends = !is_word(keyword.chars().next_back()) || !is_word(after);
        !whole_word || (begins && ends)
    })
}

proptest! {
    #[test]
    fn no_text_and_no_keyword_panics(texts in prop::collection::vec(".*", 0..4), keyword in ".*", whole: bool) {
        let text = Folded::new(texts.iter().map(String::as_str));
        if let Some(keywords) = Keywords::new([(keyword.as_str(), whole)]) {
            keywords.find(&text);
        }
        prop_assert!(!text.0.contains("\u{0}\u{0}") && !text.0.contains("\u{1}\u{1}"), "{:?}", text);
    }

    #[test]
    fn a_text_has_itself(text in "\\PC{1,40}", whole: bool) {
        prop_assert!(!is_keyword(&text) || has(&text, &text, whole), "{text:?}");
    }

    #[test]
    fn plain_text_is_searched_as_expected(
        text in "[abA_.!]{0,12}( [abA_.!]{1,5}){0,2}",
        keyword in "[abA_.!]{1,3}",
        whole: bool,
    ) {
        prop_assert_eq!(has(&text, &keyword, whole), expected(&text, &keyword, whole));
    }
}
