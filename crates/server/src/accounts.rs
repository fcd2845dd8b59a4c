//! `stoa account …`.

use anyhow::{Context, Result};
use db::users::role;
use services::{App, Error, registrations, users};

use crate::cli::{AccountCommand, Rank};
use crate::settings::Settings;
use crate::{logging, wiring};

/// Carries out a command and says what was done.
pub(crate) async fn run(settings: Settings, command: AccountCommand) -> Result<()> {
    logging::start_quietly(&settings.config.log);
    let app = wiring::command_app(&settings.config).await?;
    let done = carry_out(&app, command).await?;
    println!("{done}");
    settings.close().await
}

async fn carry_out(app: &App, command: AccountCommand) -> Result<String> {
    Ok(match command {
        AccountCommand::Create { name, email, password, role, confirmed } => {
            let (_, account) =
                registrations::create(app, &name, &email, &password, number(role), confirmed).await?;
            let hint = if confirmed {
                ""
            } else {
                "; its e-mail address is not confirmed (see: stoa account confirm)"
            };
            format!("{} was created{hint}", app.urls.profile(&account.username))
        }
        AccountCommand::SetPassword { name, password } => {
            let (user, account) = find(app, &name).await?;
            users::set_password(app, user.id, &password).await?;
            format!("{} has a new password and is signed out everywhere", account.username)
        }
        AccountCommand::Promote { name, role } => {
            let (user, account) = find(app, &name).await?;
            users::set_role(app, user.id, number(role)).await?;
            format!("{} is {} from now on", account.username, word(role))
        }
        AccountCommand::Confirm { name } => {
            let (user, account) = find(app, &name).await?;
            users::confirm(app, user.id).await?;
            format!("{} is confirmed and approved", account.username)
        }
        AccountCommand::Delete { name } => {
            let (_, account) = find(app, &name).await?;
            services::accounts::delete_local(app, &account).await?;
            format!("{} is being deleted, here and elsewhere", account.username)
        }
    })
}

/// The user of an account here, by the name before the @.
pub(crate) async fn find(app: &App, name: &str) -> Result<(db::users::User, db::accounts::Account)> {
    let name = name.trim_start_matches('@');
    match users::find(app, name).await {
        Err(Error::NotFound) => {
            Err(Error::NotFound).with_context(|| format!("there is no account {name} here"))
        }
        found => Ok(found?),
    }
}

fn number(rank: Rank) -> i16 {
    match rank {
        Rank::User => role::USER,
        Rank::Moderator => role::MODERATOR,
        Rank::Admin => role::ADMIN,
        Rank::Owner => role::OWNER,
    }
}

fn word(rank: Rank) -> &'static str {
    match rank {
        Rank::User => "a user",
        Rank::Moderator => "a moderator",
        Rank::Admin => "an administrator",
        Rank::Owner => "an owner",
    }
}
