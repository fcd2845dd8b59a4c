//! Who may come in: limits, blocks, digest, signature, key owner, in this order, and nothing of the activity
//! is believed before all of them hold (federation 7b, 8; security F1 to F6, S10).

mod allowance;
pub(crate) mod envelope;
mod keys;
mod policy;

use db::AccountId;
use db::connect::Pooled;
use http::{HeaderMap, Method};
use signatures::{Incoming, Parsed};
use std::sync::Arc;
use std::time::SystemTime;

use crate::error::Error;
use crate::{Federation, json};
pub(crate) use allowance::Allowance;
use envelope::Envelope;
use keys::Refetched;
pub(crate) use keys::{KeyCache, KeyOwner};

/// What the gate makes of a request.
#[derive(Debug)]
pub(crate) enum Passage {
    /// It is signed by the owner of its actor, who is this account.
    Verified(AccountId),
    /// The actor, this account, is gone with its key, and this may be what its server has to say of that. The
    /// signature proves nothing: nothing in the activity may be believed but that.
    Gone(AccountId),
    /// There is nothing to do; the peer is told that all is well.
    Nothing,
}

/// Checks an activity: its request as it came (method, original path and query, headers, raw body) and what
/// its envelope says. `again`: whether it is of interest although its id is known.
pub(crate) async fn verify_post(
    f: &Federation,
    request: &Incoming<'_>,
    body: &[u8],
    envelope: &Envelope,
    again: bool,
) -> Result<Passage, Error> {
    let parsed = signatures::parse(request.headers).map_err(unsigned)?;
    let key_host = policy::host_of_key(&f.app.urls, parsed.key_id())?;
    policy::check_ids(&f.app.urls, envelope)?;
    let admission = {
        let mut conn = f.app.conn().await?;
        let admission = db::instances::admission(&mut conn, key_host, &envelope.id).await?;
        if admission.blocked {
            return Err(Error::Forbidden("This host is blocked here".to_owned()));
        }
        if is_stranger_about_itself(&mut conn, envelope).await? {
            return Ok(Passage::Nothing);
        }
        admission
    };
    signatures::check_digest(request.headers, body).map_err(unsigned)?;
    parsed.check_policy(request, true, f.app.urls.host(), SystemTime::now()).map_err(unsigned)?;
    let owner = match authenticate(f, request, &parsed).await? {
        Ok(owner) => owner,
        // The key is gone with its actor: this is what a deletion looks like (7.29).
        Err(owner) if envelope.is_about_itself("Delete") && owner.actor == envelope.actor => {
            return Ok(Passage::Gone(owner.account));
        }
        Err(_) => return Err(Error::unauthorized("The actor that owns the key is gone")),
    };
    if owner.actor != envelope.actor {
        return Err(Error::unauthorized("The activity's actor is not the owner of the key that signed it"));
    }
    if admission.received && !again {
        return Ok(Passage::Nothing);
    }
    Ok(Passage::Verified(owner.account))
}

/// Who signed a GET, if the signature is good (2.9: a bad one is like none).
pub(crate) async fn verify_get(
    f: &Federation,
    method: &Method,
    path_and_query: &str,
    headers: &HeaderMap,
) -> Option<AccountId> {
    let parsed = signatures::parse(headers).ok()?;
    let request = Incoming { method, path_and_query, headers };
    parsed.check_policy(&request, false, f.app.urls.host(), SystemTime::now()).ok()?;
    let host = policy::host_of_key(&f.app.urls, parsed.key_id()).ok()?;
    if db::instances::is_blocked(&mut *f.app.conn().await.ok()?, host).await.ok()? {
        return None;
    }
    let owner = authenticate(f, &request, &parsed).await.ok()?.ok()?;
    (!owner.suspended).then_some(owner.account)
}

/// The owner of the key that made this signature; a key that does not fit any more is asked for again, once.
/// The inner error is the owner whose actor turned out to be gone.
async fn authenticate(
    f: &Federation,
    request: &Incoming<'_>,
    parsed: &Parsed,
) -> Result<Result<Arc<KeyOwner>, Arc<KeyOwner>>, Error> {
    let (owner, cached) = f.keys.find(f, parsed.key_id()).await?;
    let verified = parsed.verify(request, &owner.key);
    let Err(error) = verified else { return Ok(Ok(owner)) };
    if !cached {
        return Err(unsigned(error));
    }
    match f.keys.refetch(f, &owner).await {
        Refetched::Key(now) if now.key_id == parsed.key_id() => {
            parsed.verify(request, &now.key).map_err(unsigned)?;
            Ok(Ok(now))
        }
        Refetched::Gone => Ok(Err(owner)),
        Refetched::Busy => Err(Error::Busy),
        Refetched::Key(_) | Refetched::Failed => Err(unsigned(error)),
    }
}

/// Deletions and changes of actors that were never met: most of the traffic of a large network, and nothing
/// to be done about (7.29).
async fn is_stranger_about_itself(conn: &mut Pooled, envelope: &Envelope) -> Result<bool, Error> {
    if !envelope.is_about_itself("Delete") && !envelope.is_about_itself("Update") {
        return Ok(false);
    }
    Ok(db::accounts::find_by_uri(conn, &envelope.actor).await?.is_none())
}

/// What is wrong with a signature, for the admin of the peer.
fn unsigned(error: signatures::Error) -> Error {
    Error::Unauthorized(error.to_string())
}

/// Whether an activity of this actor may have this id (7.28).
fn fits(id: &str, actor: &str) -> bool {
    json::same_origin(id, actor)
}
