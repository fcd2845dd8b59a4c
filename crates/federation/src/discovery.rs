//! How others find out who and what is here: WebFinger (RFC 7033), host-meta (RFC 6415), NodeInfo.

use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use config::Registrations;
use db::accounts::{self, Account};
use http::HeaderValue;
use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CONTENT_TYPE};
use serde::Deserialize;
use serde_json::{Value, json};
use services::Urls;

use crate::documents::username_of;
use crate::{Error, Federation};

/// The routes under `/.well-known` and `/nodeinfo` that federation needs.
pub(crate) fn router() -> Router<Federation> {
    Router::new()
        .route("/.well-known/webfinger", get(webfinger))
        .route("/.well-known/host-meta", get(host_meta))
        .route("/.well-known/host-meta.json", get(host_meta_json))
        .route("/.well-known/nodeinfo", get(nodeinfo_links))
        .route("/nodeinfo/2.0", get(|state| nodeinfo(state, "2.0")))
        .route("/nodeinfo/2.1", get(|state| nodeinfo(state, "2.1")))
        .layer(axum::middleware::map_response(open_to_all))
}

/// Scripts of other sites may read these.
async fn open_to_all(mut response: Response) -> Response {
    response.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}

fn typed(content_type: &'static str, body: impl IntoResponse) -> Response {
    let mut response = body.into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

#[derive(Deserialize)]
struct Asked {
    resource: Option<String>,
}

async fn webfinger(
    State(f): State<Federation>,
    asked: Result<Query<Asked>, axum::extract::rejection::QueryRejection>,
) -> Result<Response, Error> {
    let Query(asked) = asked.map_err(|error| Error::malformed(error.body_text()))?;
    let resource = asked.resource.ok_or_else(|| Error::malformed("The parameter resource is missing"))?;
    let subject = Subject::parse(&f.app.urls, &resource)?;
    let mut conn = f.app.conn().await?;
    let found = match &subject {
        Subject::Instance => accounts::instance_actor(&mut conn).await?,
        Subject::Name(name) => accounts::find_by_handle(&mut conn, name, None)
            .await?
            .filter(|account| !account.is_instance_actor()),
    };
    match found {
        Some(account) if account.suspended_at.is_some() => Err(Error::Gone),
        Some(account) => Ok(typed("application/jrd+json", Json(jrd(&f.app.urls, &account)))),
        None => {
            let Subject::Name(name) = subject else { return Err(Error::NotFound) };
            let uri = f.app.urls.actor(&name.to_ascii_lowercase());
            let gone = db::tombstones::exists(&mut conn, &uri, &uri).await?;
            Err(if gone { Error::Gone } else { Error::NotFound })
        }
    }
}

/// Whom a `resource` means.
#[derive(Debug, PartialEq, Eq)]
enum Subject {
    /// A local account, by its name as it was written.
    Name(String),
    /// The instance actor.
    Instance,
}

impl Subject {
    /// Reads `acct:user@domain` (with either of our domains), the id of an actor, or the address of a profile.
    fn parse(urls: &Urls, resource: &str) -> Result<Self, Error> {
        if resource.len() > 2_048 {
            return Err(Error::malformed("The resource is too long"));
        }
        if resource.starts_with("http://") || resource.starts_with("https://") {
            return Self::of_url(urls, resource);
        }
        let handle = resource.strip_prefix("acct:").unwrap_or(resource);
        let handle = handle.strip_prefix('@').unwrap_or(handle);
        let (name, domain) = handle
            .rsplit_once('@')
            .filter(|(name, domain)| !name.is_empty() && !domain.is_empty())
            .ok_or_else(|| Error::malformed("The resource is neither acct:user@domain nor a URL"))?;
        let ours = |text: &str| [urls.domain(), urls.host()].iter().any(|own| own.eq_ignore_ascii_case(text));
        match ours(domain) {
            false => Err(Error::NotFound),
            true if ours(name) => Ok(Self::Instance),
            true => Ok(Self::Name(name.to_owned())),
        }
    }

    fn of_url(urls: &Urls, url: &str) -> Result<Self, Error> {
        let path = url.strip_prefix(urls.base()).ok_or(Error::NotFound)?;
        let name = match path {
            "" | "/" | "/actor" => return Ok(Self::Instance),
            _ => path.strip_prefix("/users/").or_else(|| path.strip_prefix("/@")).ok_or(Error::NotFound)?,
        };
        let plain =
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b));
        if plain { Ok(Self::Name(name.to_owned())) } else { Err(Error::NotFound) }
    }
}

/// The JRD of a local account.
fn jrd(urls: &Urls, account: &Account) -> Value {
    let subject = format!("acct:{}@{}", username_of(urls, account), urls.domain());
    let itself = json!({ "rel": "self", "type": "application/activity+json", "href": account.uri });
    if account.is_instance_actor() {
        return json!({ "subject": subject, "aliases": [account.uri], "links": [itself] });
    }
    let page = urls.profile(&account.username);
    json!({
        "subject": subject,
        "aliases": [account.uri, page],
        "links": [
            { "rel": "http://webfinger.net/rel/profile-page", "type": "text/html", "href": page },
            itself,
            {
                "rel": "http://ostatus.org/schema/1.0/subscribe",
                "template": urls.at("/authorize_interaction?uri={uri}"),
            },
        ],
    })
}

