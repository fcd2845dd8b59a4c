//! `Add` pins posts: only with the actor's own `featured` collection as target (federation 17).

use activitypub_federation::config::Data;
use activitypub_federation::traits::Activity;

use super::{Received, identity};
use crate::fault::Fault;
use crate::notes::arrival::Cause;
use crate::{Federation, fetching, json};

/// Somebody elsewhere pins a post of the own.
#[derive(Debug)]
pub(crate) struct Add {
    received: Received,
}

impl Add {
    pub(super) fn read(received: Received) -> Self {
        Self { received }
    }
}

#[async_trait::async_trait]
impl Activity for Add {
    type DataType = Federation;
    type Error = Fault;

    identity!();

    async fn verify(&self, _: &Data<Federation>) -> Result<(), Fault> {
        check_featured(&self.received)
    }

    async fn receive(self, data: &Data<Federation>) -> Result<(), Fault> {
        let Received { by, budget, .. } = &self.received;
        let uri = self.received.object()?;
        if !json::same_origin(uri, &by.uri) {
            return Err(Fault::odd("only own posts are pinned"));
        }
        let status = fetching::status(data, uri, Cause::Fetched { thread: false }, budget).await?;
        Ok(services::pins::pin(&data.app, by, status.id).await?)
    }
}

/// The target is the collection that the actor names as its own.
pub(super) fn check_featured(received: &Received) -> Result<(), Fault> {
    let target = json::link(&received.json, "target");
    if target.is_some() && target == received.actor.featured_url.as_deref() {
        return Ok(());
    }
    Err(Fault::odd("it changes a collection that is not known here"))
}
