//! `stoa announcement …`.

use chrono::{DateTime, NaiveDate, Utc};
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum AnnouncementCommand {
    /// Tell everybody who is signed in something
    Create {
        /// What, as Markdown; @names, #tags, and links to statuses of this instance are made known to clients
        text: String,
        /// When what it is about begins: a day (2026-12-24), or a time (2026-12-24T18:00:00Z)
        #[arg(long, value_name = "TIME", value_parser = moment)]
        starts: Option<Moment>,
        /// When it is over, and is shown no more
        #[arg(long, value_name = "TIME", value_parser = moment)]
        ends: Option<Moment>,
    },
    /// Take an announcement back
    Delete {
        /// Its id, as `stoa announcement list` shows it
        id: i64,
    },
    /// List all announcements, the newest first: id, when published, until when, and the text
    List,
}

/// A day, or a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    pub(crate) at: DateTime<Utc>,
    pub(crate) is_day: bool,
}

fn moment(text: &str) -> Result<Moment, String> {
    if let Ok(day) = text.parse::<NaiveDate>() {
        return Ok(Moment { at: day.and_time(chrono::NaiveTime::MIN).and_utc(), is_day: true });
    }
    match DateTime::parse_from_rfc3339(text) {
        Ok(at) => Ok(Moment { at: at.to_utc(), is_day: false }),
        Err(_) => Err("write a day such as 2026-12-24, or a time such as 2026-12-24T18:00:00Z".to_owned()),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::moment;

    #[test]
    fn days_and_times_are_told_apart() {
        assert!(moment("2026-12-24").unwrap().is_day);
        let time = moment("2026-12-24T18:00:00+01:00").unwrap();
        assert_eq!((time.is_day, time.at.to_rfc3339()), (false, "2026-12-24T17:00:00+00:00".to_owned()));
        assert!(moment("tomorrow").is_err() && moment("2026-12-24 18:00").is_err());
    }
}
