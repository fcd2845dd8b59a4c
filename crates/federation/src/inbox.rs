//! The inbox believes what the gate lets through, keeps it, and answers; what it means is found out by the job.

use std::time::Duration;

use axum::body::to_bytes;
use axum::extract::{OriginalUri, Request, State};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use chrono::Utc;
use db::AccountId;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use jobs::{Job, Queue};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use signatures::Incoming;

use crate::activities::{self, Received};
use crate::error::Error;
use crate::fault::Fault;
use crate::fetching::{self, Budget};
use crate::gate::envelope::Envelope;
use crate::gate::{self, Passage};
use crate::{Federation, json};

/// After this long an actor that we hear of is asked for again (3.15).
const STALE: chrono::Duration = chrono::Duration::days(1);

/// An activity that passed the gate.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct InboxJob {
    /// The body as it came, without NUL characters.
    pub activity: String,
    /// Its id.
    pub id: String,
    /// The id of its actor, which signed it.
    pub actor: String,
    /// The actor's account.
    pub account: AccountId,
    /// The owner of the inbox, if it was not the shared one.
    #[serde(default)]
    pub recipient: Option<AccountId>,
}

impl Job for InboxJob {
    const KIND: &'static str = "inbox";
    const QUEUE: Queue = Queue::INBOX;
    const MAX_ATTEMPTS: i32 = 8;
    const TIMEOUT: Duration = Duration::from_mins(2);

    fn dedup_key(&self) -> Option<String> {
        // Ids are longer together than a key of an index may be.
        let mut hash = Sha256::new();
        for part in [&self.id, &self.actor] {
            hash.update(part);
            hash.update([0]);
        }
        let recipient = self.recipient.map(|id| id.to_string()).unwrap_or_default();
        Some(format!("{} {recipient}", URL_SAFE_NO_PAD.encode(hash.finalize())))
    }
}

/// `POST /inbox`, `/users/{name}/inbox` and `/actor/inbox`.
pub async fn receive(State(f): State<Federation>, request: Request) -> Result<StatusCode, Error> {
    let (parts, body) = request.into_parts();
    check_content_type(&parts.headers)?;
    check_encoding(&parts.headers)?;
    let limit = f.app.config.server.max_json_bytes;
    let body = to_bytes(body, limit).await.map_err(|_| Error::TooLarge)?;
    accept(&f, parts, body).await.map(|()| StatusCode::ACCEPTED)
}

async fn accept(f: &Federation, mut parts: Parts, body: Bytes) -> Result<(), Error> {
    let uri = parts.extensions.get::<OriginalUri>().map_or_else(|| parts.uri.clone(), |uri| uri.0.clone());
    let envelope = Envelope::read(&body)?;
    let recipient = recipient(f, uri.path()).await?;
    // Over HTTP/2 the host is in the request line.
    if let Some(authority) = uri.authority()
        && !parts.headers.contains_key(header::HOST)
        && let Ok(host) = HeaderValue::from_str(authority.as_str())
    {
        parts.headers.insert(header::HOST, host);
    }
    let request = Incoming {
        method: &parts.method,
        path_and_query: uri.path_and_query().map_or(uri.path(), http::uri::PathAndQuery::as_str),
        headers: &parts.headers,
    };
    // The same post in another inbox is for one reader more (11.6).
    let again = recipient.is_some() && envelope.kind == "Create";
    let (account, activity) = match gate::verify_post(f, &request, &body, &envelope, again).await? {
        Passage::Verified(account) => {
            (account, String::from_utf8(body.into()).map_err(|_| Error::malformed("The body is not UTF-8"))?)
        }
        Passage::Gone(account) => (account, farewell(&envelope)),
        Passage::Nothing => return Ok(()),
    };
    let host = db::instances::host_of(&envelope.actor);
    f.allowance.take(host.unwrap_or_default())?;
    let mut conn = f.app.conn().await?;
    if let Some(host) = host.filter(|host| f.keys.is_news(host)) {
        db::instances::seen(&mut conn, host).await?;
    }
    if !activities::is_known(&envelope.kind) {
        return Ok(());
    }
    let job = InboxJob { activity, id: envelope.id, actor: envelope.actor, account, recipient };
    jobs::enqueue(&mut conn, &job).await?;
    Ok(())
}

/// What is left of a deletion that nobody can sign any more: that the actor is gone, which its server says.
fn farewell(envelope: &Envelope) -> String {
    let actor = &envelope.actor;
    serde_json::json!({ "id": envelope.id, "type": "Delete", "actor": actor, "object": actor }).to_string()
}

/// The digest is of the bytes as they come, and nothing is unpacked here (A5).
fn check_encoding(headers: &HeaderMap) -> Result<(), Error> {
    let mut encodings = headers.get_all(header::CONTENT_ENCODING).iter();
    let plain = encodings.all(|value| value.as_bytes().eq_ignore_ascii_case(b"identity"));
    if plain { Ok(()) } else { Err(Error::Encoding) }
}

