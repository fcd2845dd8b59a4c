//! What is said of a filter, before it is checked.

use chrono::{DateTime, Utc};
use db::filters::{self, Action, Context, Contexts};
use db::{Conn, FilterId, FilterKeywordId};

use super::{Filter, Settings};
use crate::{Error, Result};

/// Longest title, in characters.
pub(super) const MOST_TITLE_CHARS: usize = 256;
/// Longest keyword, in characters.
const MOST_KEYWORD_CHARS: usize = 512;

/// A filter as somebody writes it; what is not said stays as it is.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// Its name.
    pub title: Option<String>,
    /// The words for where it applies.
    pub contexts: Option<Vec<String>>,
    /// What becomes of a match.
    pub action: Option<Action>,
    /// When it ends, or that it does not.
    pub expires_at: Option<Option<DateTime<Utc>>>,
    /// Keywords to add, change or remove.
    pub keywords: Vec<KeywordDraft>,
}

/// A keyword as somebody writes it; what is not said stays as it is.
#[derive(Clone, Debug, Default)]
pub struct KeywordDraft {
    /// Which one is to be changed or removed; else it is a new one.
    pub id: Option<FilterKeywordId>,
    /// What is looked for.
    pub keyword: Option<String>,
    /// Whether it must be a whole word; a new one must unless that is said.
    pub whole_word: Option<bool>,
    /// Whether it is to be removed.
    pub is_gone: bool,
}

impl Draft {
    /// All that is wrong at once, or what the filter is from now on and what is to be done to its keywords.
    pub(super) fn checked(self, before: Option<Filter>) -> Result<(Settings, Vec<KeywordDraft>)> {
        let mut problems = Vec::new();
        let before = before.map_or_else(
            || Settings {
                title: String::new(),
                contexts: Contexts::default(),
                action: Action::default(),
                expires_at: None,
            },
            Settings::from,
        );
        let title = match self.title {
            Some(title) => checked_line("Title", MOST_TITLE_CHARS, &title, &mut problems),
            None if before.title.is_empty() => checked_line("Title", MOST_TITLE_CHARS, "", &mut problems),
            None => before.title,
        };
        let contexts = match self.contexts {
            Some(words) => checked_contexts(&words, &mut problems),
            None if before.contexts.is_empty() => checked_contexts(&[], &mut problems),
            None => before.contexts,
        };
        if !problems.is_empty() {
            return Err(Error::invalid(problems.join(", ")));
        }
        let action = self.action.unwrap_or(before.action);
        let expires_at = self.expires_at.unwrap_or(before.expires_at);
        Ok((Settings { title, contexts, action, expires_at }, self.keywords))
    }
}

/// A line of text that says something; problems are collected.
pub(super) fn checked_line(what: &str, most: usize, line: &str, problems: &mut Vec<String>) -> String {
    if line.chars().count() > most {
        problems.push(format!("{what} is too long (maximum is {most} characters)"));
    }
    let line = text::clean_line(line, most);
    if line.is_empty() {
        problems.push(format!("{what} can't be blank"));
    }
    line
}

pub(super) fn checked_contexts(words: &[String], problems: &mut Vec<String>) -> Contexts {
    let contexts: Option<Contexts> = words.iter().map(|word| Context::parse(word)).collect();
    let contexts = contexts.unwrap_or_default();
    if words.is_empty() {
        problems.push("Context can't be blank".to_owned());
    }
    if contexts.is_empty() {
        problems.push("Context None or invalid context supplied".to_owned());
    }
    contexts
}

/// A keyword that can be found in a text; problems are collected.
pub(super) fn findable(what: &str, keyword: &str, problems: &mut Vec<String>) -> String {
    let before = problems.len();
    let keyword = checked_line(what, MOST_KEYWORD_CHARS, keyword, problems);
    if problems.len() == before && !text::is_keyword(&keyword) {
        problems.push(format!("{what} can't be blank"));
    }
    keyword
}

/// A keyword that can be found in a text.
pub(super) fn checked_keyword(what: &str, keyword: Option<&str>) -> Result<String> {
    let mut problems = Vec::new();
    let keyword = findable(what, keyword.unwrap_or_default(), &mut problems);
    if problems.is_empty() { Ok(keyword) } else { Err(Error::invalid(problems.join(", "))) }
}

/// Adds, changes and removes keywords of a filter.
///
/// # Errors
/// [`Error::NotFound`] when one that is named is not the filter's.
pub(super) async fn apply(conn: &mut Conn, filter: FilterId, drafts: Vec<KeywordDraft>) -> Result<()> {
    let present = filters::keywords_of(conn, filter).await?;
    for draft in drafts {
        let before = match draft.id {
            Some(id) => Some(present.iter().find(|keyword| keyword.id == id).ok_or(Error::NotFound)?),
            None => None,
        };
        match before {
            Some(before) if draft.is_gone => filters::delete_keyword(conn, before.id).await?,
            Some(before) => {
                let keyword = draft.keyword.as_ref().unwrap_or(&before.keyword);
                let keyword = checked_keyword("Keywords keyword", Some(keyword))?;
                let whole_word = draft.whole_word.unwrap_or(before.whole_word);
                filters::update_keyword(conn, before.id, &keyword, whole_word).await?;
            }
            // A form sends its empty last row along.
            None if draft.is_gone || draft.keyword.is_none() && draft.whole_word.is_none() => {}
            None => {
                let keyword = checked_keyword("Keywords keyword", draft.keyword.as_deref())?;
                filters::insert_keyword(conn, filter, &keyword, draft.whole_word.unwrap_or(true)).await?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn problem(draft: Draft, before: Option<Filter>) -> String {
        draft.checked(before).unwrap_err().to_string()
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once() {
        assert_eq!(
            problem(Draft::default(), None),
            "Validation failed: Title can't be blank, Context can't be blank, \
             Context None or invalid context supplied"
        );
        let contexts = Some(vec!["home".to_owned(), "everywhere".to_owned()]);
        let draft = Draft { title: Some("Spoilers".to_owned()), contexts, ..Draft::default() };
        assert_eq!(problem(draft, None), "Validation failed: Context None or invalid context supplied");
    }

    #[test]
    fn what_is_not_said_stays() {
        let filter = Filter {
            id: FilterId(1),
            title: "Spoilers".to_owned(),
            contexts: [Context::Home, Context::Thread].into_iter().collect(),
            action: Action::Hide,
            expires_at: Some(DateTime::UNIX_EPOCH),
        };
        let (settings, _) = Draft::default().checked(Some(filter.clone())).unwrap();
        assert_eq!(settings, filter.clone().into());
        let draft = Draft { expires_at: Some(None), action: Some(Action::Blur), ..Draft::default() };
        let (settings, _) = draft.checked(Some(filter.clone())).unwrap();
        assert_eq!((settings.expires_at, settings.action), (None, Action::Blur));
        assert_eq!(settings.contexts.words(), ["home", "thread"]);
        let blank = Draft { title: Some(" ".to_owned()), ..Draft::default() };
        assert_eq!(problem(blank, Some(filter)), "Validation failed: Title can't be blank");
    }

    #[test]
    fn a_keyword_can_be_found() {
        assert_eq!(checked_keyword("Keyword", Some(" cats ")).unwrap(), "cats");
        for bad in [None, Some(""), Some(" \n"), Some("\u{200b}"), Some("\u{0}")] {
            let error = checked_keyword("Keyword", bad).unwrap_err().to_string();
            assert_eq!(error, "Validation failed: Keyword can't be blank", "{bad:?}");
        }
        assert!(checked_keyword("Keyword", Some(&"x".repeat(513))).is_err());
    }
}
