//! `Like`, with or without a reaction in it (federation 14).

use activitypub_federation::config::Data;
use activitypub_federation::traits::Activity;

use super::{Received, identity};
use crate::fault::Fault;
use crate::{Federation, fetching, reactions};

/// Somebody elsewhere favourites a status that is known here, or reacts to it.
#[derive(Debug)]
pub(crate) struct Like {
    received: Received,
}

impl Like {
    pub(super) fn read(received: Received) -> Self {
        Self { received }
    }
}

#[async_trait::async_trait]
impl Activity for Like {
    type DataType = Federation;
    type Error = Fault;

    identity!();

    async fn verify(&self, data: &Data<Federation>) -> Result<(), Fault> {
        self.received.check_not_undone(data).await
    }

    async fn receive(self, data: &Data<Federation>) -> Result<(), Fault> {
        let Received { by, uri, .. } = &self.received;
        // What is not known is not fetched for this (14.5).
        let known = fetching::known_status(data, self.received.object()?).await?;
        let status = known.ok_or_else(|| Fault::odd("it likes what is not known here"))?;
        if let Some(reaction) = reactions::of(&self.received) {
            return reactions::react(data, &self.received, status.id, reaction).await;
        }
        Ok(services::favourites::favourite(&data.app, by, status.id, Some(uri)).await?)
    }
}