/// Only what browsers cannot send from forms (8.2, F18).
fn check_content_type(headers: &HeaderMap) -> Result<(), Error> {
    let mut values = headers.get_all(header::CONTENT_TYPE).iter();
    let essence =
        values.next().and_then(|value| value.to_str().ok()).and_then(|value| value.split(';').next());
    let essence = essence.unwrap_or_default().trim().to_ascii_lowercase();
    let fits = matches!(essence.as_str(), "application/activity+json" | "application/ld+json");
    if fits && values.next().is_none() { Ok(()) } else { Err(Error::MediaType) }
}

/// The owner of a personal inbox; nobody for the shared one and the instance actor's.
async fn recipient(f: &Federation, path: &str) -> Result<Option<AccountId>, Error> {
    let Some(name) = path.strip_prefix("/users/").and_then(|rest| rest.strip_suffix("/inbox")) else {
        return Ok(None);
    };
    let account = db::accounts::find_by_handle(&mut *f.app.conn().await?, name, None).await?;
    match account.filter(|account| !account.is_instance_actor()) {
        Some(account) if account.suspended_at.is_some() => Err(Error::Gone),
        Some(account) => Ok(Some(account.id)),
        None => Err(Error::NotFound),
    }
}

/// Does what an activity says. May run twice: everything behind it is idempotent.
pub async fn process(f: Federation, job: InboxJob) -> anyhow::Result<()> {
    match Box::pin(carry_out(&f, &job)).await {
        Ok(()) => {}
        Err(Fault::Temporary(error)) => return Err(error),
        Err(fault) => {
            tracing::debug!(activity.id = job.id, actor = job.actor, "An activity had no effect: {fault}");
        }
    }
    db::tombstones::receive(&mut *f.app.conn().await?, &job.id).await?;
    Ok(())
}

async fn carry_out(f: &Federation, job: &InboxJob) -> Result<(), Fault> {
    let found = db::actors::find_with_account(&mut *f.app.conn().await?, job.account).await?;
    let (account, actor) = found.ok_or(Fault::Gone)?;
    if account.uri != job.actor {
        return Err(Fault::odd("the account has another actor now"));
    }
    let document = json::parse(&job.activity).map_err(|error| Fault::Odd(error.to_string()))?;
    let stale = actor.fetched_at < Utc::now() - STALE;
    let budget = Budget::new();
    let received = Received::new(document, account, actor, job.recipient, budget.clone())?;
    if received.uri != job.id {
        return Err(Fault::odd("the activity has another id inside"));
    }
    let is_last_word = received.is_farewell();
    Box::pin(activities::carry_out(f, received)).await?;
    if stale
        && !is_last_word
        && let Err(fault) = fetching::refresh(f, &job.actor, &budget).await
    {
        tracing::debug!(actor = job.actor, "The actor could not be refreshed: {fault}");
    }
    Ok(())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn only_activities_by_content_type() {
        let check = |value: &str| {
            let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, value.parse().unwrap())]);
            check_content_type(&headers).is_ok()
        };
        assert!(check("application/activity+json"));
        assert!(check("Application/LD+json; profile=\"https://www.w3.org/ns/activitystreams\""));
        for bad in [
            "",
            "text/plain",
            "application/json",
            "text/plain; application/activity+json",
            "application/activity+jsonx",
        ] {
            assert!(!check(bad), "{bad}");
        }
        assert!(check_content_type(&HeaderMap::new()).is_err());
    }

    #[test]
    fn nothing_is_unpacked() {
        let check = |values: &[&'static str]| {
            let values = values.iter().map(|value| HeaderValue::from_static(value));
            check_encoding(&values.map(|value| (header::CONTENT_ENCODING, value)).collect()).is_ok()
        };
        assert!(check(&[]) && check(&["identity"]) && check(&["Identity"]));
        for bad in [&["gzip"][..], &["br"], &["identity, gzip"], &[""], &["identity", "gzip"]] {
            assert!(!check(bad), "{bad:?}");
        }
    }

    #[test]
    fn a_farewell_says_nothing_else() {
        let body = r#"{"id":"https://a.example/1","type":"Create","@type":"Delete","actor":"https://a.example/b","object":"https://a.example/b","content":"x"}"#;
        let envelope = Envelope { kind: "Delete".to_owned(), ..Envelope::read(body.as_bytes()).unwrap() };
        let left: serde_json::Value = serde_json::from_str(&farewell(&envelope)).unwrap();
        let actor = "https://a.example/b";
        let expected = serde_json::json!({ "id": "https://a.example/1", "type": "Delete", "actor": actor, "object": actor });
        assert_eq!(left, expected);
    }

    #[test]
    fn a_job_is_known_by_id_actor_and_inbox() {
        let job = InboxJob {
            activity: "{}".to_owned(),
            id: "https://a.example/1".to_owned(),
            actor: "https://a.example/b".to_owned(),
            account: AccountId(1),
            recipient: None,
        };
        let personal = InboxJob { recipient: Some(AccountId(2)), ..job.clone() };
        assert_ne!(job.dedup_key(), personal.dedup_key());
        let other = InboxJob { id: "https://a.example/1https://a.example".to_owned(), ..job.clone() };
        assert_ne!(job.dedup_key(), other.dedup_key());
        let long = InboxJob { id: format!("https://a.example/{}", "1".repeat(2_000)), ..personal.clone() };
        assert!(long.dedup_key().unwrap().len() < 100);
    }
}
