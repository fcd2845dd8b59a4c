//! The binary `stoa`: command line, wiring, the private PostgreSQL of `dev`.
//!
//! Every command is a small file; [`wiring`] alone knows how the parts are put together.

mod accounts;
mod announcements;
mod cli;
mod client_address;
mod dead_jobs;
mod dev;
mod doctor;
mod health;
mod hosts;
mod http;
mod instances;
mod leftovers;
mod listen;
mod logging;
mod metrics;
mod pace;
mod rate_limits;
mod reindex;
mod reports;
mod request_ids;
mod serve;
mod settings;
mod shutdown;
mod tokens;
mod wiring;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Cli, Command, SearchCommand};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What a wrong setting ends with; clap ends with the same for a wrong command line.
const WRONG_SETTINGS: u8 = 2;

fn main() -> ExitCode {
    let cli = Cli::parse();
    // An error says that one is installed already, which is all that is wanted.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(run(cli)),
        Err(error) => Err(error.into()),
    };
    match outcome {
        Ok(code) => code,
        Err(error) if error.is::<config::Error>() => {
            eprintln!("stoa: {error}");
            ExitCode::from(WRONG_SETTINGS)
        }
        Err(error) => {
            eprintln!("stoa: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let path = cli.config.as_deref();
    match cli.command {
        Command::Serve { role } => serve::run(settings::for_server(path, role)?).await?,
        Command::Dev => dev::run(path).await?,
        Command::Migrate => serve::migrate(settings::for_command(path).await?).await?,
        Command::Doctor => return doctor::run(settings::for_command(path).await?).await,
        Command::Account(command) => accounts::run(settings::for_command(path).await?, command).await?,
        Command::Token(command) => tokens::run(settings::for_command(path).await?, command).await?,
        Command::Jobs(command) => dead_jobs::run(settings::for_command(path).await?, command).await?,
        Command::Announcement(command) => {
            announcements::run(settings::for_command(path).await?, command).await?;
        }
        Command::Report(command) => reports::run(settings::for_command(path).await?, command).await?,
        Command::Search(SearchCommand::Reindex) => reindex::run(settings::for_command(path).await?).await?,
        Command::Instance(command) => instances::run(settings::for_command(path).await?, command).await?,
    }
    Ok(ExitCode::SUCCESS)
}
