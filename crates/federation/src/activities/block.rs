//! `Block` of somebody here (federation 18).

use activitypub_federation::config::Data;
use activitypub_federation::traits::Activity;

use super::{Received, identity};
use crate::fault::Fault;
use crate::{Federation, json};

/// Somebody elsewhere blocks somebody here.
#[derive(Debug)]
pub(crate) struct Block {
    received: Received,
}

impl Block {
    pub(super) fn read(received: Received) -> Self {
        Self { received }
    }
}

#[async_trait::async_trait]
impl Activity for Block {
    type DataType = Federation;
    type Error = Fault;

    identity!();

    async fn verify(&self, data: &Data<Federation>) -> Result<(), Fault> {
        if json::one(&self.received.json, "target").is_some() {
            return Err(Fault::odd("bans from communities are not known here"));
        }
        self.received.check_not_undone(data).await
    }

    async fn receive(self, data: &Data<Federation>) -> Result<(), Fault> {
        let of = self.received.target_here(data).await?;
        let Received { by, uri, .. } = &self.received;
        Ok(services::blocks::block(&data.app, by, &of, Some(uri)).await?)
    }
}
