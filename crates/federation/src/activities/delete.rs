//! `Delete` of own posts, reblogs, and of oneself (federation 13).

use activitypub_federation::config::Data;
use activitypub_federation::traits::Activity;

use super::{Received, identity};
use crate::Federation;
use crate::fault::Fault;

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
            self.received.remember_undone(data, uri).await?;
            return Ok(services::accounts::forget(&data.app, by).await?);
        }
        let known = db::statuses::find_by_uri(&mut *data.app.conn().await?, uri).await?;
        let Some(status) = known else {
            return self.received.remember_undone(data, uri).await;
        };
        if status.account_id != by.id {
            return Err(Fault::odd("only its author may delete a post"));
        }
        if status.deleted_at.is_some() {
            return Ok(());
        }
        match status.reblog_of_id {
            Some(original) => services::reblogs::unreblog(&data.app, by, original).await?,
            None => drop(services::statuses::delete(&data.app, by, status.id).await?),
        }
        Ok(())
    }
}
