//! `Accept` of a Follow of ours (federation 10.8); only the followed may.

use activitypub_federation::config::Data;
use activitypub_federation::traits::Activity;
use db::accounts::Account;

use super::{Received, account_here, identity};
use crate::fault::Fault;
use crate::{Federation, json};

/// Somebody elsewhere lets somebody here follow.
#[derive(Debug)]
pub(crate) struct Accept {
    received: Received,
}

impl Accept {
    pub(super) fn read(received: Received) -> Self {
        Self { received }
    }
}

#[async_trait::async_trait]
impl Activity for Accept {
    type DataType = Federation;
    type Error = Fault;

    identity!();

    async fn verify(&self, _: &Data<Federation>) -> Result<(), Fault> {
        is_about_a_follow(&self.received)
    }

    async fn receive(self, data: &Data<Federation>) -> Result<(), Fault> {
        let follower = follower(data, &self.received).await?;
        Ok(services::follows::accept(&data.app, &self.received.by, &follower).await?)
    }
}

/// An embedded object that says what it is must be a Follow.
pub(super) fn is_about_a_follow(received: &Received) -> Result<(), Fault> {
    match received.embedded().map(|object| json::types(object).next()) {
        Some(Some(kind)) if kind != "Follow" => Err(Fault::odd("it answers something else than a Follow")),
        _ => Ok(()),
    }
}

/// Who here follows, or asked to follow, the actor, by the Follow's id or by what came along of it.
pub(super) async fn follower(f: &Federation, received: &Received) -> Result<Account, Fault> {
    if let Some(id) = json::link(&received.json, "object").filter(|id| f.app.urls.is_ours(id)) {
        let mut conn = f.app.conn().await?;
        let found = match db::follows::find_request_by_uri(&mut conn, id).await? {
            Some(request) => Some(request),
            None => db::follows::find_by_uri(&mut conn, id).await?,
        };
        if let Some(found) = found {
            if found.target_account_id != received.by.id {
                return Err(Fault::odd("it answers a Follow of somebody else"));
            }
            return Ok(db::accounts::find(&mut conn, found.account_id).await?);
        }
    }
    let follow = received.embedded().ok_or_else(|| Fault::odd("it answers no Follow of ours"))?;
    if json::link(follow, "object") != Some(&received.by.uri) {
        return Err(Fault::odd("it answers a Follow of somebody else"));
    }
    let by = json::link(follow, "actor").ok_or_else(|| Fault::odd("the Follow has no actor"))?;
    account_here(f, by).await
}
