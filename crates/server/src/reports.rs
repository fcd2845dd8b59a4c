//! `stoa report …`.

use anyhow::{Result, bail};
use db::reports::{Category, Listed};
use services::Error;

use crate::cli::ReportCommand;
use crate::settings::Settings;
use crate::{logging, wiring};

/// Lists reports, or marks some as done with.
pub(crate) async fn run(settings: Settings, command: ReportCommand) -> Result<()> {
    logging::start_quietly(&settings.config.log);
    let app = wiring::command_app(&settings.config).await?;
    match command {
        ReportCommand::List { all, limit } => {
            let mut conn = app.conn().await?;
            for report in db::reports::list(&mut conn, all, limit).await? {
                println!("{}", line(&report));
            }
        }
        ReportCommand::Resolve { ids } => {
            let mut missing = Vec::new();
            for id in ids {
                match services::reports::resolve(&app, id, None).await {
                    Ok(()) => println!("{id} is done with"),
                    Err(Error::NotFound) => missing.push(id.to_string()),
                    Err(other) => return Err(other.into()),
                }
            }
            if !missing.is_empty() {
                bail!("no such report is open: {}", missing.join(", "));
            }
        }
    }
    settings.close().await
}

/// One line, whatever the comment says.
fn line(report: &Listed) -> String {
    let made = report.created_at.format("%Y-%m-%dT%H:%M:%SZ");
    let state = if report.resolved_at.is_some() { "done" } else { "open" };
    let category = Category::from_number(report.category).as_str();
    let statuses: Vec<String> = report.status_ids.iter().map(ToString::to_string).collect();
    let statuses = if statuses.is_empty() { "-".to_owned() } else { statuses.join(",") };
    let comment: Vec<&str> = report.comment.split_whitespace().collect();
    format!(
        "{}  {made}  {state}  {category}  {} by {}  statuses {statuses}  {}",
        report.id,
        report.target,
        report.by,
        comment.join(" ")
    )
}
