//! What goes to the log, on standard error: standard output belongs to what commands print.
//!
//! Nothing that people wrote and no secret is ever logged; fields are ids, names of hosts, numbers.

use std::io::{IsTerminal, stderr};
use std::panic::PanicHookInfo;

use config::{Log, LogFormat};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

/// Starts logging, once for the process.
pub(crate) fn start(log: &Log) {
    start_at(log, &log.level);
}

/// For commands, which have little to say: warnings and errors only.
pub(crate) fn start_quietly(log: &Log) {
    start_at(log, "warn");
}

fn start_at(log: &Log, level: &str) {
    let filter = EnvFilter::try_new(level).unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(stderr)
        .with_span_events(FmtSpan::NONE)
        .with_ansi(stderr().is_terminal() && log.format == LogFormat::Pretty);
    let started = match log.format {
        LogFormat::Pretty => builder.try_init(),
        LogFormat::Json => builder.json().flatten_event(true).with_span_list(true).try_init(),
    };
    if started.is_ok() {
        std::panic::set_hook(Box::new(log_panic));
    }
}

/// The place only: the message of a panic may quote what somebody wrote.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(panic.location = place, "A panic at {place}; this is a defect, please report it");
}
