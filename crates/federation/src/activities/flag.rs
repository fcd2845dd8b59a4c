//! `Flag`: another server reports somebody here (federation.md 19).

use std::collections::BTreeSet;

use activitypub_federation::config::Data;
use activitypub_federation::traits::Activity;
use db::accounts::Account;
use db::statuses::Status;
use services::reports::ForeignComplaint;

use super::{Received, identity};
use crate::fault::Fault;
use crate::{Federation, json};

/// Most objects that are looked at.
const MAX_OBJECTS: usize = 100;
/// Most accounts that one Flag reports.
const MAX_TARGETS: usize = 5;
/// Longest id that is kept as text, in bytes.
const MAX_ID_BYTES: usize = 2_000;

/// Somebody elsewhere, mostly the instance's own actor, reports somebody here.
#[derive(Debug)]
pub(crate) struct Flag {
    received: Received,
}

impl Flag {
    pub(super) fn read(received: Received) -> Self {
        Self { received }
    }

    /// What it says, as plain text.
    fn comment(&self) -> String {
        text::plain(json::text(&self.received.json, "content").unwrap_or_default())
    }

    /// What it names: its objects, and the addresses in its words, where some programs put statuses.
    fn names(&self, comment: &str) -> BTreeSet<String> {
        let objects = json::links(&self.received.json, "object", MAX_OBJECTS);
        let words = comment.split_whitespace().filter(|word| word.starts_with("http")).take(MAX_OBJECTS);
        objects.chain(words).filter(|id| id.len() <= MAX_ID_BYTES).map(str::to_owned).collect()
    }
}

/// What is known here of what a Flag names.
struct Known {
    accounts: Vec<Account>,
    statuses: Vec<Status>,
}

async fn look_up(f: &Federation, names: &BTreeSet<String>) -> Result<Known, Fault> {
    let ours: Vec<String> = names.iter().filter(|id| f.app.urls.is_ours(id)).cloned().collect();
    let ids: Vec<_> = ours.iter().filter_map(|address| f.app.urls.local_status(address)).collect();
    let mut conn = f.app.conn().await?;
    let accounts = db::accounts::load_by_uris(&mut conn, &ours).await?;
    let accounts = accounts.into_iter().filter(|a| a.is_local() && !a.is_instance_actor()).collect();
    let statuses = db::statuses::load(&mut conn, &ids).await?;
    Ok(Known { accounts, statuses: statuses.into_iter().filter(|status| status.local).collect() })
}

/// Whom it reports: those it names, else the authors of the statuses.
async fn targets(f: &Federation, known: &Known) -> Result<Vec<Account>, Fault> {
    let mut targets = known.accounts.clone();
    if targets.is_empty() {
        let authors: Vec<_> = known.statuses.iter().map(|status| status.account_id).collect();
        targets = db::accounts::load(&mut *f.app.conn().await?, &authors).await?;
    }
    targets.truncate(MAX_TARGETS);
    if targets.is_empty() { Err(Fault::odd("it is about nobody here")) } else { Ok(targets) }
}

#[async_trait::async_trait]
impl Activity for Flag {
    type DataType = Federation;
    type Error = Fault;

    identity!();

    async fn verify(&self, data: &Data<Federation>) -> Result<(), Fault> {
        self.received.check_not_undone(data).await
    }

    async fn receive(self, data: &Data<Federation>) -> Result<(), Fault> {
        let comment = self.comment();
        let names = self.names(&comment);
        let known = look_up(data, &names).await?;
        for target in targets(data, &known).await? {
            let is_kept = |id: &&String| !known.accounts.iter().any(|account| account.uri == **id);
            let complaint = ForeignComplaint {
                uri: self.received.uri.clone(),
                statuses: known.statuses.iter().map(|status| status.id).collect(),
                others: names.iter().filter(is_kept).cloned().collect(),
                comment: comment.clone(),
            };
            services::reports::receive(&data.app, &self.received.by, &target, complaint).await?;
        }
        Ok(())
    }
}
