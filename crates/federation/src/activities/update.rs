//! `Update` of the own profile and of own posts (federation 12).

use activitypub_federation::config::Data;
use activitypub_federation::traits::Activity;

use super::{Received, create, identity};
use crate::fault::Fault;
use crate::notes::arrival;
use crate::{Federation, actors, fetching, json, notes};

/// Somebody elsewhere changed the own profile, or something posted earlier.
#[derive(Debug)]
pub(crate) struct Update {
    received: Received,
}

impl Update {
    pub(super) fn read(received: Received) -> Self {
        Self { received }
    }

    /// The embedded profile counts if it names the same key; a new key must be seen at its place (12.9).
    async fn profile(&self, f: &Federation) -> Result<(), Fault> {
        let Received { by, actor, budget, .. } = &self.received;
        if let Some(document) = self.received.embedded()
            && json::id(document) == Some(&by.uri)
            && let Ok(parsed) = actors::parse(document, Some(&actor.key_id))
            && parsed.remote.actor.key_id == actor.key_id
            && parsed.remote.actor.public_key_pem == actor.public_key_pem
        {
            fetching::ingest(f, document, Some(&actor.key_id), None).await?;
            return Ok(());
        }
        fetching::refresh(f, &by.uri, budget).await?;
        Ok(())
    }

    async fn post(&self, f: &Federation, uri: &str) -> Result<(), Fault> {
        let Received { by, actor, budget, json: activity, .. } = &self.received;
        let object = json::one(activity, "object").ok_or_else(|| Fault::odd("the activity has no object"))?;
        let Some(status) = fetching::known_status(f, uri).await? else {
            // Perhaps it overtook its Create (12.6).
            return create::receive_post(f, &self.received, object).await;
        };
        if status.account_id != by.id || status.reblog_of_id.is_some() {
            return Err(Fault::odd("only its author may change a post"));
        }
        let fetched;
        let (document, activity) = if self.received.may_say(object) {
            (object, Some(activity))
        } else {
            fetched = fetching::document(f, uri, budget).await?;
            (&fetched, None)
        };
        let note = notes::parse(document, activity).map_err(Fault::Odd)?;
        if note.uri != uri || note.author != by.uri {
            return Err(Fault::odd("the post has another author or id now"));
        }
        let news = note.updated.is_some_and(|at| status.edited_at.unwrap_or(status.created_at) < at);
        if !news {
            // The approval of a quote, and who may quote, change without an edit.
            arrival::receive_aside(f, &note, by, actor.followers_url.as_deref(), &status).await?;
            if let Some(poll) = &note.poll {
                // The tallies do, too (12.10).
                services::polls::receive_tallies(&f.app, by, &status, poll).await?;
            }
            return Ok(());
        }
        arrival::revise(f, note, by, actor.followers_url.as_deref(), &status, budget).await
    }
}

#[async_trait::async_trait]
impl Activity for Update {
    type DataType = Federation;
    type Error = Fault;

    identity!();

    async fn verify(&self, data: &Data<Federation>) -> Result<(), Fault> {
        let object = self.received.object()?;
        if data.app.urls.is_ours(object) || !json::same_origin(object, &self.received.by.uri) {
            return Err(Fault::odd("it changes something of another host"));
        }
        Ok(())
    }

    async fn receive(self, data: &Data<Federation>) -> Result<(), Fault> {
        let object = self.received.object()?;
        if object == self.received.by.uri {
            return self.profile(data).await;
        }
        if self.received.embedded().is_some_and(actors::is_actor) {
            return Err(Fault::odd("only an actor changes its profile"));
        }
        self.post(data, object).await
    }
}
