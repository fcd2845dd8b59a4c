//! Signing up: the rules, and making account, keys and user at once.

use chrono::{NaiveDate, Utc};
use config::Registrations;
use db::accounts::{Account, INSTANCE_ACTOR, kind};
use db::ids::ApplicationId;
use db::users::{NewUser, User, role};
use diesel_async::AsyncConnection;

use crate::events::Event;
use crate::letters::Letter;
use crate::local_accounts::{NewLocal, create_local, generate_key};
use crate::oauth::{self, Issued};
use crate::scopes::Scopes;
use crate::search::Index;
use crate::{App, Error, passwords};

/// Longest username, in characters.
const MAX_USERNAME_CHARS: usize = 30;
/// Longest e-mail address, in bytes (RFC 5321 §4.5.3.1.3, without the brackets).
const MAX_EMAIL_BYTES: usize = 254;
/// Longest reason to join, in characters.
const MAX_REASON_CHARS: usize = 500;

/// Names that nobody gets by signing up, since they would be taken for the people who run the place. They
/// compare without dots, dashes and underscores.
const RESERVED: &[&str] = &[
    "abuse",
    "account",
    "accounts",
    "admin",
    "administration",
    "administrator",
    "all",
    "anonymous",
    "everyone",
    "help",
    "here",
    "hostmaster",
    "info",
    "instance",
    "instanceactor",
    "mod",
    "moderation",
    "moderator",
    "noreply",
    "official",
    "owner",
    "postmaster",
    "root",
    "security",
    "staff",
    "stoa",
    "support",
    "system",
    "team",
    "webmaster",
];

/// What somebody fills in to join.
#[derive(Clone, Default)]
#[expect(missing_docs, reason = "they are the parameters of POST /api/v1/accounts")]
pub struct Registration {
    pub username: String,
    pub email: String,
    pub password: String,
    pub agreement: bool,
    pub locale: String,
    pub reason: Option<String>,
    /// Needed where there is a minimum age, and not kept.
    pub date_of_birth: Option<NaiveDate>,
}

/// A field that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// `username`, `email`, `password`, `agreement`, `reason` or `date_of_birth`.
    pub field: &'static str,
    /// `ERR_TAKEN` and so on (<https://docs.joinmastodon.org/methods/accounts/#422-unprocessable-entity>).
    pub code: &'static str,
    /// What is wrong, to be read after the field's name.
    pub description: String,
}

impl Problem {
    fn new(field: &'static str, code: &'static str, description: impl Into<String>) -> Self {
        Self { field, code, description: description.into() }
    }

    /// The whole sentence: "Username has already been taken".
    pub fn sentence(&self) -> String {
        let name = match self.field {
            "username" => "Username",
            "email" => "E-mail address",
            "password" => "Password",
            "agreement" => "Agreement",
            "date_of_birth" => "Date of birth",
            _ => "Reason",
        };
        format!("{name} {}", self.description)
    }
}

/// Why nobody joined.
#[derive(Debug, thiserror::Error)]
pub enum RegistrationError {
    /// Nobody may sign up here.
    #[error("Sign-ups are closed")]
    Closed,
    /// Fields break rules; never empty.
    #[error("Validation failed: {}", .0.iter().map(Problem::sentence).collect::<Vec<_>>().join(", "))]
    Invalid(Vec<Problem>),
    /// Not a matter of what was filled in.
    #[error(transparent)]
    Other(#[from] Error),
}

impl From<diesel::result::Error> for RegistrationError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Other(error.into())
    }
}

/// A person joins by the form.
pub async fn register(app: &App, registration: Registration) -> Result<(User, Account), RegistrationError> {
    let new = check_newcomer(app, registration)?;
    let (user, account, _) = insert(app, new, Door::Form).await?;
    Ok((user, account))
}

/// A person joins by a client, which gets a token with these scopes at once.
pub async fn register_by(
    app: &App,
    registration: Registration,
    client: ApplicationId,
    scopes: Scopes,
) -> Result<Issued, RegistrationError> {
    let new = check_newcomer(app, registration)?;
    let (_, _, issued) = insert(app, new, Door::Client(client, scopes)).await?;
    Ok(issued.ok_or(Error::NotFound)?)
}

