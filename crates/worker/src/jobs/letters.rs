//! Sending letters.

use anyhow::Result;
use jobs::Discard;
use services::letters::{self, Letter};

use crate::Parts;
use crate::mailer::Refusal;

/// Writes a letter and hands it to the mail server. Where none is configured, the log says that there was one,
/// and no more.
pub(crate) async fn run(parts: Parts, letter: Letter) -> Result<()> {
    let name = letter.name();
    if !parts.mailer.is_configured() {
        tracing::warn!("A letter ({name}) was not sent: mail is not configured (mail.smtp_url)");
        return Ok(());
    }
    let Some(written) = letters::write(&parts.app, &letter).await? else { return Ok(()) };
    parts.mailer.send(written).await.map_err(|error| match error.downcast_ref::<Refusal>() {
        Some(Refusal::Permanent(_)) => Discard(error).into(),
        _ => error,
    })
}
