//! `make bench`: what operations cost on this machine, printed as Markdown.
//!
//! One `stoa serve` runs on a PostgreSQL of its own that writes to disk as in production (fsync and
//! synchronous commits on). Counted is the processor time of the server and of all processes of PostgreSQL,
//! until both are quiet again, so that work caused in the background is part of what an operation costs.
//! This program plays the clients and 250 remote servers, on loopback addresses only; its own processor time
//! is not counted. It ends only processes that it started, and takes less than three minutes.
//!
//! `bench hold` measures nothing: it starts the same server on the same data, says where it is and who may
//! ask it, and waits for Ctrl+C, for those who want to look at it with a profiler.

mod data;
mod machine;
mod operations;
mod processes;
mod remote;
mod report;
mod stand;
mod streams;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::report::Report;
use crate::stand::Stand;

/// How long all of it may take.
const LIMIT: Duration = Duration::from_secs(175);

#[tokio::main]
async fn main() -> ExitCode {
    if std::env::args().nth(1).is_some_and(|argument| argument == "hold") {
        return hold().await;
    }
    let measured = tokio::time::timeout(LIMIT, measure()).await;
    match measured.context("the benchmark took too long and was broken off").flatten() {
        Ok(report) => {
            print!("{report}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn hold() -> ExitCode {
    let held = async {
        let mut stand = Stand::build().await?;
        stand.hold().await?;
        stand.end().await
    };
    match held.await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn measure() -> Result<Report> {
    if !std::path::Path::new("/proc/self/stat").exists() {
        bail!("processor time is read from /proc, which this system does not have");
    }
    let mut stand = Stand::build().await?;
    let starts = stand.time_starts().await?;
    let idle = stand.idle().await?;
    let mut costs = operations::reading(&stand).await?;
    costs.extend(operations::writing(&stand).await?);
    costs.push(operations::delivering(&stand).await?);
    let load = operations::load(&stand).await?;
    let crowd = operations::crowd(&stand).await?;
    let streams = streams::measure(&stand).await?;
    let report = Report { machine: stand.describe().await?, starts, idle, costs, load, crowd, streams };
    stand.end().await?;
    Ok(report)
}