/// What is written of somebody who may join.
fn check_newcomer(app: &App, registration: Registration) -> Result<NewPerson, RegistrationError> {
    let instance = &app.config.instance;
    if instance.registrations == Registrations::Closed {
        return Err(RegistrationError::Closed);
    }
    let mut problems = check(&registration);
    if is_reserved(&registration.username) {
        problems.push(Problem::new("username", "ERR_RESERVED", "is reserved"));
    }
    problems.extend(check_age(registration.date_of_birth, instance.minimum_age));
    let approval = instance.registrations == Registrations::Approval;
    let reason = registration.reason.map(|reason| text::clean_text(&reason, MAX_REASON_CHARS));
    let reason = reason.filter(|reason| !reason.is_empty());
    if approval && reason.is_none() {
        problems.push(Problem::new("reason", "ERR_BLANK", "can't be blank"));
    }
    if !problems.is_empty() {
        return Err(RegistrationError::Invalid(problems));
    }
    Ok(NewPerson {
        username: registration.username,
        email: registration.email,
        password: registration.password,
        locale: if is_locale(&registration.locale) { registration.locale } else { "en".to_owned() },
        reason,
        role: role::USER,
        confirmed: !instance.require_confirmation,
        approved: !approval,
    })
}

/// A person whom whoever runs the server makes at the command line: approved, and with any free name but
/// the instance's own; its address counts as confirmed when it is or need not be. `role` is one of [`db::users::role`].
pub async fn create(
    app: &App,
    username: &str,
    email: &str,
    password: &str,
    role: i16,
    confirmed: bool,
) -> Result<(User, Account), RegistrationError> {
    let registration = Registration {
        username: username.to_owned(),
        email: email.to_owned(),
        password: password.to_owned(),
        agreement: true,
        ..Registration::default()
    };
    let problems = check(&registration);
    if !problems.is_empty() {
        return Err(RegistrationError::Invalid(problems));
    }
    let new = NewPerson {
        username: registration.username,
        email: registration.email,
        password: registration.password,
        locale: "en".to_owned(),
        reason: None,
        role,
        confirmed: confirmed || !app.config.instance.require_confirmation,
        approved: true,
    };
    let (user, account, _) = insert(app, new, Door::CommandLine).await?;
    Ok((user, account))
}

/// How somebody came.
enum Door {
    Form,
    /// Wants a token with these scopes at once.
    Client(ApplicationId, Scopes),
    /// Made by whoever runs the server, who need not be told.
    CommandLine,
}

struct NewPerson {
    username: String,
    email: String,
    password: String,
    locale: String,
    reason: Option<String>,
    role: i16,
    confirmed: bool,
    approved: bool,
}

/// Looks for what is taken before the costly part; the unique indexes decide if two come at once.
/// For a client, a token is made in the same transaction.
async fn insert(
    app: &App,
    new: NewPerson,
    door: Door,
) -> Result<(User, Account, Option<Issued>), RegistrationError> {
    let taken = {
        let mut conn = app.conn().await?;
        let mut taken = Vec::new();
        if db::accounts::find_by_handle(&mut conn, &new.username, None).await?.is_some() {
            taken.push(Problem::new("username", "ERR_TAKEN", "has already been taken"));
        }
        if db::users::find_by_email(&mut conn, &new.email).await?.is_some() {
            taken.push(Problem::new("email", "ERR_TAKEN", "has already been taken"));
        }
        taken
    };
    if !taken.is_empty() {
        return Err(RegistrationError::Invalid(taken));
    }
    let password_hash = passwords::hash(&new.password).await?;
    let key = generate_key().await?;
    let local = NewLocal { username: new.username, kind: kind::PERSON, locked: false };
    let mut conn = app.conn().await?;
    conn.transaction(async |conn| {
        let taken = |field| {
            RegistrationError::Invalid(vec![Problem::new(field, "ERR_TAKEN", "has already been taken")])
        };
        let account = create_local(conn, &app.urls, &local, &key).await?.ok_or_else(|| taken("username"))?;
        let row = NewUser {
            account_id: account.id,
            email: new.email.clone(),
            password_hash: password_hash.clone(),
            role: new.role,
            locale: new.locale.clone(),
            reason: new.reason.clone(),
            confirmed_at: new.confirmed.then(Utc::now),
            approved_at: new.approved.then(Utc::now),
            application_id: match &door {
                Door::Client(application, _) => Some(*application),
                Door::Form | Door::CommandLine => None,
            },
        };
        let user = db::users::insert(conn, &row).await?.ok_or_else(|| taken("email"))?;
        if !matches!(door, Door::CommandLine) {
            Event::SignedUp { account: account.id }.emit(conn).await?;
        }
        if user.confirmed_at.is_none() {
            Letter::Confirmation { user: user.id }.promise(conn).await?;
        }
        let issued = match door {
            Door::Client(application, scopes) => {
                Some(oauth::issue(conn, application, Some(user.id), scopes).await?.0)
            }
            Door::Form | Door::CommandLine => None,
        };
        Index::account(account.id).request(app, conn).await?;
        Ok((user, account, issued))
    })
    .await
}

