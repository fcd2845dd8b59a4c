//! Filters as they were before they had several keywords: a keyword is a filter of its own there
//! (<https://docs.joinmastodon.org/methods/filters/#v1>).

use chrono::{DateTime, Utc};
use db::FilterKeywordId;
use db::accounts::Account;
use db::filters::{self, Action, Filter, Keyword, Settings};

use super::change;
use diesel_async::AsyncConnection;

use super::drafts::{Draft, MOST_TITLE_CHARS, checked_contexts, findable};
use crate::{App, Error, Result};

/// A keyword with where it applies; what is not said stays as it is.
#[derive(Clone, Debug, Default)]
pub struct PhraseDraft {
    /// What is looked for.
    pub phrase: Option<String>,
    /// The words for where.
    pub contexts: Option<Vec<String>>,
    /// Whether a match is hidden rather than warned of.
    pub irreversible: Option<bool>,
    /// Whether it must be a whole word; a new one need not unless that is said.
    pub whole_word: Option<bool>,
    /// When it ends, or that it does not.
    pub expires_at: Option<Option<DateTime<Utc>>>,
}

impl PhraseDraft {
    /// The keyword, and the filter around it, which is called by its beginning.
    fn checked(self, before: Option<(&Keyword, Filter)>) -> Result<(String, bool, Settings)> {
        let mut problems = Vec::new();
        let (keyword, filter) = before.unzip();
        let phrase = self.phrase.as_deref().or(keyword.map(|keyword| keyword.keyword.as_str()));
        let phrase = findable("Phrase", phrase.unwrap_or_default(), &mut problems);
        if self.contexts.is_some() || filter.is_none() {
            checked_contexts(self.contexts.as_deref().unwrap_or_default(), &mut problems);
        }
        if !problems.is_empty() {
            return Err(Error::invalid(problems.join(", ")));
        }
        let title = self.phrase.is_some().then(|| text::clean_line(&phrase, MOST_TITLE_CHARS));
        let action = self.irreversible.map(|hide| if hide { Action::Hide } else { Action::Warn });
        let whole_word = self.whole_word.or(keyword.map(|keyword| keyword.whole_word)).unwrap_or(false);
        let draft = Draft {
            title,
            contexts: self.contexts,
            action,
            expires_at: self.expires_at,
            keywords: Vec::new(),
        };
        let (settings, _) = draft.checked(filter)?;
        Ok((phrase, whole_word, settings))
    }
}

/// Makes a filter of one keyword.
pub async fn create_phrase(app: &App, by: &Account, draft: PhraseDraft) -> Result<(Keyword, Filter)> {
    let (phrase, whole_word, settings) = draft.checked(None)?;
    change!(app, by, conn => {
        let filter = filters::insert(conn, by.id, &settings).await?;
        (filters::insert_keyword(conn, filter.id, &phrase, whole_word).await?, filter)
    })
}

/// Changes a keyword and its filter; of a filter with several keywords, the keyword alone can be changed.
pub async fn update_phrase(
    app: &App,
    by: &Account,
    id: FilterKeywordId,
    draft: PhraseDraft,
) -> Result<(Keyword, Filter)> {
    change!(app, by, conn => {
        let (keyword, filter) = filters::find_own_keyword(conn, by.id, id).await?;
        let (phrase, whole_word, mut settings) = draft.checked(Some((&keyword, filter.clone())))?;
        if filters::keywords_of(conn, filter.id).await?.len() > 1 {
            // The title is nothing that this interface shows.
            settings.title.clone_from(&filter.title);
            if settings != filter.clone().into() {
                return Err(Error::invalid(
                    "These parameters cannot be changed from this application because they apply to more than one \
                     filter keyword. Use a more recent application or the web interface.",
                ));
            }
        }
        let filter = filters::update(conn, filter.id, &settings).await?;
        (filters::update_keyword(conn, id, &phrase, whole_word).await?, filter)
    })
}

/// Removes a keyword, and with the last one the filter, unless that names statuses, too.
pub async fn delete_phrase(app: &App, by: &Account, id: FilterKeywordId) -> Result<()> {
    change!(app, by, conn => {
        let (_, filter) = filters::find_own_keyword(conn, by.id, id).await?;
        filters::delete_keyword(conn, id).await?;
        let is_empty = filters::keywords_of(conn, filter.id).await?.is_empty()
            && filters::statuses_of(conn, filter.id).await?.is_empty();
        if is_empty {
            filters::delete(conn, filter.id).await?;
        }
    })
}
