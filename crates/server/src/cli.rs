//! The command line.

mod announcements;
mod instances;
mod reports;

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use config::Role;

pub(crate) use self::announcements::AnnouncementCommand;
pub(crate) use self::instances::{InstanceCommand, RuleCommand, TextCommand, TextKind};
pub(crate) use self::reports::ReportCommand;

/// A federated social server.
///
/// Settings are read from config/stoa.toml, and each can be overridden by the environment as
/// STOA_<SECTION>__<KEY>. A wrong setting is named in one sentence, and the exit code is 2.
#[derive(Debug, Parser)]
#[command(name = "stoa", version, propagate_version = true, disable_help_subcommand = false)]
pub(crate) struct Cli {
    #[arg(
        long,
        global = true,
        value_name = "PATH",
        help = "The settings file [default: $STOA_CONFIG, else config/stoa.toml]"
    )]
    pub(crate) config: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Answer requests and do the work in the background
    ///
    /// Several processes may share one database. Migrations run first; SIGTERM ends in order, a second one at
    /// once.
    Serve {
        /// What this process does: everything, only requests, or only background work
        /// [default: server.role]
        #[arg(long, value_name = "all|web|worker")]
        role: Option<Role>,
    },
    /// Try it out: start an instance on this machine, with a PostgreSQL of its own under ./data
    Dev,
    /// Bring the database's tables up to date and end
    Migrate,
    /// Check settings, database, clock, storage and public address, and say what to do
    Doctor,
    /// Make and change the accounts of people here
    #[command(subcommand)]
    Account(AccountCommand),
    /// Make access tokens for the client API
    #[command(subcommand)]
    Token(TokenCommand),
    /// Look at background work that was given up, and try it again
    #[command(subcommand)]
    Jobs(JobsCommand),
    /// Look after the index of Meilisearch
    #[command(subcommand)]
    Search(SearchCommand),
    /// Say what this instance is and asks of people, and which others it talks to
    #[command(subcommand)]
    Instance(InstanceCommand),
    /// Tell everybody who is signed in something
    #[command(subcommand)]
    Announcement(AnnouncementCommand),
    /// Look at what people and other instances report
    #[command(subcommand)]
    Report(ReportCommand),
}

#[derive(Debug, Subcommand)]
pub(crate) enum JobsCommand {
    /// List the jobs that were given up, the newest first: id, kind, when, how often tried, and why
    ///
    /// They are kept for 30 days.
    Dead {
        /// How many
        #[arg(long, value_name = "NUMBER", default_value_t = 50, value_parser = clap::value_parser!(i64).range(1..=1000))]
        limit: i64,
    },
    /// Put jobs that were given up back into their queue, with all attempts before them
    Retry {
        /// Their ids, as `stoa jobs dead` lists them
        #[arg(required = true, value_name = "ID")]
        ids: Vec<i64>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum SearchCommand {
    /// Tell Meilisearch of every account and status anew, after it was set up or has lost something
    ///
    /// The server may run meanwhile.
    Reindex,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AccountCommand {
    /// Make an account
    Create {
        /// The name before the @: at most 30 letters (a to z), digits and underscores, dots and dashes between them
        name: String,
        /// The address to sign in with
        #[arg(long, value_name = "ADDRESS")]
        email: String,
        /// The password to sign in with, of 8 characters or more
        #[arg(long)]
        password: String,
        /// What the account may do here
        #[arg(long, value_enum, default_value_t = Rank::User)]
        role: Rank,
        /// Take the e-mail address for confirmed
        #[arg(long)]
        confirmed: bool,
    },
    /// Give an account another password; it is signed out everywhere
    SetPassword {
        /// The name before the @
        name: String,
        /// The new password, of 8 characters or more
        #[arg(long)]
        password: String,
    },
    /// Change what an account may do here
    Promote {
        /// The name before the @
        name: String,
        /// What it may do from now on
        #[arg(long, value_enum)]
        role: Rank,
    },
    /// Take an account's e-mail address for confirmed, and the account for approved
    Confirm {
        /// The name before the @
        name: String,
    },
    /// Delete an account with everything it made, here and, as far as they follow, elsewhere
    Delete {
        /// The name before the @
        name: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Make an access token and print it alone
    Create {
        /// The name before the @
        name: String,
        /// What the token allows, with spaces between
        #[arg(long, value_name = "SCOPES", default_value = "read write follow push")]
        scopes: String,
    },
}

/// What an account may do here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Rank {
    /// Post and follow
    User,
    /// Look after reports and accounts
    Moderator,
    /// Change the instance's settings
    Admin,
    /// Everything
    Owner,
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_settings_file_may_stand_anywhere() {
        let cli = Cli::try_parse_from(["stoa", "serve", "--role", "worker", "--config", "a.toml"]).unwrap();
        assert_eq!(cli.config.unwrap().to_str(), Some("a.toml"));
        assert!(matches!(cli.command, Command::Serve { role: Some(Role::Worker) }));
    }

    #[test]
    fn tokens_have_scopes_with_spaces() {
        let cli =
            Cli::try_parse_from(["stoa", "token", "create", "alice", "--scopes", "read write"]).unwrap();
        let Command::Token(TokenCommand::Create { name, scopes }) = cli.command else { panic!() };
        assert_eq!((name.as_str(), scopes.as_str()), ("alice", "read write"));
    }

    #[test]
    fn jobs_are_named_by_their_ids() {
        let cli = Cli::try_parse_from(["stoa", "jobs", "retry", "7", "8"]).unwrap();
        assert!(matches!(cli.command, Command::Jobs(JobsCommand::Retry { ids }) if ids == [7, 8]));
        let cli = Cli::try_parse_from(["stoa", "jobs", "dead"]).unwrap();
        assert!(matches!(cli.command, Command::Jobs(JobsCommand::Dead { limit: 50 })));
        assert!(Cli::try_parse_from(["stoa", "jobs", "retry"]).is_err());
        assert!(Cli::try_parse_from(["stoa", "jobs", "dead", "--limit", "0"]).is_err());
    }

    #[test]
    fn unknown_roles_are_refused() {
        assert!(Cli::try_parse_from(["stoa", "serve", "--role", "both"]).is_err());
        let promote = ["stoa", "account", "promote", "alice", "--role", "king"];
        assert!(Cli::try_parse_from(promote).is_err());
    }
}
