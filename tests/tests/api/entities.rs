//! Answers have every field that the documentation of the client API names, of the type it names.

use std::path::Path;

use serde_json::{Value, json};
use tests::{Client, Instance, PushService, Remote, eventually};

/// The documentation as data; it does not lie in the repository.
pub(crate) struct Documentation(Value);

impl Documentation {
    /// `None`, with a sentence, when it is not there.
    pub(crate) fn read() -> Option<Self> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/mastodon_api.json");
        let Ok(text) = std::fs::read_to_string(&path) else {
            eprintln!("Skipped: there is no documentation at {}", path.display());
            return None;
        };
        Some(Self(serde_json::from_str(&text).expect("the documentation is JSON")))
    }

    /// The endpoints.
    pub(crate) fn endpoints(&self) -> Vec<Value> {
        self.0["endpoints"].as_array().expect("endpoints are a list").clone()
    }

    /// The fields of these entities, by their names.
    pub(crate) fn fields(&self, names: &Value) -> Value {
        let names = names.as_array().into_iter().flatten().filter_map(Value::as_str);
        names.map(|name| (name.to_owned(), self.0["entities"][name]["fields"].clone())).collect()
    }

    /// What is wrong with an entity, as lines.
    pub(crate) fn check(&self, name: &str, value: &Value, place: &str, wrong: &mut Vec<String>) {
        let fields = self.0["entities"][name]["fields"].as_object();
        let fields = fields.unwrap_or_else(|| panic!("no entity {name} is documented"));
        if !value.is_object() {
            wrong.push(format!("{place} is no {name}: {value}"));
            return;
        }
        for (field, about) in fields.iter().filter(|(_, about)| about["removed"] != true) {
            self.check_field(field, about, value, &format!("{place}.{field} ({name})"), wrong);
        }
    }

    fn check_field(&self, field: &str, about: &Value, value: &Value, place: &str, wrong: &mut Vec<String>) {
        let segments: Vec<&str> = field.split('[').map(|segment| segment.trim_end_matches(']')).collect();
        let (last, path) = segments.split_last().expect("a field has a name");
        let mut parents = vec![value];
        for segment in path {
            parents = parents.into_iter().flat_map(|parent| inside(parent, segment)).collect();
        }
        for parent in parents {
            let found = match *last {
                "" => continue,
                name => parent.get(name),
            };
            match found {
                None if about["optional"] == true || about["deprecated"] == true => {}
                None => wrong.push(format!("{place} is missing")),
                Some(Value::Null) if about["nullable"] == true || about["optional"] == true => {}
                Some(found) => self.check_type(&about["type"], found, place, wrong),
            }
        }
    }

    /// Where several entities may stand, the one that fits best counts.
    fn check_entity(&self, kind: &Value, value: &Value, place: &str, wrong: &mut Vec<String>) {
        let alternatives =
            kind["entities"].as_array().cloned().unwrap_or_else(|| vec![kind["entity"].clone()]);
        let deviations = alternatives.iter().map(|name| {
            let mut deviations = Vec::new();
            self.check(name.as_str().expect("an entity has a name"), value, place, &mut deviations);
            deviations
        });
        wrong.extend(deviations.min_by_key(Vec::len).expect("an entity has a name"));
    }

    fn check_type(&self, kind: &Value, value: &Value, place: &str, wrong: &mut Vec<String>) {
        let good = match kind["kind"].as_str().unwrap_or_default() {
            "string" => value.as_str().is_some_and(|text| has_format(kind["format"].as_str(), text)),
            "boolean" => value.is_boolean(),
            "integer" => value.is_i64(),
            "number" => value.is_number(),
            "hash" => value.is_object(),
            "entity" => {
                self.check_entity(kind, value, place, wrong);
                true
            }
            "array" => {
                for entry in value.as_array().into_iter().flatten() {
                    self.check_type(&kind["items"], entry, place, wrong);
                }
                value.is_array()
            }
            _ => true,
        };
        if !good {
            wrong.push(format!("{place} is not {}: {value}", kind["doc"]));
        }
    }
}

/// What a segment of a field's name leads to: a member, or all of a list.
fn inside<'a>(parent: &'a Value, segment: &str) -> Vec<&'a Value> {
    match (parent, segment) {
        (Value::Array(entries), "") => entries.iter().collect(),
        (Value::Array(entries), _) => entries.iter().filter_map(|entry| entry.get(segment)).collect(),
        (parent, _) => parent.get(segment).into_iter().collect(),
    }
}

