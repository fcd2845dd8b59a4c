//! What goes to the log, on standard error: standard output belongs to what commands print.
//!
//! Nothing that people wrote and no secret is ever logged; fields are ids, names of hosts, numbers. Libraries
//! know nothing of that rule: at their finer levels they log statements with their parameters, and bodies.
//! So those levels are for our own parts alone, whatever `log.level` says.

use std::io::{IsTerminal, stderr};
use std::panic::PanicHookInfo;

use config::{Error, Log, LogFormat};
use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt};

/// Parts that keep to the rule: the crates of this program.
const OURS: [&str; 16] = [
    "api",
    "cluster",
    "config",
    "db",
    "federation",
    "fetch",
    "jobs",
    "media",
    "schema",
    "services",
    "signatures",
    "stoa",
    "streaming",
    "text",
    "web",
    "worker",
];
/// Libraries that hand on what the database says, which may quote a row.
const QUIET: [&str; 5] = ["tokio_postgres", "postgres", "postgres_protocol", "diesel", "diesel_async"];

/// Starts logging, once for the process.
pub(crate) fn start(log: &Log) -> Result<(), Error> {
    let filter =
        EnvFilter::try_new(&log.level).map_err(|error| Error::key("log.level", error.to_string()))?;
    start_with(log, filter);
    Ok(())
}

/// For commands, which have little to say: warnings and errors only.
pub(crate) fn start_quietly(log: &Log) {
    start_with(log, EnvFilter::new("warn"));
}

fn start_with(log: &Log, filter: EnvFilter) {
    let is_colourful = stderr().is_terminal() && log.format == LogFormat::Pretty;
    let lines = fmt::layer().with_writer(stderr).with_ansi(is_colourful);
    let lines = match log.format {
        LogFormat::Pretty => lines.boxed(),
        LogFormat::Json => lines.json().flatten_event(true).with_span_list(true).boxed(),
    };
    if capped(filter).with(lines).try_init().is_ok() {
        std::panic::set_hook(Box::new(log_panic));
    }
}

/// What the filter lets pass and [`may_pass`], too.
fn capped(filter: EnvFilter) -> impl Subscriber + for<'a> tracing_subscriber::registry::LookupSpan<'a> {
    tracing_subscriber::registry().with(filter).with(filter_fn(may_pass))
}

fn may_pass(metadata: &Metadata<'_>) -> bool {
    let part = metadata.target().split("::").next().unwrap_or_default();
    let finest = if OURS.contains(&part) {
        Level::TRACE
    } else if QUIET.contains(&part) {
        Level::WARN
    } else {
        Level::INFO
    };
    *metadata.level() <= finest
}

/// The place only: the message of a panic may quote what somebody wrote.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(panic.location = place, "A panic at {place}; this is a defect, please report it");
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex, PoisonError};

    use super::*;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn logged(level: &str) -> String {
        let kept = Kept::default();
        let writer = kept.clone();
        let lines = fmt::layer().with_ansi(false).with_writer(move || writer.clone());
        tracing::subscriber::with_default(capped(EnvFilter::new(level)).with(lines), || {
            tracing::trace!("ours");
            tracing::trace!(target: "federation::inbox", "federated");
            tracing::debug!(target: "tokio_postgres::query", "executing with parameters [hunter2]");
            tracing::info!(target: "tokio_postgres::connection", "a notice");
            tracing::debug!(target: "hyper::proto", "a head");
            tracing::trace!(target: "webpki::verify", "not our web");
            tracing::info!(target: "hyper::server", "a library's news");
        });
        String::from_utf8_lossy(&kept.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }

    #[test]
    fn fine_levels_are_for_our_own_parts() {
        for level in ["trace", "trace,tokio_postgres=trace,hyper=debug", "tokio_postgres::query=trace,trace"]
        {
            let log = logged(level);
            for line in ["ours", "federated", "a library's news"] {
                assert!(log.contains(line), "{line} is missing at {level}: {log}");
            }
            for line in ["hunter2", "a notice", "a head", "not our web"] {
                assert!(!log.contains(line), "{line} is there at {level}: {log}");
            }
        }
        assert_eq!(logged("warn"), "");
    }
}
