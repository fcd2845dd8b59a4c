//! `stoa search reindex`.

use anyhow::{Result, ensure};

use crate::settings::Settings;
use crate::{logging, wiring};

/// Tells Meilisearch everything anew, and says how far it is.
pub(crate) async fn run(settings: Settings) -> Result<()> {
    logging::start_quietly(&settings.config.log);
    let app = wiring::command_app(&settings.config).await?;
    ensure!(
        app.search.is_some(),
        "search.meilisearch_url is not set: PostgreSQL searches, and needs no index"
    );
    let (accounts, statuses) = services::search::reindex(&app, |accounts, statuses| {
        eprintln!("{accounts} accounts, {statuses} statuses");
    })
    .await?;
    println!("Meilisearch was told of {accounts} accounts and {statuses} statuses");
    settings.close().await
}
