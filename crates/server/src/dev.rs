//! `stoa dev`: everything on this machine alone, what `make run` starts.

use std::path::Path;

use anyhow::Result;
use config::Config;
use tokio::net::TcpListener;
use tracing::warn;

use crate::settings::{self, Settings};
use crate::{logging, serve, shutdown};

/// Starts the private PostgreSQL unless another is configured, serves, and stops it at the end.
pub(crate) async fn run(path: Option<&Path>) -> Result<()> {
    let shutdown = shutdown::on_signal()?;
    let settings = settings::for_dev(path).await?;
    logging::start(&settings.config.log)?;
    let Settings { mut config, cluster } = settings;
    do_without_taken_metrics(&mut config).await;
    let greeting = greeting(&config);
    let served = serve::until(config.clone(), shutdown, || eprintln!("{greeting}")).await;
    // Also when serving failed.
    let stopped = Settings { config, cluster }.close().await;
    served.and(stopped)
}

/// Something else at the address of the metrics, such as a second instance, is no reason not to try it out.
async fn do_without_taken_metrics(config: &mut Config) {
    if let Some(address) = config.metrics.listen
        && let Err(error) = TcpListener::bind(address).await
    {
        warn!("metrics.listen: cannot listen at {address} ({error}); going on without metrics");
        config.metrics.listen = None;
    }
}

/// What somebody who tries it out needs to know.
fn greeting(config: &Config) -> String {
    let program = std::env::args().next().unwrap_or_else(|| "stoa".to_owned());
    let origin = config.origin();
    let mut lines = vec![
        String::new(),
        format!("  Stoa is running at {origin}"),
        String::new(),
        format!("  Create the first account in a browser at {origin}/auth/sign_up"),
        "  or, with all rights, in another terminal in this folder:".to_owned(),
        format!("    {program} account create alice --email alice@example.org \\"),
        "      --password 'a long secret' --role owner --confirmed".to_owned(),
        String::new(),
        "  Ctrl-C ends it, the data stay in ./data".to_owned(),
    ];
    let (reached, listening) = (config.public_url().port_or_known_default(), config.server.listen.port());
    if config.server.public_url.is_none() && reached != Some(listening) {
        lines.push(format!("  Mind: it listens at port {listening}, so set instance.domain accordingly"));
    }
    lines.push(String::new());
    lines.join("\n")
}
