//! What the instance says of itself at length: whoever runs it writes Markdown, or nothing, and then a text
//! stands there that is true of every instance of this program.

use chrono::{DateTime, NaiveDate, Utc};
use db::instance_texts::{self, Terms};
use text::{Format, Links};

use crate::{App, Error, Result};

/// Longest text, in bytes.
const MAX_BYTES: usize = 100_000;

/// The texts that there is one of at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// What the place is about.
    ExtendedDescription,
    /// What becomes of what people tell it.
    PrivacyPolicy,
}

impl Kind {
    /// The word of the table and of the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ExtendedDescription => "extended-description",
            Self::PrivacyPolicy => "privacy-policy",
        }
    }
}

/// A text to be shown.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Safe HTML.
    pub content: String,
    /// Markdown, or plain text where nobody wrote one.
    pub source: String,
    /// When it was written; for one that nobody wrote, when the instance began.
    pub updated_at: DateTime<Utc>,
}

/// The text of this kind, or the one that is true of every instance.
pub async fn find(app: &App, kind: Kind) -> Result<Shown> {
    let mut conn = app.conn().await?;
    if let Some(text) = instance_texts::find(&mut conn, kind.as_str()).await? {
        return Ok(Shown { content: text.content, source: text.source, updated_at: text.updated_at });
    }
    let updated_at = db::instances::made_at(&mut conn).await?;
    let (source, content) = match kind {
        Kind::ExtendedDescription => {
            let source = app.config.instance.description.clone();
            let content = text::linkify_plain(&source, &links(app)).into_string();
            (source, content)
        }
        Kind::PrivacyPolicy => {
            let source = privacy_policy(app);
            let content = rendered(app, &source);
            (source, content)
        }
    };
    Ok(Shown { content, source, updated_at })
}

/// Writes the text of this kind, instead of the one before.
///
/// # Errors
/// [`Error::Invalid`] for a text that says nothing, or is too long.
pub async fn save(app: &App, kind: Kind, source: &str) -> Result<()> {
    let content = checked(app, source)?;
    let mut conn = app.conn().await?;
    Ok(instance_texts::save(&mut conn, kind.as_str(), source, &content).await?)
}

/// Removes the text of this kind.
///
/// # Errors
/// [`Error::NotFound`] when nobody wrote one.
pub async fn delete(app: &App, kind: Kind) -> Result<()> {
    let mut conn = app.conn().await?;
    if instance_texts::delete(&mut conn, kind.as_str()).await? { Ok(()) } else { Err(Error::NotFound) }
}

/// Terms of service, with what is known of their time.
#[derive(Clone, Debug)]
pub struct ShownTerms {
    /// The row.
    pub terms: Terms,
    /// Whether they are in force.
    pub effective: bool,
    /// When others take their place, if that is known.
    pub succeeded_by: Option<NaiveDate>,
}

/// The terms of a day, or those that are in force (if none is yet, those that come first).
///
/// # Errors
/// [`Error::NotFound`] when there are none.
pub async fn terms(app: &App, day: Option<NaiveDate>) -> Result<ShownTerms> {
    let today = Utc::now().date_naive();
    let mut conn = app.conn().await?;
    let found = match day {
        Some(day) => instance_texts::terms_of(&mut conn, day).await?,
        None => instance_texts::current_terms(&mut conn, today).await?,
    };
    let terms = found.ok_or(Error::NotFound)?;
    let succeeded_by = instance_texts::terms_after(&mut conn, terms.effective_on).await?;
    Ok(ShownTerms { effective: terms.effective_on <= today, succeeded_by, terms })
}

/// Writes the terms that come into force on a day.
///
/// # Errors
/// [`Error::Invalid`] for a text that says nothing, or is too long.
pub async fn save_terms(app: &App, day: NaiveDate, source: &str) -> Result<()> {
    let content = checked(app, source)?;
    let mut conn = app.conn().await?;
    Ok(instance_texts::save_terms(&mut conn, day, source, &content).await?)
}

/// Removes the terms of a day.
///
/// # Errors
/// [`Error::NotFound`] when there are none.
pub async fn delete_terms(app: &App, day: NaiveDate) -> Result<()> {
    let mut conn = app.conn().await?;
    if instance_texts::delete_terms(&mut conn, day).await? { Ok(()) } else { Err(Error::NotFound) }
}

fn links(app: &App) -> Links {
    Links { mentions: Vec::new(), tag_base: app.urls.tags() }
}

fn rendered(app: &App, source: &str) -> String {
    text::render(source, Format::Markdown, &links(app)).html.into_string()
}

fn checked(app: &App, source: &str) -> Result<String> {
    if source.len() > MAX_BYTES {
        return Err(Error::invalid(format!("Text is too long (maximum is {MAX_BYTES} bytes)")));
    }
    if source.contains('\0') {
        return Err(Error::invalid("Text is not text"));
    }
    let content = rendered(app, source);
    if content.is_empty() {
        return Err(Error::invalid("Text can't be blank"));
    }
    Ok(content)
}

/// What the program does with what it is told, for instances whose people wrote nothing of their own.
fn privacy_policy(app: &App) -> String {
    let instance = &app.config.instance;
    let contact = match &instance.contact_email {
        Some(address) => format!("Questions go to {address}."),
        None => "Questions go to whoever runs this instance.".to_owned(),
    };
    let domain = app.urls.domain();
    format!(
        "This is what the software of {domain} does with what you tell it. Whoever runs the instance, and the \
         company whose machines it runs on, may keep more, such as logs of the web server.\n\n\
         ## What is kept\n\n\
         - **Your account**: name, e-mail address, profile, and your password as a hash that cannot be turned \
         back. The address is shown to nobody but those who run the instance.\n\
         - **What you write and do**: posts, pictures, follows, favourites, bookmarks, blocks, mutes, notes, \
         lists, filters and reports.\n\
         - **Where you are signed in**: the name that your browser or app gives itself, when you signed in, and \
         the day of your last visit.\n\n\
         Addresses on the Internet (IP) are counted in memory against abuse, for an hour at most, and not \
         stored. There are no advertisements and no trackers. Cookies only keep you signed in.\n\n\
         ## Who sees it\n\n\
         Public and unlisted posts and your profile are for everybody. Posts for followers go to your followers \
         and to those they mention, direct posts to those they mention; they are **not encrypted**, and those \
         who run the servers concerned could read them. What you publish is sent to the servers of these \
         people, which keep copies by rules of their own.\n\n\
         ## How long\n\n\
         Until you delete it. Deleting a post or the account removes it here and asks all other servers that \
         got it to do the same; whether they do cannot be made sure.\n\n\
         ## Questions\n\n{contact}"
    )
}