fn has_format(format: Option<&str>, text: &str) -> bool {
    match format {
        Some("id") => !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()),
        Some("url") => text.is_empty() || text.contains("://") || text.starts_with("urn:"),
        // Milliseconds and Z, as some clients read them.
        Some("datetime") => {
            text.len() == 24 && text.ends_with('Z') && chrono::DateTime::parse_from_rfc3339(text).is_ok()
        }
        Some("date") => text.len() == 10 && text.bytes().filter(|byte| *byte == b'-').count() == 2,
        _ => true,
    }
}

/// Somebody's day: answers with everything that entities can have in them here.
async fn world(a: &Instance, remote: &Remote) -> (Client, Value) {
    let (alice, bob, dora) = tokio::join!(a.user("alice"), a.user("bob"), a.user("dora"));
    let push = PushService::start().await;
    push.subscribe(&alice).await.ok();
    dora.post_for("direct", "@alice a word").await;
    eventually("dora's request waits", async || {
        let requests = alice.client.get("/api/v1/notifications/requests").await.ok();
        requests[0].is_object().then_some(())
    })
    .await;
    alice.update(&json!({ "note": "Hi #all", "fields_attributes": [{ "name": "a", "value": "b" }] })).await;
    let carol = remote.actor("carol");
    let actor = carol.look_up(&alice.handle).await;
    let note = carol.note("hello", &[actor["id"].as_str().unwrap()]);
    carol.send(actor["inbox"].as_str().unwrap(), &carol.create(&note)).await;
    alice.is_notified("mention", "carol").await;
    alice.follow(&bob.handle).await;
    let own = alice.publish(json!({ "status": "Quote me", "quote_approval_policy": "public" })).await;
    let own = alice.publish(json!({ "status": "And me", "quoted_status_id": own["id"] })).await;
    let part = reqwest::multipart::Part::bytes(PNG).file_name("a.png").mime_str("image/png").unwrap();
    let form = reqwest::multipart::Form::new().part("file", part).text("focus", "0,0");
    let upload = bob.client.request(http::Method::POST, "/api/v2/media").multipart(form);
    let media = bob.client.send(upload).await.ok();
    let status = bob
        .publish(json!({
            "status": "Hello @alice #tag https://a.example/", "media_ids": [media["id"]], "spoiler_text": "Careful",
            "language": "en",
        }))
        .await;
    let status = bob.edit(&status, "Hello again @alice #tag").await;
    let asked = json!({ "options": [":blobcat: yes", "no"], "expires_in": 300 });
    let asked = bob.publish(json!({ "status": "Well?", "poll": asked })).await;
    bob.post_for("direct", "@alice between us").await;
    bob.publish(json!({ "status": "Look", "quoted_status_id": own["id"] })).await;
    alice.reblog(&status).await;
    bob.reblog(&alice.reply(&status, "a reply").await).await;
    alice.is_notified("reblog", "bob").await;
    alice.sees_at_home("Hello again").await;
    alice.act_on("accounts", &json!({ "id": bob.id }), "endorse").await;
    for verb in ["follow", "feature"] {
        alice.client.post_json(&format!("/api/v1/tags/tag/{verb}"), &json!({})).await.ok();
    }
    let dave = a.user("dave").await;
    dave.update(&json!({ "discoverable": true })).await;
    dave.post("Here I am").await;
    bob.follow(&dave.handle).await;
    alice.client.post_json("/api/v1/lists", &json!({ "title": "Friends" })).await.ok();
    let words = json!([{ "keyword": "hello" }]);
    let filter = json!({ "title": "Greetings", "context": ["home"], "keywords_attributes": words });
    let filter = alice.client.post_json("/api/v2/filters", &filter).await.ok();
    let path = format!("/api/v2/filters/{}/statuses", filter["id"].as_str().unwrap());
    alice.client.post_json(&path, &json!({ "status_id": status["id"] })).await.ok();
    let marker = json!({ "home": { "last_read_id": status["id"] } });
    alice.client.post_json("/api/v1/markers", &marker).await.ok();
    alice
        .client
        .post_json(&format!("/api/v1/accounts/{}/mute", bob.id), &json!({ "duration": 600 }))
        .await
        .ok();
    alice.client.post_json(&format!("/api/v1/accounts/{}/unmute", bob.id), &json!({})).await.ok();
    alice.is_notified("quote", "bob").await;
    (
        alice.client,
        json!({ "own": own["id"], "status": status["id"], "poll": asked["id"], "bob": bob.id, "alice": alice.id, "media": media }),
    )
}

