//! Reading a remote actor (federation 4.6 to 4.11): what the document says, checked and sanitised.

use chrono::Utc;
use db::AccountId;
use db::accounts::{Field, NewAccount, kind};
use db::actors::Actor;
use serde_json::Value;
use services::accounts::{RemoteAccount, RemoteEmoji};
use text::Handle;

use crate::json;
use crate::notes::{attachments, tags};

/// Characters of a name, and bytes of HTML of a biography or field, that are kept (4.11).
const MAX_NAME: usize = 500;
const MAX_NOTE: usize = 20 * 1024;
const MAX_FIELDS: usize = 16;
const MAX_ALIASES: usize = 20;
const MAX_WEBSITES: usize = 100;

/// What a document says of its actor.
#[derive(Clone, Debug)]
pub(crate) struct Parsed {
    /// `preferredUsername` at the host of the id; which handle it gets in the end, `WebFinger` says.
    pub(crate) handle: Handle,
    pub(crate) remote: RemoteAccount,
}

impl Parsed {
    /// Forgets pictures at addresses that are not `good`.
    pub(crate) fn keep_files(&mut self, good: impl Fn(&str) -> bool) {
        let new = &mut self.remote.new;
        for url in [&mut new.avatar_remote_url, &mut new.header_remote_url] {
            *url = url.take().filter(|url| good(url));
        }
        self.remote.emojis.retain(|emoji| good(&emoji.image_url));
    }
}

/// Whether a document is about an actor.
pub(crate) fn is_actor(document: &Value) -> bool {
    kind_of(document).is_some()
}

fn kind_of(document: &Value) -> Option<i16> {
    json::types(document).find_map(|name| match name {
        "Person" => Some(kind::PERSON),
        "Service" => Some(kind::SERVICE),
        "Group" => Some(kind::GROUP),
        "Organization" => Some(kind::ORGANIZATION),
        "Application" => Some(kind::APPLICATION),
        _ => None,
    })
}

/// Reads an actor. `key` names the key that is wanted, where an actor has several. The caller has made sure
/// that the document speaks for its id.
pub(crate) fn parse(document: &Value, key: Option<&str>) -> Result<Parsed, String> {
    let kind = kind_of(document).ok_or("it is not an actor")?;
    let id = json::id(document).and_then(json::web_url).ok_or("the actor has no usable id")?;
    let host = json_host(&id).ok_or("the actor's id has no host")?;
    let preferred = json::text(document, "preferredUsername").unwrap_or_default();
    let handle = handle(preferred, &host, kind).ok_or("preferredUsername is missing or no username")?;
    let inbox_url = json::web_link(document, "inbox").ok_or("the actor has no usable inbox")?;
    let (key_id, public_key_pem) = public_key(document, &id, key)?;
    let emojis: Vec<RemoteEmoji> = tags::emojis(document);
    let own = |name: &str| json::web_link(document, name).filter(|url| json::same_origin(url, &id));
    let endpoints = json::one(document, "endpoints").unwrap_or(&Value::Null);
    let shared = json::web_link(endpoints, "sharedInbox").filter(|url| json::same_origin(url, &id));
    let picture = |name: &str| json::one(document, name).and_then(image);
    let new = NewAccount {
        username: handle.username.clone(),
        domain: handle.domain.clone(),
        uri: id.clone(),
        url: json::page(document),
        kind,
        display_name: text::clean_line(json::natural(document, "name").0.unwrap_or_default(), MAX_NAME),
        note: bounded(text::sanitise(json::natural(document, "summary").0.unwrap_or_default()), MAX_NOTE),
        fields: serde_json::to_value(fields(document)).unwrap_or_default(),
        locked: json::flag(document, "manuallyApprovesFollowers"),
        discoverable: json::flag(document, "discoverable"),
        indexable: json::flag(document, "indexable"),
        memorial: json::flag(document, "memorial"),
        avatar_remote_url: picture("icon"),
        header_remote_url: picture("image"),
        also_known_as: aliases(document),
        created_at: json::time(document, "published").unwrap_or_else(Utc::now).min(Utc::now()),
    };
    let actor = Actor {
        account_id: AccountId(0),
        inbox_url,
        shared_inbox_url: shared,
        outbox_url: own("outbox"),
        followers_url: own("followers"),
        following_url: own("following"),
        featured_url: own("featured"),
        key_id,
        public_key_pem,
        fetched_at: Utc::now(),
    };
    let attribution_domains = websites(document);
    Ok(Parsed { handle, remote: RemoteAccount { new, actor, emojis, attribution_domains } })
}

