//! Verifying the links of local profiles: a page that links back with `rel="me"` is the same person's.

use std::time::Duration;

use db::accounts::{self, Account};
use db::{AccountId, Conn};
use jobs::{Job, Queue};
use serde::{Deserialize, Serialize};

use crate::Federation;

/// The links of a profile that are not verified yet are looked at.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct VerifyLinks {
    account: AccountId,
}

impl Job for VerifyLinks {
    const KIND: &'static str = "verify_links";
    const QUEUE: Queue = Queue::DEFAULT;
    const PRIORITY: i16 = 20;
    const MAX_ATTEMPTS: i32 = 4;
    const TIMEOUT: Duration = Duration::from_mins(5);

    fn dedup_key(&self) -> Option<String> {
        Some(format!("verify_links:{}", self.account))
    }
}

/// Values of fields that are nothing but an address, and not verified yet.
fn candidates(account: &Account) -> Vec<String> {
    let fields = account.profile_fields().into_iter();
    let values = fields.filter(|field| field.verified_at.is_none()).filter_map(|field| field.source);
    let is_link = |value: &String| {
        (value.starts_with("https://") || value.starts_with("http://"))
            && !value.contains(char::is_whitespace)
    };
    values.filter(is_link).collect()
}

/// Promises it after a profile changed, if there is anything to look at.
pub async fn start(conn: &mut Conn, account: AccountId) -> anyhow::Result<()> {
    let account = match accounts::find(conn, account).await {
        Ok(account) if account.is_local() && account.suspended_at.is_none() => account,
        Ok(_) | Err(diesel::result::Error::NotFound) => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    if !candidates(&account).is_empty() {
        jobs::enqueue(conn, &VerifyLinks { account: account.id }).await?;
    }
    Ok(())
}

/// Looks at each page. What was seen is written at once; if a page could not be had, the job is tried again.
pub async fn verify_links(f: Federation, job: VerifyLinks) -> anyhow::Result<()> {
    let found = accounts::find(&mut *f.app.conn().await?, job.account).await;
    let account = match found {
        Ok(account) if account.suspended_at.is_none() => account,
        Ok(_) | Err(diesel::result::Error::NotFound) => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    let us = [f.app.urls.profile(&account.username), account.uri.clone()];
    let (mut seen, mut failure) = (Vec::new(), None);
    for value in candidates(&account) {
        // What may not be asked for at all will not be verified later either.
        let Ok(url) = f.client.check_url(&value) else { continue };
        match f.client.page_leads_back(&url, &us).await {
            Ok(true) => seen.push(value),
            Ok(false) => {}
            Err(error @ (fetch::Error::Timeout | fetch::Error::Network(_) | fetch::Error::Status { .. })) => {
                failure = Some(error);
            }
            Err(error) => tracing::debug!(%url, "A page of a profile cannot be read: {error}"),
        }
    }
    if !seen.is_empty() {
        services::accounts::note_verified(&f.app, account.id, &seen).await?;
    }
    failure.map_or(Ok(()), |error| Err(error.into()))
}
