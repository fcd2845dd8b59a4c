//! `Reject` of a Follow of ours, before or after it was accepted (federation 10.9).

use activitypub_federation::config::Data;
use activitypub_federation::traits::Activity;

use super::accept::{follower, is_about_a_follow};
use super::{Received, identity};
use crate::Federation;
use crate::fault::Fault;

/// Somebody elsewhere does not want to be followed by somebody here.
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
        is_about_a_follow(&self.received)
    }

    async fn receive(self, data: &Data<Federation>) -> Result<(), Fault> {
        let follower = follower(data, &self.received).await?;
        Ok(services::follows::reject(&data.app, &self.received.by, &follower).await?)
    }
}