fn lookup_template(urls: &Urls) -> String {
    urls.at("/.well-known/webfinger?resource={uri}")
}

async fn host_meta(State(f): State<Federation>) -> Response {
    let template = lookup_template(&f.app.urls);
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <XRD xmlns=\"http://docs.oasis-open.org/ns/xri/xrd-1.0\">\n  \
         <Link rel=\"lrdd\" type=\"application/jrd+json\" template=\"{template}\"/>\n</XRD>\n"
    );
    typed("application/xrd+xml; charset=utf-8", body)
}

async fn host_meta_json(State(f): State<Federation>) -> Response {
    let link = json!({
        "rel": "lrdd", "type": "application/jrd+json", "template": lookup_template(&f.app.urls),
    });
    typed("application/json", Json(json!({ "links": [link] })))
}

async fn nodeinfo_links(State(f): State<Federation>) -> Json<Value> {
    let link = |version: &str| {
        json!({
            "rel": format!("http://nodeinfo.diaspora.software/ns/schema/{version}"),
            "href": f.app.urls.at(&format!("/nodeinfo/{version}")),
        })
    };
    let application = json!({
        "rel": "https://www.w3.org/ns/activitystreams#Application",
        "href": f.app.urls.actor(accounts::INSTANCE_ACTOR),
    });
    Json(json!({ "links": [link("2.0"), link("2.1"), application] }))
}

async fn nodeinfo(State(f): State<Federation>, version: &'static str) -> Result<Response, Error> {
    let totals = services::numbers::totals(&f.app).await?;
    let usage = totals.users;
    let instance = &f.app.config.instance;
    let mut software = json!({ "name": "stoa", "version": env!("CARGO_PKG_VERSION") });
    if version == "2.1" {
        software["homepage"] = json!(f.app.urls.base());
        if let Some(source) = &instance.source_url {
            software["repository"] = json!(source);
        }
    }
    let body = json!({
        "version": version,
        "software": software,
        "protocols": ["activitypub"],
        "services": { "inbound": [], "outbound": [] },
        "openRegistrations": instance.registrations != Registrations::Closed,
        "usage": {
            "users": {
                "total": usage.total,
                "activeMonth": usage.active_month,
                "activeHalfyear": usage.active_half_year,
            },
            "localPosts": totals.statuses,
        },
        // Client libraries decide by `upstream` whether they may speak the Mastodon API.
        "metadata": {
            "nodeName": instance.title,
            "nodeDescription": instance.description,
            "upstream": { "name": "mastodon" },
        },
    });
    let content_type = match version {
        "2.1" => {
            r#"application/json; profile="http://nodeinfo.diaspora.software/ns/schema/2.1#"; charset=utf-8"#
        }
        _ => r#"application/json; profile="http://nodeinfo.diaspora.software/ns/schema/2.0#"; charset=utf-8"#,
    };
    Ok(typed(content_type, Json(body)))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;
    use crate::documents::tests::{account, urls};

    fn subject(resource: &str) -> Result<Subject, u16> {
        Subject::parse(&urls(), resource).map_err(|error| error.status().as_u16())
    }

    #[test]
    fn resources_in_every_spelling() {
        let alice = || Ok(Subject::Name("alice".to_owned()));
        for resource in [
            "acct:alice@us.example",
            "acct:@alice@us.example",
            "alice@US.example",
            "https://us.example/users/alice",
            "https://us.example/@alice",
        ] {
            assert_eq!(subject(resource), alice(), "{resource}");
        }
        for resource in ["acct:us.example@us.example", "https://us.example", "https://us.example/actor"] {
            assert_eq!(subject(resource), Ok(Subject::Instance), "{resource}");
        }
    }

    #[test]
    fn what_is_not_ours_is_not_found_and_nonsense_is_refused() {
        for resource in [
            "acct:alice@other.example",
            "https://other.example/users/alice",
            "https://us.example.evil.example/users/alice",
            "https://us.example/users/alice/statuses/1",
            "https://us.example/users/",
        ] {
            assert_eq!(subject(resource), Err(404), "{resource}");
        }
        for resource in ["", "acct:", "alice", "acct:alice", "acct:@us.example", "acct:alice@", "mailto:x"] {
            assert_eq!(subject(resource), Err(400), "{resource:?}");
        }
        assert_eq!(subject(&"a".repeat(3_000)), Err(400));
    }

    #[test]
    fn one_self_link_with_the_id() {
        let jrd = jrd(&urls(), &account("alice"));
        assert_eq!(jrd["subject"], "acct:alice@us.example");
        let links = jrd["links"].as_array().unwrap();
        let selves: Vec<_> = links.iter().filter(|link| link["rel"] == "self").collect();
        assert_eq!(selves.len(), 1);
        assert_eq!(selves[0]["href"], "https://us.example/users/alice");
        assert_eq!(selves[0]["type"], "application/activity+json");
        let subscribe = links.iter().find(|link| link["rel"] == "http://ostatus.org/schema/1.0/subscribe");
        assert_eq!(subscribe.unwrap()["template"], "https://us.example/authorize_interaction?uri={uri}");
        let instance = super::jrd(&urls(), &account(accounts::INSTANCE_ACTOR));
        assert_eq!(instance["subject"], "acct:us.example@us.example");
    }
}
