//! `Reject` of a Follow or a `QuoteRequest` of ours, before or after it was accepted (federation 10.9).

use activitypub_federation::config::Data;
use activitypub_federation::traits::Activity;

use super::accept::{follower, is_about_a_follow_or_quote, quote};
use super::{Received, identity};
use crate::Federation;
use crate::fault::Fault;

/// Somebody elsewhere does not want to be followed, or quoted, by somebody here.
#[derive(Debug)]
pub(crate) struct Reject {
    received: Received,
}

impl Reject {
    pub(super) fn read(received: Received) -> Self {
        Self { received }
    }
}

#[async_trait::async_trait]
impl Activity for Reject {
    type DataType = Federation;
    type Error = Fault;

    identity!();

    async fn verify(&self, _: &Data<Federation>) -> Result<(), Fault> {
        is_about_a_follow_or_quote(&self.received)
    }

    async fn receive(self, data: &Data<Federation>) -> Result<(), Fault> {
        if let Some(quote) = quote(data, &self.received).await? {
            let by = &self.received.by;
            return Ok(services::quotes::rejected_elsewhere(&data.app, by, quote.status_id).await?);
        }
        let follower = follower(data, &self.received).await?;
        Ok(services::follows::reject(&data.app, &self.received.by, &follower).await?)
    }
}
