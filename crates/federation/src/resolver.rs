//! The one question that goes up: who is `@bob@remote`, what is at this URL? (federation 1.14, 1.25)

use std::time::Duration;

use async_trait::async_trait;
use db::accounts::Account;
use serde_json::Value;
use services::Resolver;
use services::resolver::Found;
use text::Handle;
use tokio::time::timeout;

use crate::fault::Fault;
use crate::fetching::{self, Budget};
use crate::notes::arrival::Cause;
use crate::{Federation, actors, json, webfinger};

/// How long somebody waits for a search.
const PATIENCE: Duration = Duration::from_secs(10);

#[async_trait]
impl Resolver for Federation {
    async fn account(&self, handle: &Handle) -> services::Result<Option<Account>> {
        answer(&handle.to_string(), Box::pin(find_account(self, handle))).await
    }

    async fn url(&self, url: &str) -> services::Result<Option<Found>> {
        answer(url, Box::pin(find_url(self, url))).await
    }
}

/// What other servers do not tell is not found; only our own faults are errors.
async fn answer<T>(
    question: &str,
    work: impl Future<Output = Result<Option<T>, Fault>>,
) -> services::Result<Option<T>> {
    match timeout(PATIENCE, work).await {
        Ok(Ok(found)) => Ok(found),
        Ok(Err(Fault::Temporary(error))) if error.downcast_ref::<services::Error>().is_some() => {
            Err(services::Error::Busy)
        }
        Ok(Err(fault)) => {
            tracing::debug!(question, "Not found: {fault}");
            Ok(None)
        }
        Err(_) => {
            tracing::debug!(question, "Not found in time");
            Ok(None)
        }
    }
}

async fn find_account(f: &Federation, handle: &Handle) -> Result<Option<Account>, Fault> {
    let ours = |domain: &&str| *domain != f.app.urls.domain() && *domain != f.app.urls.host();
    let domain = handle.domain.as_deref().filter(ours);
    let known = db::accounts::find_by_handle(&mut *f.app.conn().await?, &handle.username, domain).await?;
    if let Some(known) = known {
        return Ok(Some(known).filter(|account| !account.is_instance_actor()));
    }
    if domain.is_none() {
        return Ok(None);
    }
    let finger = webfinger::lookup(f, handle).await?;
    if f.app.urls.is_ours(&finger.actor) {
        return Err(Fault::odd("a handle of another host names an account of ours"));
    }
    if let Some(known) = db::accounts::find_by_uri(&mut *f.app.conn().await?, &finger.actor).await? {
        return Ok(Some(known));
    }
    let document = fetching::document(f, &finger.actor, &Budget::new()).await?;
    if json::id(&document) != Some(&finger.actor) {
        return Err(Fault::odd("WebFinger names another actor than its document does"));
    }
    let confirmed = webfinger::settle(f, &finger, handle, &document).await?;
    Ok(Some(fetching::ingest(f, &document, None, confirmed).await?.0))
}

async fn find_url(f: &Federation, url: &str) -> Result<Option<Found>, Fault> {
    if let Some(known) = find_known(f, url).await? {
        return Ok(Some(known));
    }
    if f.app.urls.is_ours(url) {
        return find_our_page(f, url).await;
    }
    let budget = Budget::new();
    let document = match fetching::document(f, url, &budget).await {
        Ok(document) => document,
        // Perhaps it is the page of something (1.25).
        Err(Fault::Odd(_)) => {
            let page = f.client.check_url(url)?;
            fetching::check_host(f, &page).await?;
            let Some(link) = f.client.get_page_alternate(&page).await? else { return Ok(None) };
            let link = link.as_url().as_str();
            if let Some(known) = find_known(f, link).await? {
                return Ok(Some(known));
            }
            fetching::document(f, link, &budget).await?
        }
        Err(fault) => return Err(fault),
    };
    take_in(f, &document, &budget).await.map(Some)
}

async fn take_in(f: &Federation, document: &Value, budget: &Budget) -> Result<Found, Fault> {
    if actors::is_actor(document) {
        let known = match json::id(document) {
            Some(id) => db::accounts::find_by_uri(&mut *f.app.conn().await?, id).await?,
            None => None,
        };
        let account = match known {
            Some(known) => known,
            None => fetching::ingest(f, document, None, None).await?.0,
        };
        return Ok(Found::Account(Box::new(account)));
    }
    let status = fetching::ingest_status(f, document, Cause::Fetched { thread: false }, budget).await?;
    Ok(Found::Status(status.id))
}

async fn find_known(f: &Federation, uri: &str) -> Result<Option<Found>, Fault> {
    if let Some(status) = fetching::known_status(f, uri).await? {
        return Ok(Some(Found::Status(status.id)));
    }
    let account = db::accounts::find_by_uri(&mut *f.app.conn().await?, uri).await?;
    Ok(account.filter(|a| !a.is_instance_actor()).map(|account| Found::Account(Box::new(account))))
}

/// `/@name` and `/@name/ID` of this server.
async fn find_our_page(f: &Federation, url: &str) -> Result<Option<Found>, Fault> {
    let Some(path) = url.strip_prefix(f.app.urls.base()).and_then(|path| path.strip_prefix("/@")) else {
        return Ok(None);
    };
    let path = path.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    let (username, status) = path.split_once('/').map_or((path, None), |(name, id)| (name, Some(id)));
    let mut conn = f.app.conn().await?;
    let account = db::accounts::find_by_handle(&mut conn, username, None).await?;
    let Some(account) = account.filter(|account| !account.is_instance_actor()) else { return Ok(None) };
    let Some(id) = status else { return Ok(Some(Found::Account(Box::new(account)))) };
    let Ok(id) = id.parse() else { return Ok(None) };
    Ok(db::statuses::find_own(&mut conn, account.id, id).await.ok().map(|status| Found::Status(status.id)))
}
