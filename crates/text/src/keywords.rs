//! Keywords, and whether a text has them.
//!
//! Text and keyword are folded in the same way (compatibility forms, case, white space, invisible characters),
//! and a mark is put wherever a word begins or ends. A keyword that must be a whole word takes the marks at its
//! ends along, another one leaves them away: in both cases what remains to be done is to find one string in
//! another, which takes linear time whatever either holds. No pattern is ever made of what somebody typed.

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// So much of a text is searched, in bytes before folding: more than any status has.
pub const MAX_SEARCHED_BYTES: usize = 200_000;

/// Where a word begins or ends.
const EDGE: char = '\u{0}';
/// Between two texts that are searched together.
const BREAK: char = '\u{1}';

/// Text in the form in which it is searched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folded(Box<str>);

impl Folded {
    /// Folds several texts; no keyword is found across two of them.
    pub fn new<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut writer = Writer::default();
        let mut room = MAX_SEARCHED_BYTES;
        for text in texts {
            let text = &text[..text.floor_char_boundary(room)];
            room -= text.len();
            writer.text(text);
            writer.end();
        }
        Self(writer.out.into())
    }

    /// What it takes in memory, in bytes.
    pub fn size(&self) -> usize {
        self.0.len()
    }
}

/// Whether a keyword has anything that can be found.
pub fn is_keyword(keyword: &str) -> bool {
    !fold_keyword(keyword, false).is_empty()
}

/// Keywords that are looked for together.
#[derive(Clone, Debug)]
pub struct Keywords {
    automaton: AhoCorasick,
    /// The places of the automaton's patterns among the keywords that were given.
    places: Vec<usize>,
}

impl Keywords {
    /// Takes keywords, each with whether it must be a whole word: then letters, digits and the like must not
    /// go on where it begins or ends with one. `None` when there is nothing to look for.
    pub fn new<'a>(keywords: impl IntoIterator<Item = (&'a str, bool)>) -> Option<Self> {
        let folded = keywords.into_iter().map(|(keyword, whole_word)| fold_keyword(keyword, whole_word));
        let (places, patterns): (Vec<usize>, Vec<String>) =
            folded.enumerate().filter(|(_, pattern)| !pattern.is_empty()).unzip();
        if patterns.is_empty() {
            return None;
        }
        // The smallest in memory; it fails only beyond two thousand million states.
        let automaton =
            AhoCorasick::builder().kind(Some(AhoCorasickKind::ContiguousNFA)).build(&patterns).ok()?;
        Some(Self { automaton, places })
    }

    /// The place, among the keywords that were given, of one that the text has.
    pub fn find(&self, text: &Folded) -> Option<usize> {
        let found = self.automaton.find(&*text.0)?;
        self.places.get(found.pattern().as_usize()).copied()
    }

    /// Whether the text has any of them.
    pub fn is_in(&self, text: &Folded) -> bool {
        self.automaton.is_match(&*text.0)
    }
}

fn fold_keyword(keyword: &str, whole_word: bool) -> String {
    let mut writer = Writer::default();
    writer.text(&keyword[..keyword.floor_char_boundary(MAX_SEARCHED_BYTES)]);
    writer.end_word();
    if whole_word {
        return writer.out;
    }
    let inner = writer.out.strip_prefix(EDGE).unwrap_or(&writer.out);
    inner.strip_suffix(EDGE).unwrap_or(inner).to_owned()
}

#[derive(Default)]
struct Writer {
    out: String,
    in_word: bool,
    /// White space that is written when something follows.
    space: bool,
}

impl Writer {
    fn text(&mut self, text: &str) {
        if text.is_ascii() {
            text.chars().for_each(|c| self.push(c.to_ascii_lowercase()));
        } else {
            // By way of capitals, for several small letters may share one: ß and ss, ς and σ.
            let capitals = text.nfkc().flat_map(char::to_uppercase);
            capitals.flat_map(char::to_lowercase).for_each(|c| self.push(c));
        }
    }

    fn push(&mut self, c: char) {
        if c.is_whitespace() {
            self.space = true;
        } else if !c.is_control() && !is_invisible(c) {
            if self.space && !self.out.is_empty() && !self.out.ends_with(BREAK) {
                self.write(' ');
            }
            self.space = false;
            self.write(c);
        }
    }

    fn write(&mut self, c: char) {
        if self.in_word != is_of_word(c) {
            self.in_word = !self.in_word;
            self.out.push(EDGE);
        }
        self.out.push(c);
    }

    fn end_word(&mut self) {
        self.space = false;
        if std::mem::take(&mut self.in_word) {
            self.out.push(EDGE);
        }
    }

    fn end(&mut self) {
        self.end_word();
        if !self.out.is_empty() && !self.out.ends_with(BREAK) {
            self.out.push(BREAK);
        }
    }
}

/// Letters, digits, marks and the underscore.
fn is_of_word(c: char) -> bool {
    if c.is_ascii() {
        c.is_ascii_alphanumeric() || c == '_'
    } else {
        c.is_alphanumeric() || is_combining_mark(c)
    }
}

/// What is put between letters so that a word is not recognised, and has no width.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{2060}'..='\u{2064}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests;
