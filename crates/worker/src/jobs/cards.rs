//! Pages that statuses link to.

use services::cards::FetchCard;

use crate::Parts;

/// Finds out what is on a page.
pub(crate) async fn fetch(parts: Parts, job: FetchCard) -> anyhow::Result<()> {
    federation::cards::fetch(parts.federation, job).await
}