/// The websites that an actor says it writes for.
fn websites(document: &Value) -> Vec<String> {
    let mut hosts: Vec<String> = Vec::new();
    for domain in json::many(document, "attributionDomains").filter_map(Value::as_str).take(MAX_WEBSITES) {
        let host = Handle::parse(&format!("name@{domain}")).ok().and_then(|handle| handle.domain);
        hosts.extend(host.filter(|host| !hosts.contains(host)));
    }
    hosts
}

/// The host of an id as it stands in handles: lower case, A-labels, with a port that is not the scheme's.
pub(crate) fn json_host(id: &str) -> Option<String> {
    let url = url::Url::parse(id).ok()?;
    let host = url.host_str()?;
    Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

/// Instance actors are often named after their host, whose port no username may hold.
fn handle(preferred: &str, host: &str, kind: i16) -> Option<Handle> {
    let name = match kind {
        kind::APPLICATION => preferred.replace([':', '[', ']'], "."),
        _ => preferred.to_owned(),
    };
    let name = name.trim_matches('.');
    let handle = Handle::parse(&format!("{name}@{host}")).ok()?;
    (handle.username == name && handle.domain.as_deref() == Some(host)).then_some(handle)
}

/// Id and PEM of the actor's key. An actor without any is readable, but cannot sign.
fn public_key(document: &Value, id: &str, wanted: Option<&str>) -> Result<(String, String), String> {
    let mut found = None;
    for key in json::many(document, "publicKey").take(8) {
        let (Some(key_id), Some(pem)) = (json::id(key), json::text(key, "publicKeyPem")) else { continue };
        let owner = json::link(key, "owner").or_else(|| json::link(key, "controller"));
        if owner.is_some_and(|owner| owner != id) {
            return Err("the actor's public key belongs to another actor".to_owned());
        }
        if !json::same_origin(key_id, id) {
            return Err("the actor's public key is on another host".to_owned());
        }
        let fits = wanted.is_none_or(|wanted| wanted == key_id);
        if found.is_none() || (fits && wanted.is_some()) {
            found = Some((key_id.to_owned(), pem.chars().take(10_000).collect()));
        }
    }
    Ok(found.unwrap_or_default())
}

/// The address of a picture: an Image, a Link, a string, or the first of a list.
pub(crate) fn image(value: &Value) -> Option<String> {
    let url = match value {
        Value::String(url) => Some(url.as_str()),
        Value::Object(_) => json::link(value, "url").or_else(|| json::link(value, "href")),
        _ => None,
    };
    let url = json::file_url(url?)?;
    attachments::is_picture(json::text(value, "mediaType"), &url).then_some(url)
}

/// `PropertyValue` attachments (4.5), and the Links of FEP-fb2a.
fn fields(document: &Value) -> Vec<Field> {
    let field = |item: &Value| {
        let name = text::clean_line(&text::plain(json::text(item, "name")?), 255);
        let value = if json::is(item, "PropertyValue") {
            text::sanitise(json::text(item, "value")?)
        } else if json::is(item, "Link") {
            text::linkify_plain(&json::web_link(item, "href")?, &text::Links::default())
        } else if json::is(item, "Note") {
            text::sanitise(json::text(item, "content")?)
        } else {
            return None;
        };
        let value = bounded(value, 2048);
        (!name.is_empty()).then_some(Field { name, value, source: None, verified_at: None })
    };
    json::many(document, "attachment").filter_map(field).take(MAX_FIELDS).collect()
}

/// HTML of at most so many bytes; what is longer is kept as text.
fn bounded(html: text::SafeHtml, most: usize) -> String {
    if html.as_str().len() <= most {
        return html.into_string();
    }
    let plain = text::clean_text(&html.to_plain(), most / 6);
    text::linkify_plain(&plain, &text::Links::default()).into_string()
}

fn aliases(document: &Value) -> Vec<String> {
    json::links(document, "alsoKnownAs", MAX_ALIASES).filter_map(json::web_url).collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use serde_json::json;

    use super::*;

    fn minimal() -> Value {
        json!({
            "id": "https://a.example/users/bob", "type": "Person", "preferredUsername": "bob",
            "inbox": "https://a.example/users/bob/inbox",
            "publicKey": {"id": "https://a.example/users/bob#main-key", "owner": "https://a.example/users/bob", "publicKeyPem": "PEM"}
        })
    }

    #[test]
    fn little_is_enough() {
        let parsed = parse(&minimal(), None).unwrap();
        assert_eq!(parsed.handle.to_string(), "bob@a.example");
        assert_eq!(parsed.remote.actor.key_id, "https://a.example/users/bob#main-key");
        assert!(parsed.remote.new.display_name.is_empty());
    }

    #[test]
    fn forged_and_broken_ones_are_refused() {
        for (name, value) in [
            ("id", json!("tag:x")),
            ("id", json!(null)),
            ("inbox", json!("javascript:x")),
            ("inbox", json!({})),
            ("type", json!("Note")),
            ("preferredUsername", json!("")),
            ("preferredUsername", json!("<b>")),
            ("preferredUsername", json!("a@b.example")),
            (
                "publicKey",
                json!({"id": "https://evil.example/k", "owner": "https://a.example/users/bob", "publicKeyPem": "x"}),
            ),
            (
                "publicKey",
                json!({"id": "https://a.example/k", "owner": "https://a.example/users/eve", "publicKeyPem": "x"}),
            ),
        ] {
            let mut document = minimal();
            document[name] = value.clone();
            assert!(parse(&document, None).is_err(), "{name} {value}");
        }
    }

    #[test]
    fn what_is_wild_is_tamed() {
        let mut document = minimal();
        document["name"] = json!(format!("Bob\u{202e}\n{}", "x".repeat(900)));
        document["summary"] = json!("<script>alert(1)</script><p onclick=x>hi</p>");
        document["icon"] = json!([{"type": "Image", "url": "https://a.example/i.png"}]);
        document["image"] =
            json!({"type": "Image", "mediaType": "image/svg+xml", "url": "https://a.example/h"});
        document["endpoints"] = json!({"sharedInbox": "https://other.example/inbox"});
        document["followers"] = json!("https://other.example/followers");
        document["attachment"] = json!({"type": "PropertyValue", "name": "Site<b>", "value": "<a href=\"https://x.example\">x</a><script>"});
        document["alsoKnownAs"] = json!("https://old.example/bob");
        let remote = parse(&document, None).unwrap().remote;
        assert_eq!(remote.new.display_name.chars().count(), 500);
        assert_eq!(remote.new.note, "<p>hi</p>");
        assert_eq!(remote.new.avatar_remote_url.as_deref(), Some("https://a.example/i.png"));
        assert_eq!((remote.new.header_remote_url, remote.actor.shared_inbox_url), (None, None));
        assert_eq!((remote.actor.followers_url, remote.new.also_known_as.len()), (None, 1));
        assert!(
            remote.new.fields[0]["value"].as_str().unwrap().starts_with("<a href=\"https://x.example/\"")
        );
    }

    #[test]
    fn a_biography_has_an_end() {
        let mut document = minimal();
        document["summary"] = json!(format!("<p>{}</p>", "<b>a</b> ".repeat(20_000)));
        let note = parse(&document, None).unwrap().remote.new.note;
        assert!((1_000..=MAX_NOTE).contains(&note.len()), "{}", note.len());
    }

    #[test]
    fn the_wanted_key_is_chosen() {
        let mut document = minimal();
        let key = |name: &str| json!({"id": format!("https://a.example/users/bob#{name}"), "owner": "https://a.example/users/bob", "publicKeyPem": name});
        document["publicKey"] = json!([key("a"), key("b")]);
        assert_eq!(parse(&document, None).unwrap().remote.actor.public_key_pem, "a");
        let wanted = Some("https://a.example/users/bob#b");
        assert_eq!(parse(&document, wanted).unwrap().remote.actor.public_key_pem, "b");
    }
}