/// The rules that need no database.
fn check(registration: &Registration) -> Vec<Problem> {
    let mut problems = Vec::new();
    problems.extend(check_username(&registration.username));
    problems.extend(check_email(&registration.email));
    problems.extend(check_password(&registration.password));
    if !registration.agreement {
        problems.push(Problem::new("agreement", "ERR_ACCEPTED", "must be accepted"));
    }
    problems
}

/// ASCII letters, digits and underscores; dots and dashes within.
fn check_username(username: &str) -> Option<Problem> {
    let problem = |code, description: &str| Some(Problem::new("username", code, description));
    if username.is_empty() {
        return problem("ERR_BLANK", "can't be blank");
    }
    if username.chars().count() > MAX_USERNAME_CHARS {
        return problem("ERR_TOO_LONG", &format!("is too long (maximum is {MAX_USERNAME_CHARS} characters)"));
    }
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let bytes = username.as_bytes();
    let well_formed = bytes.iter().all(|&byte| is_word(byte) || byte == b'.' || byte == b'-')
        && bytes.first().is_some_and(|&byte| is_word(byte))
        && bytes.last().is_some_and(|&byte| is_word(byte));
    if !well_formed {
        return problem(
            "ERR_INVALID",
            "must contain only letters, numbers and underscores, and dots and dashes between them",
        );
    }
    if username.eq_ignore_ascii_case(INSTANCE_ACTOR) {
        return problem("ERR_RESERVED", "is reserved");
    }
    None
}

fn is_reserved(username: &str) -> bool {
    let skeleton: String = username
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| match c.to_ascii_lowercase() {
            '0' => 'o',
            '1' => 'i',
            '3' => 'e',
            '5' => 's',
            other => other,
        })
        .collect();
    RESERVED.contains(&skeleton.as_str())
}

/// The shape alone: whether somebody reads it, a confirmation tells.
pub(crate) fn check_email(email: &str) -> Option<Problem> {
    if email.is_empty() {
        return Some(Problem::new("email", "ERR_BLANK", "can't be blank"));
    }
    let is_local = |local: &str| {
        (1..=64).contains(&local.len())
            && !local.starts_with('.')
            && !local.ends_with('.')
            && local.chars().all(|c| !c.is_whitespace() && !c.is_control() && !"()<>[],;:\\\"@".contains(c))
    };
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    let well_formed = email.len() <= MAX_EMAIL_BYTES
        && email.rsplit_once('@').is_some_and(|(local, domain)| {
            is_local(local)
                && domain.split('.').all(is_label)
                && (domain.contains('.') || domain == "localhost")
        });
    (!well_formed).then(|| Problem::new("email", "ERR_INVALID", "is not a valid e-mail address"))
}

/// Length alone; what makes a password weak is being short.
pub(crate) fn check_password(password: &str) -> Option<Problem> {
    let (least, most) = (passwords::MIN_CHARS, passwords::MAX_CHARS);
    let problem = |code, description: String| Some(Problem::new("password", code, description));
    match password.chars().count() {
        0 => problem("ERR_BLANK", "can't be blank".to_owned()),
        count if count < least => {
            problem("ERR_TOO_SHORT", format!("is too short (minimum is {least} characters)"))
        }
        count if count > most => {
            problem("ERR_TOO_LONG", format!("is too long (maximum is {most} characters)"))
        }
        _ => None,
    }
}

/// Whether somebody is old enough, where that is asked.
fn check_age(born: Option<NaiveDate>, minimum: u8) -> Option<Problem> {
    if minimum == 0 {
        return None;
    }
    let Some(born) = born else {
        return Some(Problem::new("date_of_birth", "ERR_BLANK", "can't be blank"));
    };
    let age = Utc::now().date_naive().years_since(born);
    let young = age.is_none_or(|years| years < u32::from(minimum));
    young.then(|| Problem::new("date_of_birth", "ERR_BELOW_LIMIT", "is below the age limit"))
}

/// A language tag as browsers send it: `en`, `pt-BR`, `zh-Hant-TW`.
fn is_locale(locale: &str) -> bool {
    (2..=16).contains(&locale.len())
        && locale.split('-').all(|part| {
            (2..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
}

#[cfg(test)]
mod tests;
