//! Private notes on accounts: nobody but their writer reads them.

use db::accounts::Account;
use db::relationships;

use crate::{App, Error, Result};

/// Longest note, in characters.
const MOST_CHARS: usize = 2000;

/// Writes `by`'s note on `of` in place of the former one; an empty one is removed.
///
/// # Errors
/// [`Error::Invalid`] when it is too long.
pub async fn write(app: &App, by: &Account, of: &Account, comment: &str) -> Result<()> {
    if comment.chars().count() > MOST_CHARS {
        return Err(Error::invalid(format!("Comment is too long (maximum is {MOST_CHARS} characters)")));
    }
    let comment = text::clean_text(comment, MOST_CHARS);
    let mut conn = app.conn().await?;
    Ok(relationships::set_note(&mut conn, by.id, of.id, &comment).await?)
}
