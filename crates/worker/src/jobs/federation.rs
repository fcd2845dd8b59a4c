//! Jobs that `federation` defines and does itself.

use federation::InboxJob;
use federation::fetching::{FetchThread, VerifyQuote};
use federation::verification::VerifyLinks;
use services::polls::RefreshPoll;

use crate::Parts;

/// Processes an activity that passed the gate.
pub(crate) async fn receive(parts: Parts, job: InboxJob) -> anyhow::Result<()> {
    federation::inbox::process(parts.federation, job).await
}

/// Fetches what a reply answers.
pub(crate) async fn fetch_thread(parts: Parts, job: FetchThread) -> anyhow::Result<()> {
    federation::fetching::fetch_thread(parts.federation, job).await
}

/// Asks whether a quote from elsewhere is approved.
pub(crate) async fn verify_quote(parts: Parts, job: VerifyQuote) -> anyhow::Result<()> {
    federation::fetching::verify_quote(parts.federation, job).await
}

/// Asks for the tallies of a poll elsewhere.
pub(crate) async fn refresh_poll(parts: Parts, job: RefreshPoll) -> anyhow::Result<()> {
    federation::fetching::refresh_poll(parts.federation, job).await
}

/// Looks whether the pages that a profile links to link back.
pub(crate) async fn verify_links(parts: Parts, job: VerifyLinks) -> anyhow::Result<()> {
    federation::verification::verify_links(parts.federation, job).await
}
