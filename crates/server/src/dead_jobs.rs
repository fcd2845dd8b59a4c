//! `stoa jobs …`.

use anyhow::{Result, bail};
use jobs::DeadJob;

use crate::cli::JobsCommand;
use crate::settings::Settings;
use crate::{logging, wiring};

/// Lists jobs that were given up, or puts some back.
pub(crate) async fn run(settings: Settings, command: JobsCommand) -> Result<()> {
    logging::start_quietly(&settings.config.log);
    let app = wiring::command_app(&settings.config).await?;
    let mut conn = app.conn().await?;
    match command {
        JobsCommand::Dead { limit } => {
            for job in jobs::dead(&mut conn, limit).await? {
                println!("{}", line(&job));
            }
        }
        JobsCommand::Retry { ids } => {
            let mut missing = Vec::new();
            for id in ids {
                if jobs::retry_dead(&mut conn, id).await? {
                    println!("{id} is back in its queue");
                } else {
                    missing.push(id.to_string());
                }
            }
            if !missing.is_empty() {
                bail!("no such job was given up: {}", missing.join(", "));
            }
        }
    }
    drop(conn);
    settings.close().await
}

/// One line, whatever the error says.
fn line(job: &DeadJob) -> String {
    let died_at = job.died_at.format("%Y-%m-%dT%H:%M:%SZ");
    let error: Vec<&str> = job.error.split_whitespace().collect();
    format!("{}  {}  {died_at}  {} attempts  {}", job.id, job.kind, job.attempts, error.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_one_line() {
        let job = DeadJob {
            id: 7,
            kind: "inbox".to_owned(),
            queue: "inbox".to_owned(),
            attempts: 8,
            request_id: None,
            error: "it broke:\n  badly".to_owned(),
            created_at: chrono::DateTime::UNIX_EPOCH,
            died_at: chrono::DateTime::UNIX_EPOCH,
        };
        assert_eq!(line(&job), "7  inbox  1970-01-01T00:00:00Z  8 attempts  it broke: badly");
    }
}
