//! `Create` of posts (federation 11).

use activitypub_federation::config::Data;
use activitypub_federation::traits::Activity;
use serde_json::Value;

use super::{Received, identity};
use crate::fault::Fault;
use crate::notes::arrival::{self, Cause};
use crate::{Federation, fetching, json, notes};

/// Most posts created at once; GoToSocial sends all votes of a poll together.
const MOST: usize = 10;

/// Somebody elsewhere posted something.
#[derive(Debug)]
pub(crate) struct Create {
    received: Received,
}

impl Create {
    pub(super) fn read(received: Received) -> Self {
        Self { received }
    }
}

#[async_trait::async_trait]
impl Activity for Create {
    type DataType = Federation;
    type Error = Fault;

    identity!();

    async fn verify(&self, data: &Data<Federation>) -> Result<(), Fault> {
        let foreign = json::links(&self.received.json, "object", MOST).any(|id| data.app.urls.is_ours(id));
        if foreign { Err(Fault::odd("it creates something of ours")) } else { Ok(()) }
    }

    async fn receive(self, data: &Data<Federation>) -> Result<(), Fault> {
        for object in json::many(&self.received.json, "object").take(MOST) {
            receive_post(data, &self.received, object).await?;
        }
        Ok(())
    }
}

/// Takes in a post that the actor sent, whole or by its id.
pub(super) async fn receive_post(f: &Federation, received: &Received, object: &Value) -> Result<(), Fault> {
    let Received { by, actor, recipient, budget, json: activity, .. } = received;
    let fetched;
    let (document, activity) = if object.is_object() && received.may_say(object) {
        (object, Some(activity))
    } else {
        let id = json::reference(object).ok_or_else(|| Fault::odd("the post has no id"))?;
        if !json::same_origin(id, &by.uri) {
            return Err(Fault::odd("the post is on another host than its author"));
        }
        fetched = fetching::document(f, id, budget).await?;
        (&fetched, None)
    };
    if notes::is_vote(document) {
        return receive_vote(f, received, document).await;
    }
    let note = notes::parse(document, activity).map_err(Fault::Odd)?;
    if note.author != by.uri || f.app.urls.is_ours(&note.uri) {
        return Err(Fault::odd("somebody else wrote the post"));
    }
    let uri = note.uri.clone();
    let followers = actor.followers_url.as_deref();
    let new = arrival::receive(f, note, by, followers, Cause::Sent(*recipient), budget).await?;
    if let (None, Some(reader)) = (new, *recipient)
        && let Some(known) = fetching::known_status(f, &uri).await?
        && known.account_id == by.id
    {
        // It came before, by another inbox (11.6).
        services::audience::add_reader(&f.app, &known, reader).await?;
    }
    Ok(())
}

/// Counts a vote in a poll of ours (21.6). One that does not count is ignored, and others that came with it
/// are not.
async fn receive_vote(f: &Federation, received: &Received, vote: &Value) -> Result<(), Fault> {
    let (Some(poll), Some(name)) = (json::link(vote, "inReplyTo"), json::text(vote, "name")) else {
        return Err(Fault::odd("the vote names nothing"));
    };
    if !received.may_say(vote) || !f.app.urls.is_ours(poll) {
        return Err(Fault::odd("it is no vote of its sender in a poll of ours"));
    }
    match services::polls::receive_vote(&f.app, &received.by, poll, name).await.map_err(Fault::from) {
        Err(Fault::Odd(why)) => {
            tracing::debug!(account.id = %received.by.id, "A vote does not count: {why}");
            Ok(())
        }
        done => done,
    }
}
