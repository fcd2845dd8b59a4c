//! `stoa instance …`.

use std::io::Read;
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use chrono::{NaiveDate, Utc};
use services::instance_texts::{self, Kind};
use services::{App, Error, instance, instance_rules};

use crate::cli::{InstanceCommand, RuleCommand, TextCommand, TextKind};
use crate::settings::Settings;
use crate::{logging, wiring};

/// Carries out a command and says what was done.
pub(crate) async fn run(settings: Settings, command: InstanceCommand) -> Result<()> {
    logging::start_quietly(&settings.config.log);
    let app = wiring::command_app(&settings.config).await?;
    match command {
        InstanceCommand::Block { host, comment } => {
            let blocked = instance::block(&app, &host).await?;
            if let Some(comment) = comment {
                instance::comment_on(&app, &host, &comment).await?;
            }
            println!("{blocked} is blocked");
        }
        InstanceCommand::Unblock { host } => {
            println!("{} is not blocked any more", instance::unblock(&app, &host).await?);
        }
        InstanceCommand::Rule(command) => rule(&app, command).await?,
        InstanceCommand::Text(command) => text(&app, command).await?,
    }
    settings.close().await
}

async fn rule(app: &App, command: RuleCommand) -> Result<()> {
    let missing = |id: i64| {
        move |error: Error| match error {
            Error::NotFound => anyhow!("there is no rule {id}"),
            other => other.into(),
        }
    };
    match command {
        RuleCommand::Add { text, hint } => {
            println!("{} is a rule from now on", instance_rules::add(app, &text, &hint).await?.id);
        }
        RuleCommand::Translate { id, language, text, hint } => {
            let done = instance_rules::translate(app, id, &language, &text, &hint).await;
            done.map_err(missing(id))?;
            println!("{id} is translated");
        }
        RuleCommand::Remove { id } => {
            instance_rules::withdraw(app, id).await.map_err(missing(id))?;
            println!("{id} is a rule no more");
        }
        RuleCommand::List => {
            let mut conn = app.conn().await?;
            for rule in db::instance_rules::list(&mut conn).await? {
                let (text, hint) = (one_line(&rule.text), one_line(&rule.hint));
                println!("{}  {text}{}{hint}", rule.id, if hint.is_empty() { "" } else { "  " });
            }
        }
    }
    Ok(())
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The kinds of which there is one text at a time.
fn single(kind: TextKind, effective: Option<NaiveDate>) -> Result<Option<Kind>> {
    let kind = match kind {
        TextKind::TermsOfService => return Ok(None),
        TextKind::ExtendedDescription => Kind::ExtendedDescription,
        TextKind::PrivacyPolicy => Kind::PrivacyPolicy,
    };
    if effective.is_some() {
        bail!("--effective: only terms of service come into force on a day");
    }
    Ok(Some(kind))
}

async fn text(app: &App, command: TextCommand) -> Result<()> {
    match command {
        TextCommand::Set { kind, file, effective } => {
            let source = read(&file)?;
            if let Some(kind) = single(kind, effective)? {
                instance_texts::save(app, kind, &source).await?;
                println!("The text is written");
            } else {
                let day = effective.unwrap_or_else(|| Utc::now().date_naive());
                instance_texts::save_terms(app, day, &source).await?;
                println!("The terms of {day} are written");
            }
        }
        TextCommand::Show { kind, effective } => match single(kind, effective)? {
            Some(kind) => println!("{}", instance_texts::find(app, kind).await?.source),
            None => println!("{}", terms(app, effective).await?.source),
        },
        TextCommand::Remove { kind, effective } => {
            if let Some(kind) = single(kind, effective)? {
                instance_texts::delete(app, kind).await.map_err(|error| match error {
                    Error::NotFound => anyhow!("nobody wrote such a text"),
                    other => other.into(),
                })?;
                println!("The text is removed");
            } else {
                let day = terms(app, effective).await?.effective_on;
                instance_texts::delete_terms(app, day).await?;
                println!("The terms of {day} are removed");
            }
        }
    }
    Ok(())
}

async fn terms(app: &App, day: Option<NaiveDate>) -> Result<db::instance_texts::Terms> {
    match instance_texts::terms(app, day).await {
        Ok(shown) => Ok(shown.terms),
        Err(Error::NotFound) => bail!("there are no such terms of service"),
        Err(other) => Err(other.into()),
    }
}

/// A file, or the standard input.
fn read(file: &Path) -> Result<String> {
    if file == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).context("the standard input is not text")?;
        return Ok(text);
    }
    std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))
}
