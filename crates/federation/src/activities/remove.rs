//! `Remove` unpins posts: only with the actor's own `featured` collection as target (federation 17).

use activitypub_federation::config::Data;
use activitypub_federation::traits::Activity;

use super::add::check_featured;
use super::{Received, identity};
use crate::fault::Fault;
use crate::{Federation, fetching};

/// Somebody elsewhere unpins a post.
#[derive(Debug)]
pub(crate) struct Remove {
    received: Received,
}

impl Remove {
    pub(super) fn read(received: Received) -> Self {
        Self { received }
    }
}

#[async_trait::async_trait]
impl Activity for Remove {
    type DataType = Federation;
    type Error = Fault;

    identity!();

    async fn verify(&self, _: &Data<Federation>) -> Result<(), Fault> {
        check_featured(&self.received)
    }

    async fn receive(self, data: &Data<Federation>) -> Result<(), Fault> {
        let known = fetching::known_status(data, self.received.object()?).await?;
        let status = known.ok_or_else(|| Fault::odd("what it unpins is not known here"))?;
        Ok(services::pins::unpin(&data.app, &self.received.by, status.id).await?)
    }
}
