//! Publishing a scheduled status.

use services::drafts::PublishDraft;

use crate::Parts;

/// Publishes it if its time has come.
pub(crate) async fn run(parts: Parts, job: PublishDraft) -> anyhow::Result<()> {
    Ok(services::drafts::publish(&parts.app, &parts.federation, job.draft).await?)
}
