//! Accounts and statuses as the federation library's objects, so that ids carry the type of what they name.
//!
//! Reading a document that another server sent is the tolerant parsing of [`crate::actors`] and
//! [`crate::notes`]; the JSON in between is therefore a plain value.

use activitypub_federation::config::Data;
use activitypub_federation::protocol::verification::verify_domains_match;
use activitypub_federation::traits::{Actor, Object};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use db::accounts::{self, Account};
use db::actors;
use db::statuses::{self, Status};
use serde_json::Value;
use url::Url;

use crate::documents;
use crate::fetching::{self, Budget};
use crate::notes::arrival::Cause;
use crate::outgoing::actor_document;
use crate::{Error, Federation};

/// An account with its actor.
#[derive(Clone, Debug)]
pub struct FederatedAccount {
    id: Url,
    /// The row of `accounts`.
    pub account: Account,
    /// The row of `actors`.
    pub actor: actors::Actor,
}

/// A status that is known here.
#[derive(Clone, Debug)]
pub struct FederatedStatus {
    id: Url,
    /// The row.
    pub status: Status,
}

#[async_trait]
impl Object for FederatedAccount {
    type DataType = Federation;
    type Kind = Value;
    type Error = Error;

    fn id(&self) -> &Url {
        &self.id
    }

    fn last_refreshed_at(&self) -> Option<DateTime<Utc>> {
        Some(self.actor.fetched_at)
    }

    async fn read_from_id(id: Url, data: &Data<Federation>) -> Result<Option<Self>, Error> {
        let mut conn = data.app.conn().await?;
        let Some(account) = accounts::find_by_uri(&mut conn, id.as_str()).await? else { return Ok(None) };
        let actor = actors::find(&mut conn, account.id).await?;
        Ok(actor.map(|actor| Self { id, account, actor }))
    }

    fn is_deleted(&self) -> bool {
        self.account.suspended_at.is_some()
    }

    async fn into_json(self, data: &Data<Federation>) -> Result<Value, Error> {
        if !self.account.is_local() {
            return Err(Error::NotFound);
        }
        let mut conn = data.app.conn().await?;
        let document = actor_document(data, &mut conn, &self.account).await?.ok_or(Error::NotFound)?;
        Ok(serde_json::to_value(document)?)
    }

    async fn verify(json: &Value, expected_domain: &Url, data: &Data<Federation>) -> Result<(), Error> {
        let parsed = crate::actors::parse(json, None).map_err(Error::Malformed)?;
        if data.app.urls.is_ours(&parsed.remote.new.uri) {
            return Err(Error::malformed("The id is ours"));
        }
        verify_domains_match(&parsed.remote.new.uri.parse()?, expected_domain)?;
        Ok(())
    }

    async fn from_json(json: Value, data: &Data<Federation>) -> Result<Self, Error> {
        let (account, actor) = fetching::ingest(data, &json, None, None).await?;
        Ok(Self { id: account.uri.parse()?, account, actor })
    }
}

impl Actor for FederatedAccount {
    fn public_key_pem(&self) -> &str {
        &self.actor.public_key_pem
    }

    /// Never: private keys stay in the keyring of `services`.
    fn private_key_pem(&self) -> Option<String> {
        None
    }

    fn inbox(&self) -> Url {
        self.actor.inbox_url.parse().unwrap_or_else(|_| self.id.clone())
    }

    fn shared_inbox(&self) -> Option<Url> {
        self.actor.shared_inbox_url.as_ref()?.parse().ok()
    }
}

#[async_trait]
impl Object for FederatedStatus {
    type DataType = Federation;
    type Kind = Value;
    type Error = Error;

    fn id(&self) -> &Url {
        &self.id
    }

    async fn read_from_id(id: Url, data: &Data<Federation>) -> Result<Option<Self>, Error> {
        let mut conn = data.app.conn().await?;
        let status = statuses::find_by_uri(&mut conn, id.as_str()).await?;
        Ok(status.map(|status| Self { id, status }))
    }

    fn is_deleted(&self) -> bool {
        self.status.deleted_at.is_some()
    }

    /// As strangers see it: what is not for everybody is not found.
    async fn into_json(self, data: &Data<Federation>) -> Result<Value, Error> {
        if !self.status.local || self.status.reblog_of_id.is_some() {
            return Err(Error::NotFound);
        }
        let mut conn = data.app.conn().await?;
        let view = db::status_views::find(&mut conn, None, self.status.id).await?;
        let named = db::mentions::addressees(&mut conn, &[self.status.id]).await?;
        let named: Vec<String> = named.into_values().flatten().map(|(_, uri)| uri).collect();
        Ok(serde_json::to_value(documents::note(&data.app.urls, &view, &named))?)
    }

    async fn verify(json: &Value, expected_domain: &Url, data: &Data<Federation>) -> Result<(), Error> {
        let id: Url =
            crate::json::id(json).ok_or_else(|| Error::malformed("The object has no id"))?.parse()?;
        if data.app.urls.is_ours(id.as_str()) {
            return Err(Error::malformed("The id is ours"));
        }
        verify_domains_match(&id, expected_domain)?;
        let author = crate::json::author(json).ok_or_else(|| Error::malformed("No author"))?;
        verify_domains_match(&id, &author.parse()?)?;
        Ok(())
    }

    async fn from_json(json: Value, data: &Data<Federation>) -> Result<Self, Error> {
        let cause = Cause::Fetched { thread: false };
        let status = fetching::ingest_status(data, &json, cause, &Budget::new()).await?;
        Ok(Self { id: status.uri.parse()?, status })
    }
}
