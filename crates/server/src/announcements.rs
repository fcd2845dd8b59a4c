//! `stoa announcement …`.

use anyhow::{Context, Result};
use db::announcements::Announcement;
use services::announcements::{self, Draft};
use services::{App, Error};

use crate::cli::AnnouncementCommand;
use crate::settings::Settings;
use crate::{logging, wiring};

/// Carries out a command and says what was done.
pub(crate) async fn run(settings: Settings, command: AnnouncementCommand) -> Result<()> {
    logging::start_quietly(&settings.config.log);
    let app = wiring::command_app(&settings.config).await?;
    carry_out(&app, command).await?;
    settings.close().await
}

async fn carry_out(app: &App, command: AnnouncementCommand) -> Result<()> {
    match command {
        AnnouncementCommand::Create { text, starts, ends } => {
            let all_day = [starts, ends].into_iter().flatten().all(|moment| moment.is_day)
                && (starts.is_some() || ends.is_some());
            let (starts_at, ends_at) = (starts.map(|moment| moment.at), ends.map(|moment| moment.at));
            let made = announcements::create(app, Draft { text, starts_at, ends_at, all_day }).await?;
            println!("{} is announced", made.id);
        }
        AnnouncementCommand::Delete { id } => {
            announcements::delete(app, id).await.map_err(|error| match error {
                Error::NotFound => anyhow::anyhow!("there is no announcement {id}"),
                other => other.into(),
            })?;
            println!("{id} is taken back");
        }
        AnnouncementCommand::List => {
            let mut conn = app.conn().await.context("the database does not answer")?;
            for announcement in db::announcements::all(&mut conn).await? {
                println!("{}", line(&announcement));
            }
        }
    }
    Ok(())
}

/// One line, however many the text has.
fn line(announcement: &Announcement) -> String {
    let time = |at: chrono::DateTime<chrono::Utc>| at.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    let until = announcement.ends_at.map_or_else(|| "-".to_owned(), time);
    let words: Vec<&str> = announcement.source.split_whitespace().collect();
    format!("{}  {}  {until}  {}", announcement.id, time(announcement.published_at), words.join(" "))
}