/// A picture of one point.
pub(crate) const PNG: &[u8] = &[
    0x89, b'P', b'N', b'G', 13, 10, 26, 10, 0, 0, 0, 13, b'I', b'H', b'D', b'R', 0, 0, 0, 1, 0, 0, 0, 1, 8,
    2, 0, 0, 0, 0x90, 0x77, 0x53, 0xde, 0, 0, 0, 12, b'I', b'D', b'A', b'T', 8, 0xd7, 0x63, 0xf8, 0xcf, 0xc0,
    0, 0, 3, 1, 1, 0, 0x18, 0xdd, 0x8d, 0xb0, 0, 0, 0, 0, b'I', b'E', b'N', b'D', 0xae, 0x42, 0x60, 0x82,
];

/// Panics where an entity deviates from its documentation.
pub(crate) fn check(name: &str, entity: &Value) {
    let Some(documentation) = Documentation::read() else { return };
    let mut wrong = Vec::new();
    documentation.check(name, entity, name, &mut wrong);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_as_documented() {
    let Some(documentation) = Documentation::read() else { return };
    let (a, remote) = (Instance::start().await, Remote::start());
    let (client, made) = world(&a, &remote).await;
    let mut wrong = Vec::new();
    let fill = |path: &str| {
        let id = |name: &str| made[name].as_str().unwrap().to_owned();
        path.replace("{own}", &id("own"))
            .replace("{status}", &id("status"))
            .replace("{poll}", &id("poll"))
            .replace("{bob}", &id("bob"))
            .replace("{alice}", &id("alice"))
    };
    documentation.check("MediaAttachment", &made["media"], "POST /api/v2/media", &mut wrong);
    for (path, pointer, entity, filled) in [
        ("/api/v1/accounts/verify_credentials", "", "CredentialAccount", true),
        ("/api/v1/accounts/verify_credentials", "", "Account", true),
        ("/api/v1/accounts/{bob}", "", "Account", true),
        ("/api/v1/accounts/{alice}/following", "", "Account", true),
        ("/api/v1/accounts/{bob}/statuses", "", "Status", true),
        ("/api/v1/accounts/relationships?id[]={bob}", "", "Relationship", true),
        ("/api/v1/accounts/search?q=carol", "", "Account", true),
        ("/api/v1/apps/verify_credentials", "", "Application", true),
        ("/api/v1/custom_emojis", "", "CustomEmoji", false),
        ("/api/v1/filters", "", "V1::Filter", true),
        ("/api/v2/filters", "", "Filter", true),
        ("/api/v1/follow_requests", "", "Account", false),
        ("/api/v1/followed_tags", "", "Tag", true),
        ("/api/v1/featured_tags", "", "FeaturedTag", true),
        ("/api/v1/featured_tags/suggestions", "", "Tag", false),
        ("/api/v1/endorsements", "", "Account", true),
        ("/api/v1/directory", "", "Account", true),
        ("/api/v2/suggestions", "", "Suggestion", true),
        ("/api/v1/suggestions", "", "Account", true),
        ("/api/v1/instance/extended_description", "", "ExtendedDescription", true),
        ("/api/v1/instance/privacy_policy", "", "PrivacyPolicy", true),
        ("/api/v1/annual_reports", "", "WrappedAnnualReports", true),
        ("/api/v2/instance", "", "Instance", true),
        ("/api/v1/instance", "", "V1::Instance", true),
        ("/api/v1/lists", "", "List", true),
        ("/api/v1/markers?timeline[]=home", "/home", "Marker", true),
        ("/api/v1/notifications", "", "Notification", true),
        ("/api/v2/notifications", "", "GroupedNotificationsResults", true),
        ("/api/v2/notifications", "/notification_groups", "NotificationGroup", true),
        ("/api/v2/notifications?expand_accounts=partial_avatars", "", "GroupedNotificationsResults", true),
        ("/api/v2/notifications/policy", "", "NotificationPolicy", true),
        ("/api/v1/notifications/requests", "", "NotificationRequest", true),
        ("/api/v1/push/subscription", "", "WebPushSubscription", true),
        ("/api/v1/statuses/{status}", "", "Status", true),
        ("/api/v1/statuses/{status}/context", "", "Context", true),
        ("/api/v1/statuses/{status}/history", "", "StatusEdit", true),
        ("/api/v1/statuses/{status}/source", "", "StatusSource", true),
        ("/api/v1/statuses/{status}/reblogged_by", "", "Account", true),
        ("/api/v1/statuses/{own}/quotes", "", "Status", true),
        ("/api/v1/statuses/{own}/quotes", "/0/quote", "Quote", true),
        ("/api/v1/statuses/{own}/quotes", "/0/quote/quoted_status/quote", "ShallowQuote", true),
        ("/api/v1/statuses/{own}/history", "/0/quote", "Quote", true),
        ("/api/v1/polls/{poll}", "", "Poll", true),
        ("/api/v1/statuses/{poll}/history", "", "StatusEdit", true),
        ("/api/v1/timelines/home", "", "Status", true),
        ("/api/v1/timelines/public", "", "Status", true),
        ("/api/v1/conversations", "", "Conversation", true),
        ("/api/v1/announcements", "", "Announcement", false),
        ("/api/v1/tags/tag", "", "Tag", true),
        ("/api/v2/search?q=tag", "", "Search", true),
        ("/api/v2/search?q=tag", "/hashtags", "Tag", true),
        ("/api/v1/profile", "", "Profile", true),
    ] {
        let answer = client.get(&fill(path)).await;
        if !answer.status.is_success() {
            wrong.push(format!("{path}: {} {}", answer.status, answer.text));
            continue;
        }
        let body = answer.json();
        let value = body.pointer(pointer).unwrap_or(&Value::Null);
        let entries = value.as_array().map_or_else(|| vec![value], |entries| entries.iter().collect());
        assert!(!filled || !entries.is_empty(), "{path} is empty");
        for entry in entries {
            documentation.check(entity, entry, path, &mut wrong);
        }
    }
    wrong.sort();
    wrong.dedup();
    assert!(wrong.is_empty(), "{} deviations:\n{}", wrong.len(), wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_client_asks_first_is_there() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    let app = json!({ "client_name": "App", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob" });
    let app = a.client().post_json("/api/v1/apps", &app).await.ok();
    if let Some(documentation) = Documentation::read() {
        let mut wrong = Vec::new();
        documentation.check("CredentialApplication", &app, "POST /api/v1/apps", &mut wrong);
        let grant = json!({
            "grant_type": "client_credentials", "client_id": app["client_id"],
            "client_secret": app["client_secret"],
        });
        let token = a.client().post_json("/oauth/token", &grant).await.ok();
        documentation.check("Token", &token, "POST /oauth/token", &mut wrong);
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
    let preferences = alice.client.get("/api/v1/preferences").await.ok();
    for name in [
        "posting:default:visibility",
        "posting:default:sensitive",
        "posting:default:language",
        "reading:expand:media",
        "reading:expand:spoilers",
    ] {
        assert!(preferences.get(name).is_some(), "{name}: {preferences}");
    }
    // A client takes this for "push is there, and not subscribed to".
    assert_eq!(alice.client.get("/api/v1/push/subscription").await.status, http::StatusCode::NOT_FOUND);
    let server = a.client().get("/.well-known/oauth-authorization-server").await.ok();
    assert_eq!(server["code_challenge_methods_supported"], json!(["S256"]));
    let links = a.client().get("/.well-known/nodeinfo").await.ok();
    let href = links["links"][0]["href"].as_str().unwrap().strip_prefix(&a.url).unwrap().to_owned();
    let info = a.client().get(&href).await.ok();
    assert_eq!((&info["software"]["name"], &info["protocols"]), (&json!("stoa"), &json!(["activitypub"])));
    a.client().get("/nodeinfo/2.0").await.ok();
    let meta = a.client().get("/.well-known/host-meta").await;
    assert!(
        meta.status.is_success() && meta.text.contains("/.well-known/webfinger?resource={uri}"),
        "{}",
        meta.text
    );
}
