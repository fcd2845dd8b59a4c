//! `Follow` (federation 10).

use activitypub_federation::config::Data;
use activitypub_federation::traits::Activity;
use db::follows::Options;

use super::{Received, identity};
use crate::Federation;
use crate::fault::Fault;

/// Somebody elsewhere asks to follow somebody here.
#[derive(Debug)]
pub(crate) struct Follow {
    received: Received,
}

impl Follow {
    pub(super) fn read(received: Received) -> Self {
        Self { received }
    }
}

#[async_trait::async_trait]
impl Activity for Follow {
    type DataType = Federation;
    type Error = Fault;

    identity!();

    async fn verify(&self, data: &Data<Federation>) -> Result<(), Fault> {
        self.received.check_not_undone(data).await
    }

    async fn receive(self, data: &Data<Federation>) -> Result<(), Fault> {
        let Received { by, uri, .. } = &self.received;
        let of = self.received.target_here(data).await?;
        Ok(services::follows::follow(&data.app, by, &of, &Options::default(), Some(uri)).await?)
    }
}
