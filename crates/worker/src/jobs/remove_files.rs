//! Removing stored files that nothing refers to any more.

use services::media::RemoveFiles;

use crate::Parts;

/// Removes them; a file that cannot be removed now is tried again.
pub(crate) async fn run(parts: Parts, job: RemoveFiles) -> anyhow::Result<()> {
    job.carry_out(&parts.app).await
}
