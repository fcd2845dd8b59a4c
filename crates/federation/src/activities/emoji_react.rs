//! `EmojiReact` (federation 14.3).

use activitypub_federation::config::Data;
use activitypub_federation::traits::Activity;

use super::{Received, identity};
use crate::fault::Fault;
use crate::{Federation, fetching, reactions};

/// Somebody elsewhere reacts to a status that is known here.
#[derive(Debug)]
pub(crate) struct EmojiReact {
    received: Received,
}

impl EmojiReact {
    pub(super) fn read(received: Received) -> Self {
        Self { received }
    }
}

#[async_trait::async_trait]
impl Activity for EmojiReact {
    type DataType = Federation;
    type Error = Fault;

    identity!();

    async fn verify(&self, data: &Data<Federation>) -> Result<(), Fault> {
        self.received.check_not_undone(data).await
    }

    async fn receive(self, data: &Data<Federation>) -> Result<(), Fault> {
        let reaction = reactions::of(&self.received).ok_or_else(|| Fault::odd("it reacts with no emoji"))?;
        let known = fetching::known_status(data, self.received.object()?).await?;
        let status = known.ok_or_else(|| Fault::odd("it reacts to what is not known here"))?;
        reactions::react(data, &self.received, status.id, reaction).await
    }
}
