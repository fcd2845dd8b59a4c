//! `QuoteRequest` (FEP-044f): somebody elsewhere quotes a post of ours, and asks whether that may be shown.

use activitypub_federation::config::Data;
use activitypub_federation::traits::Activity;
use db::statuses::Status;
use services::events::QuoteRequest as Request;

use super::{Received, identity};
use crate::fault::Fault;
use crate::notes::arrival::{self, Cause};
use crate::{Federation, fetching, json, notes};

/// Somebody elsewhere asks to quote something of ours.
#[derive(Debug)]
pub(crate) struct QuoteRequest {
    received: Received,
}

impl QuoteRequest {
    pub(super) fn read(received: Received) -> Self {
        Self { received }
    }

    /// The post that quotes: known, embedded by its author, or fetched.
    async fn instrument(&self, f: &Federation, uri: &str) -> Result<Status, Fault> {
        let Received { by, actor, budget, json: activity, .. } = &self.received;
        if let Some(known) = fetching::known_status(f, uri).await? {
            return Ok(known);
        }
        let cause = Cause::Fetched { thread: false };
        let object = json::one(activity, "instrument").filter(|object| self.received.may_say(object));
        let Some(object) = object else { return fetching::status(f, uri, cause, budget).await };
        let note = notes::parse(object, None).map_err(Fault::Odd)?;
        if note.uri != uri || note.author != by.uri {
            return Err(Fault::odd("somebody else wrote what quotes"));
        }
        match arrival::receive(f, note, by, actor.followers_url.as_deref(), cause, budget).await? {
            Some(status) => Ok(status),
            // Its Create was faster.
            None => fetching::known_status(f, uri).await?.ok_or(Fault::Gone),
        }
    }
}

#[async_trait::async_trait]
impl Activity for QuoteRequest {
    type DataType = Federation;
    type Error = Fault;

    identity!();

    async fn verify(&self, data: &Data<Federation>) -> Result<(), Fault> {
        let instrument = json::link(&self.received.json, "instrument");
        let instrument = instrument.ok_or_else(|| Fault::odd("it does not say what quotes"))?;
        if !json::same_origin(instrument, &self.received.by.uri) {
            return Err(Fault::odd("what quotes is on another host than its author"));
        }
        if data.app.urls.is_ours(self.received.object()?) {
            Ok(())
        } else {
            Err(Fault::odd("what is quoted lives elsewhere"))
        }
    }

    async fn receive(self, data: &Data<Federation>) -> Result<(), Fault> {
        let Received { by, uri, json: activity, .. } = &self.received;
        let quoted = fetching::known_status(data, self.received.object()?).await?;
        let quoted = quoted.filter(|status| status.local).ok_or_else(|| Fault::odd("it is not there"))?;
        let instrument = json::link(activity, "instrument").unwrap_or_default().to_owned();
        let request = Request { id: uri.clone(), object: quoted.uri.clone(), instrument: instrument.clone() };
        if !services::quotes::may_quote(&data.app, by, &quoted).await? {
            return Ok(services::quotes::decline(&data.app, by, &quoted, request).await?);
        }
        let quoting = self.instrument(data, &instrument).await?;
        if quoting.account_id != by.id {
            return Err(Fault::odd("somebody else wrote what quotes"));
        }
        Ok(services::quotes::answer(&data.app, by, &quoted, quoting.id, request).await?)
    }
}
