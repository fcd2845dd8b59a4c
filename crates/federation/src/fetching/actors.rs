//! Actors of other servers: found, fetched, refreshed.

use db::accounts::Account;
use db::actors::Actor;
use serde_json::Value;
use text::Handle;

use super::{Budget, document};
use crate::fault::Fault;
use crate::{Federation, actors, json, webfinger};

/// The account of an actor: from the database, or fetched.
pub(crate) async fn actor(f: &Federation, uri: &str, budget: &Budget) -> Result<Account, Fault> {
    if let Some(known) = db::accounts::find_by_uri(&mut *f.app.conn().await?, uri).await? {
        return Ok(known);
    }
    let document = document(f, uri, budget).await?;
    Ok(ingest(f, &document, None, None).await?.0)
}

/// Asks again for what is known of an account.
pub(crate) async fn refresh(f: &Federation, uri: &str, budget: &Budget) -> Result<(Account, Actor), Fault> {
    let document = document(f, uri, budget).await?;
    if json::id(&document) != Some(uri) {
        return Err(Fault::odd("the actor has another id now"));
    }
    ingest(f, &document, None, None).await
}

/// Takes in what a document, which speaks for its id, says of an actor. `key`: the key that is wanted of
/// several. `confirmed`: the handle that `WebFinger` has confirmed already.
pub(crate) async fn ingest(
    f: &Federation,
    document: &Value,
    key: Option<&str>,
    confirmed: Option<Handle>,
) -> Result<(Account, Actor), Fault> {
    let mut parsed = actors::parse(document, key).map_err(Fault::Odd)?;
    parsed.keep_files(|url| f.client.check_url(url).is_ok());
    let uri = parsed.remote.new.uri.clone();
    if f.app.urls.is_ours(&uri) {
        return Err(Fault::odd("the actor claims to be ours"));
    }
    if db::instances::host_of(&uri).is_none() {
        return Err(Fault::odd("the actor's host is not written in lower case and A-labels"));
    }
    f.client.check_url(&parsed.remote.actor.inbox_url)?;
    let known = db::accounts::find_by_uri(&mut *f.app.conn().await?, &uri).await?;
    if known.is_none() {
        let (handle, sure) = match confirmed {
            Some(handle) => (handle, true),
            None => webfinger::confirm(f, &uri, parsed.handle.clone()).await?,
        };
        let domain = handle.domain.as_deref();
        if domain.is_none() || domain == Some(f.app.urls.domain()) || domain == Some(f.app.urls.host()) {
            return Err(Fault::odd("the actor claims a handle of ours"));
        }
        let mut conn = f.app.conn().await?;
        if !sure && db::accounts::find_by_handle(&mut conn, &handle.username, domain).await?.is_some() {
            return Err(Fault::odd("the actor's handle belongs to another actor"));
        }
        parsed.remote.new.username = handle.username;
        parsed.remote.new.domain = handle.domain;
    }
    let actor = parsed.remote.actor.clone();
    let account = services::accounts::receive(&f.app, parsed.remote).await?;
    let actor = Actor { account_id: account.id, ..actor };
    f.keys.learn(&account, &actor);
    Ok((account, actor))
}
