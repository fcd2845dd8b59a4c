//! `stoa report …`.

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum ReportCommand {
    /// List reports that nobody has looked at, the newest first
    List {
        /// Those that are done with, too
        #[arg(long)]
        all: bool,
        /// How many
        #[arg(long, value_name = "NUMBER", default_value_t = 50, value_parser = clap::value_parser!(i64).range(1..=1000))]
        limit: i64,
    },
    /// Mark reports as done with
    Resolve {
        /// Their ids, as `stoa report list` shows them
        #[arg(required = true, value_name = "ID")]
        ids: Vec<i64>,
    },
}
