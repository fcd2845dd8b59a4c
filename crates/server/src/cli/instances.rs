//! `stoa instance …`.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::{Subcommand, ValueEnum};

#[derive(Debug, Subcommand)]
pub(crate) enum InstanceCommand {
    /// Talk to an instance no more: what it sends is refused, what waits for it is dropped
    ///
    /// Instances whose names end in this one are blocked with it. What is known of it here stays.
    Block {
        /// Its domain, such as social.example.org
        host: String,
        /// Why, for those who may see the list of blocks (see the settings)
        #[arg(long, value_name = "TEXT")]
        comment: Option<String>,
    },
    /// Talk to an instance again
    Unblock {
        /// Its domain
        host: String,
    },
    /// Write down what is asked of people here
    #[command(subcommand)]
    Rule(RuleCommand),
    /// Write down what this instance says of itself at length
    #[command(subcommand)]
    Text(TextCommand),
}

#[derive(Debug, Subcommand)]
pub(crate) enum RuleCommand {
    /// Add a rule behind the others
    Add {
        /// In one sentence
        text: String,
        /// What it means, for those who want to know more
        #[arg(long, default_value = "")]
        hint: String,
    },
    /// Give a rule in another language; without a text, take that away
    Translate {
        /// Its id, as `stoa instance rule list` shows it
        id: i64,
        /// The language, such as de
        language: String,
        /// In one sentence
        #[arg(default_value = "")]
        text: String,
        /// What it means
        #[arg(long, default_value = "")]
        hint: String,
    },
    /// Withdraw a rule
    Remove {
        /// Its id
        id: i64,
    },
    /// List the rules: id, text, hint
    List,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TextCommand {
    /// Take a text from a file of Markdown, instead of the one before
    Set {
        /// Which
        kind: TextKind,
        /// The file; - for the standard input
        file: PathBuf,
        /// Of terms of service: from which day they are in force [default: today]
        #[arg(long, value_name = "DAY")]
        effective: Option<NaiveDate>,
    },
    /// Print a text as Markdown
    Show {
        /// Which
        kind: TextKind,
        /// Of terms of service: those of this day [default: those in force]
        #[arg(long, value_name = "DAY")]
        effective: Option<NaiveDate>,
    },
    /// Remove a text; in place of a privacy policy then stands one that is true of every instance
    Remove {
        /// Which
        kind: TextKind,
        /// Of terms of service: those of this day [default: those in force]
        #[arg(long, value_name = "DAY")]
        effective: Option<NaiveDate>,
    },
}

/// A text of the instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TextKind {
    /// What the place is about
    ExtendedDescription,
    /// What becomes of what people tell it
    PrivacyPolicy,
    /// What people agree to
    TermsOfService,
}
