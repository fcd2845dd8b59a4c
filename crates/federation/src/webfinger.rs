//! Asking who a handle is (RFC 7033; federation 1.14 to 1.18), and making sure of it.

use std::time::Duration;

use fetch::Error::{Gone, NotFound};
use serde_json::Value;
use text::Handle;
use tokio::time::timeout;

use crate::fault::Fault;
use crate::{Federation, actors, json};

/// Longest answer, in bytes.
const LONGEST: usize = 256 * 1024;
/// How long an actor's first visit waits for its handle to be confirmed.
const PATIENCE: Duration = Duration::from_secs(4);

/// What a server says of one of its handles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finger {
    /// The handle as the server writes it.
    pub(crate) subject: Handle,
    /// The id of the actor.
    pub(crate) actor: String,
}

/// Asks the domain of a handle who it is.
pub(crate) async fn lookup(f: &Federation, handle: &Handle) -> Result<Finger, Fault> {
    let domain = handle.domain.as_deref().ok_or_else(|| Fault::odd("the handle has no domain"))?;
    if domain == f.app.urls.domain() || domain == f.app.urls.host() {
        return Err(Fault::odd("the handle is ours"));
    }
    if db::instances::is_blocked(&mut *f.app.conn().await?, domain).await? {
        return Err(Fault::odd("its host is blocked"));
    }
    let acct = format!("acct:{}@{domain}", handle.username);
    let mut last = Fault::Gone;
    for scheme in schemes(f) {
        match ask(f, &format!("{scheme}://{domain}"), &acct).await {
            Ok(document) => return read(&document).ok_or_else(|| Fault::odd("WebFinger names no actor")),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// In development both, ours first; else https only.
fn schemes(f: &Federation) -> Vec<&'static str> {
    match (f.app.config.federation.insecure_dev, f.app.urls.base().starts_with("http:")) {
        (true, true) => vec!["http", "https"],
        (true, false) => vec!["https", "http"],
        (false, _) => vec!["https"],
    }
}

async fn ask(f: &Federation, base: &str, acct: &str) -> Result<Value, Fault> {
    let query = escaped(acct);
    let url = f.client.check_url(&format!("{base}/.well-known/webfinger?resource={query}"))?;
    let accept = "application/jrd+json, application/json";
    match f.client.get_json(&url, accept, LONGEST).await {
        Ok(document) => Ok(document.body),
        Err(NotFound | Gone | fetch::Error::Malformed(_) | fetch::Error::Status { code: 400, .. }) => {
            let url = f.client.check_url(&format!("{base}/.well-known/host-meta"))?;
            let meta = f.client.get_bytes(&url, LONGEST, &[]).await?;
            let template = template(&String::from_utf8_lossy(&meta.bytes)).ok_or(Fault::Gone)?;
            let url = f.client.check_url(&template.replace("{uri}", &query))?;
            Ok(f.client.get_json(&url, accept, LONGEST).await?.body)
        }
        Err(error) => Err(error.into()),
    }
}

/// `acct:a@b:80` as a query's value.
fn escaped(acct: &str) -> String {
    acct.replace('%', "%25").replace(':', "%3A").replace('@', "%40").replace('[', "%5B").replace(']', "%5D")
}

/// The `lrdd` template of a host-meta document (RFC 6415), which is looked for and not parsed.
fn template(xrd: &str) -> Option<String> {
    let link = xrd.split('<').find(|tag| {
        tag.starts_with("Link") && (tag.contains("rel=\"lrdd\"") || tag.contains("rel='lrdd'"))
    })?;
    let (_, value) = link.split_once("template=")?;
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let template = value[1..].split(quote).next()?.replace("&amp;", "&");
    template.contains("{uri}").then_some(template)
}

/// Subject and the one ActivityPub `self` link.
fn read(document: &Value) -> Option<Finger> {
    let subject = json::text(document, "subject")?;
    let subject = Handle::parse(subject).ok().filter(|handle| handle.domain.is_some())?;
    let is_actor = |link: &&Value| {
        let kind = json::text(link, "type").unwrap_or_default();
        json::text(link, "rel") == Some("self")
            && (kind.starts_with("application/activity+json")
                || (kind.starts_with("application/ld+json")
                    && kind.contains("https://www.w3.org/ns/activitystreams")))
    };
    let link = json::many(document, "links").find(is_actor)?;
    Some(Finger { subject, actor: json::web_url(json::text(link, "href")?)? })
}

/// The handle that an actor goes by, and whether `WebFinger` confirms it: the subject that its own host
/// gives, if the subject's domain names the same actor; else `preferredUsername` at its host.
///
/// # Errors
/// [`Fault::Odd`] when the handle belongs to another actor of that host.
pub(crate) async fn confirm(f: &Federation, actor: &str, own: Handle) -> Result<(Handle, bool), Fault> {
    let asked = async {
        let first = lookup(f, &own).await?;
        if first.actor != actor {
            return Ok(None);
        }
        if first.subject.is_same_as(&own) {
            return Ok(Some(first.subject));
        }
        let second = lookup(f, &first.subject).await;
        let confirmed = second.is_ok_and(|second| second.actor == actor);
        Ok::<_, Fault>(Some(if confirmed { first.subject } else { own.clone() }))
    };
    match timeout(PATIENCE, asked).await {
        Ok(Ok(Some(handle))) => Ok((handle, true)),
        Ok(Ok(None)) => Err(Fault::odd("its handle belongs to another actor")),
        Ok(Err(fault)) => {
            tracing::debug!(actor, "The handle is not confirmed: {fault}");
            Ok((own, false))
        }
        Err(_) => Ok((own, false)),
    }
}

/// The handle under which an actor, found by asking for `asked`, is to be kept.
pub(crate) async fn settle(
    f: &Federation,
    finger: &Finger,
    asked: &Handle,
    document: &Value,
) -> Result<Option<Handle>, Fault> {
    let parsed = actors::parse(document, None).map_err(Fault::Odd)?;
    let id = &parsed.remote.new.uri;
    // The domain that was asked has named this actor, and calls it what it was asked for.
    if finger.actor == *id && finger.subject.is_same_as(asked) {
        let own = parsed.handle.is_same_as(asked);
        let round = own || lookup(f, &parsed.handle).await.is_ok_and(|finger| finger.actor == *id);
        return Ok(round.then(|| finger.subject.clone()));
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn answers_are_read() {
        let document = json!({"subject": "acct:Bob@a.example", "links": [
            {"rel": "http://webfinger.net/rel/profile-page", "type": "text/html", "href": "https://a.example/@bob"},
            {"rel": "self", "type": "application/json", "href": "https://a.example/no"},
            {"rel": "self", "type": "application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\"", "href": "https://a.example/users/bob"},
        ]});
        let finger = read(&document).expect("it is good");
        assert_eq!(
            (finger.subject.to_string(), finger.actor.as_str()),
            ("Bob@a.example".to_owned(), "https://a.example/users/bob")
        );
        for bad in [
            json!(null),
            json!({"links": []}),
            json!({"subject": "acct:bob", "links": document["links"]}),
            json!({"subject": "acct:bob@a.example", "links": {"rel": "self"}}),
        ] {
            assert_eq!(read(&bad), None, "{bad}");
        }
    }

    #[test]
    fn host_meta_names_a_template() {
        let xrd = r#"<?xml version="1.0"?><XRD><Link rel="x" template="https://a/{uri}"/><Link rel="lrdd" type="application/xrd+xml" template="https://a.example/.well-known/webfinger?x=1&amp;resource={uri}"/></XRD>"#;
        let expected = "https://a.example/.well-known/webfinger?x=1&resource={uri}";
        assert_eq!(template(xrd).as_deref(), Some(expected));
        assert_eq!(template("<Link rel=\"lrdd\" template=é>"), None);
        assert_eq!(escaped("acct:a@b:80"), "acct%3Aa%40b%3A80");
    }
}
