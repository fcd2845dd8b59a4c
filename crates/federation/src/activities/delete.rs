//! `Delete` of own posts, reblogs, approvals of quotes, and of oneself (federation 13).

use activitypub_federation::config::Data;
use activitypub_federation::traits::Activity;

use super::{Received, identity};
use crate::fault::Fault;
use crate::{Federation, json};

/// Somebody elsewhere deletes something of the own, or leaves.
#[derive(Debug)]
pub(crate) struct Delete {
    received: Received,
}

impl Delete {
    pub(super) fn read(received: Received) -> Self {
        Self { received }
    }
}

#[async_trait::async_trait]
impl Activity for Delete {
    type DataType = Federation;
    type Error = Fault;

    identity!();

    async fn verify(&self, data: &Data<Federation>) -> Result<(), Fault> {
        let ours = data.app.urls.is_ours(self.received.object()?);
        if ours { Err(Fault::odd("it deletes something of ours")) } else { Ok(()) }
    }

    async fn receive(self, data: &Data<Federation>) -> Result<(), Fault> {
        let by = &self.received.by;
        let uri = self.received.object()?;
        if uri == by.uri {
            return Ok(services::accounts::forget(&data.app, by).await?);
        }
        if !json::same_origin(uri, &by.uri) {
            return Err(Fault::odd("it deletes something of another host"));
        }
        if services::quotes::withdrawn(&data.app, by, uri).await? {
            return Ok(());
        }
        Ok(services::statuses::withdraw(&data.app, by, uri).await?)
    }
}
