//! What whoever runs the place asks of people.

use db::instance_rules::{self, Rule};
use diesel_async::AsyncConnection;
use serde_json::json;

use crate::{App, Error, Result};

/// Longest rule and longest hint, in characters.
const MAX_CHARS: usize = 1_000;
/// Most rules at once; nobody reads more.
const MOST: usize = 100;

/// Adds a rule behind the others.
///
/// # Errors
/// [`Error::Invalid`] without a text, or when there are a hundred.
pub async fn add(app: &App, text: &str, hint: &str) -> Result<Rule> {
    let (text, hint) = (text::clean_text(text, MAX_CHARS), text::clean_text(hint, MAX_CHARS));
    if text.is_empty() {
        return Err(Error::invalid("Text can't be blank"));
    }
    let mut conn = app.conn().await?;
    if instance_rules::list(&mut conn).await?.len() >= MOST {
        return Err(Error::invalid(format!("There are {MOST} rules already, and nobody reads more")));
    }
    Ok(instance_rules::insert(&mut conn, &text, &hint).await?)
}

/// Gives a rule in another language; an empty text takes that away.
///
/// # Errors
/// [`Error::NotFound`] when there is no such rule, [`Error::Invalid`] for what is no language.
pub async fn translate(app: &App, id: i64, language: &str, text: &str, hint: &str) -> Result<()> {
    let is_language = (2..=16).contains(&language.len())
        && language.split('-').all(|part| {
            (2..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        });
    if !is_language {
        return Err(Error::invalid("Language is not a tag such as de or pt-BR"));
    }
    let (text, hint) = (text::clean_text(text, MAX_CHARS), text::clean_text(hint, MAX_CHARS));
    let mut conn = app.conn().await?;
    conn.transaction(async |conn| {
        let mut translations = instance_rules::find(conn, id).await?.translations;
        if let Some(languages) = translations.as_object_mut() {
            if text.is_empty() {
                languages.remove(language);
            } else {
                languages.insert(language.to_owned(), json!({ "text": text, "hint": hint }));
            }
        }
        Ok(instance_rules::set_translations(conn, id, &translations).await?)
    })
    .await
}

/// Withdraws a rule. What was reported by it keeps it.
///
/// # Errors
/// [`Error::NotFound`] when there is no such rule.
pub async fn withdraw(app: &App, id: i64) -> Result<()> {
    let mut conn = app.conn().await?;
    if instance_rules::withdraw(&mut conn, id).await? { Ok(()) } else { Err(Error::NotFound) }
}
