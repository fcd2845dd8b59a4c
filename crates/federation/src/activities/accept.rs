//! `Accept` of a Follow of ours (federation 10.8), which only the followed may, and of a `QuoteRequest` of ours, which
//! only the author of what is quoted may.

use activitypub_federation::config::Data;
use activitypub_federation::traits::Activity;
use db::accounts::Account;
use db::quotes::Quote;

use super::{Received, account_here, identity};
use crate::fault::Fault;
use crate::{Federation, fetching, json};

/// Somebody elsewhere lets somebody here follow, or quote.
#[derive(Debug)]
pub(crate) struct Accept {
    received: Received,
}

impl Accept {
    pub(super) fn read(received: Received) -> Self {
        Self { received }
    }

    /// What the other server serves as the approval counts.
    async fn approve(&self, f: &Federation, quote: &Quote) -> Result<(), Fault> {
        let Received { by, budget, json: activity, .. } = &self.received;
        let approval = json::web_link(activity, "result").ok_or_else(|| Fault::odd("there is no approval"))?;
        let (quoting, quoted) = {
            let mut conn = f.app.conn().await?;
            let quoted = quote.quoted_status_id.ok_or(Fault::Gone)?;
            let quoting = db::statuses::find(&mut conn, quote.status_id).await?;
            (quoting, db::statuses::find(&mut conn, quoted).await?)
        };
        if quoted.account_id != by.id {
            return Err(Fault::odd("it answers for somebody else"));
        }
        fetching::check_approval(f, &approval, &quoting, &quoted, budget).await?;
        Ok(services::quotes::accepted_elsewhere(&f.app, by, quoting.id, &approval).await?)
    }
}

#[async_trait::async_trait]
impl Activity for Accept {
    type DataType = Federation;
    type Error = Fault;

    identity!();

    async fn verify(&self, _: &Data<Federation>) -> Result<(), Fault> {
        is_about_a_follow_or_quote(&self.received)
    }

    async fn receive(self, data: &Data<Federation>) -> Result<(), Fault> {
        if let Some(quote) = quote(data, &self.received).await? {
            return self.approve(data, &quote).await;
        }
        let follower = follower(data, &self.received).await?;
        Ok(services::follows::accept(&data.app, &self.received.by, &follower).await?)
    }
}

/// The quote here that an answer is about, by the request's id or by what came along of it.
pub(super) async fn quote(f: &Federation, received: &Received) -> Result<Option<Quote>, Fault> {
    let mut conn = f.app.conn().await?;
    if let Some(id) = json::link(&received.json, "object").filter(|id| f.app.urls.is_ours(id))
        && let Some(quote) = db::quotes::find_by_request(&mut conn, id).await?
    {
        return Ok(Some(quote));
    }
    let request = received.embedded().filter(|request| json::is(request, "QuoteRequest"));
    let Some(request) = request else { return Ok(None) };
    let missing = || Fault::odd("it answers no QuoteRequest of ours");
    let instrument = json::link(request, "instrument").ok_or_else(missing)?;
    let status = db::statuses::find_by_uri(&mut conn, instrument).await?.filter(|status| status.local);
    let status = status.ok_or_else(missing)?;
    db::quotes::find(&mut conn, status.id).await?.map(Some).ok_or_else(missing)
}

/// An embedded object that says what it is must be a Follow or a `QuoteRequest`.
pub(super) fn is_about_a_follow_or_quote(received: &Received) -> Result<(), Fault> {
    match received.embedded().map(|object| json::types(object).next()) {
        Some(Some(kind)) if !matches!(kind, "Follow" | "QuoteRequest") => {
            Err(Fault::odd("it answers something else than a Follow or a QuoteRequest"))
        }
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
