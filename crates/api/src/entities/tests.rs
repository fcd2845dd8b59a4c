#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use db::account_states::AccountState;
use db::account_views::AccountView;
use db::ids::{ApplicationId, NotificationId};
use db::mentions::MentionView;
use db::notifications::Kind;
use db::status_states::{StatusState, ViewerState};
use db::status_views::{StatusBody, StatusView};
use db::tags::StatusTag;
use db::users::User;
use db::{AccountId, MediaId, StatusId, UserId, Visibility};
use serde_json::{Value, json};
use services::Urls;

use super::*;
use crate::rendering::{self, Rendered};

fn config() -> config::Config {
    let mut config = config::Config::default();
    config.instance.domain = "example.social".to_owned();
    config
}

fn urls() -> Urls {
    Urls::new(&config())
}

fn time() -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000, 5_900_000).unwrap()
}

fn account(id: i64, username: &str, domain: Option<&str>) -> AccountView {
    let account = db::accounts::Account {
        id: AccountId(id),
        username: username.to_owned(),
        domain: domain.map(str::to_owned),
        uri: format!("https://{}/users/{username}", domain.unwrap_or("example.social")),
        url: None,
        kind: db::accounts::kind::PERSON,
        display_name: String::new(),
        note: "<p>Hi</p>".to_owned(),
        fields: json!([{ "name": "a", "value": "<b>b</b>", "source": "b" }]),
        locked: false,
        discoverable: true,
        indexable: false,
        hide_collections: false,
        memorial: false,
        avatar_key: None,
        avatar_remote_url: None,
        avatar_description: String::new(),
        header_key: None,
        header_remote_url: None,
        header_description: String::new(),
        also_known_as: Vec::new(),
        moved_to_id: None,
        suspended_at: None,
        silenced_at: None,
        created_at: time(),
        updated_at: time(),
        hidden_tabs: 0,
    };
    AccountView {
        account,
        statuses_count: 3,
        followers_count: 2,
        following_count: 1,
        last_status_at: Some(time()),
        role: Some(db::users::role::ADMIN),
        emojis: vec![emoji()],
    }
}

fn emoji() -> db::custom_emojis::CustomEmoji {
    db::custom_emojis::CustomEmoji {
        id: 1,
        shortcode: "blobcat".to_owned(),
        domain: None,
        uri: None,
        image_key: None,
        image_remote_url: Some("https://remote.example/blobcat.png".to_owned()),
        category: None,
        visible: true,
        updated_at: time(),
    }
}

fn attachment() -> db::media::Media {
    db::media::Media {
        id: MediaId(5),
        account_id: AccountId(1),
        status_id: Some(StatusId(10)),
        kind: db::media::kind::IMAGE,
        mime: Some("image/png".to_owned()),
        file_key: Some("media/ab/cd/x.png".to_owned()),
        preview_key: None,
        remote_url: None,
        description: None,
        blurhash: None,
        meta: json!({}),
        position: 0,
        created_at: time(),
    }
}

fn body(id: i64, reblog_of: Option<i64>) -> StatusBody {
    let status = db::statuses::Status {
        id: StatusId(id),
        account_id: AccountId(1),
        uri: format!("https://example.social/users/alice/statuses/{id}"),
        url: None,
        local: true,
        visibility: Visibility::Unlisted,
        content: String::new(),
        spoiler_text: String::new(),
        sensitive: false,
        language: Some("en".to_owned()),
        source: Some(String::new()),
        content_type: 0,
        conversation_id: 1,
        in_reply_to_id: Some(StatusId(9)),
        in_reply_to_account_id: Some(AccountId(2)),
        in_reply_to_uri: None,
        reblog_of_id: reblog_of.map(StatusId),
        application_id: None,
        media_count: 1,
        mentions_count: 1,
        tags_count: 1,
        emojis_count: 1,
        created_at: time(),
        edited_at: Some(time()),
        deleted_at: None,
        has_poll: false,
        local_only: false,
        quote_policy: 1,
        has_quote: false,
    };
    StatusBody {
        card: None,
        replies: None,
        status,
        username: "alice".to_owned(),
        media: vec![attachment()],
        mentions: vec![MentionView {
            account_id: AccountId(2),
            username: "bob".to_owned(),
            domain: Some("remote.example".to_owned()),
            uri: "https://remote.example/users/bob".to_owned(),
            url: None,
        }],
        tags: vec![StatusTag { name: "café".to_owned(), spelling: "Café".to_owned() }],
        emojis: vec![emoji()],
    }
}

/// As its author sees it, or somebody who is not signed in.
fn state(id: i64, reblog_of: Option<i64>, viewer: Option<ViewerState>) -> StatusState {
    StatusState {
        id: StatusId(id),
        reblog_of_id: reblog_of.map(StatusId),
        version: 1,
        has_poll: false,
        has_quote: false,
        is_direct: false,
        quote_policy: db::quotes::Policy::PUBLIC,
        account: AccountState {
            account_id: AccountId(1),
            account_version: 1,
            is_gone: false,
            statuses_count: Some(3),
            followers_count: Some(2),
            following_count: None,
            last_status_at: Some(time()),
        },
        replies_count: Some(1),
        reblogs_count: Some(2),
        has_reactions: false,
        favourites_count: None,
        quotes_count: None,
        application_name: Some("Client".to_owned()),
        application_website: None,
        viewer,
    }
}

fn own(favourited: bool) -> ViewerState {
    ViewerState { own: true, favourited, ..ViewerState::default() }
}

/// The entity of a status, which may reblog another one.
fn rendered(status: StatusState, reblogged: Option<StatusState>) -> Value {
    let bodies = [body(status.id.0, status.reblog_of_id.map(|id| id.0)), body(10, None)];
    rendering::rendered(&urls(), &bodies, &account(1, "alice", None), status, reblogged)
}

fn view() -> StatusView {
    let StatusBody { status, media, mentions, tags, emojis, .. } = body(10, None);
    StatusView {
        status,
        account: account(1, "alice", None),
        replies_count: 1,
        reblogs_count: 2,
        favourites_count: 3,
        media,
        mentions,
        tags,
        poll: None,
        emojis,
        quote: None,
        replies: None,
        application: None,
        viewer: Some(own(true)),
        reblog: None,
    }
}

fn user() -> User {
    User {
        id: UserId(1),
        account_id: AccountId(1),
        email: String::new(),
        role: db::users::role::OWNER,
        locale: "en".to_owned(),
        reason: None,
        default_visibility: Visibility::Private,
        default_sensitive: false,
        default_language: None,
        note_source: "Hi".to_owned(),
        confirmed_at: None,
        approved_at: None,
        disabled_at: None,
        created_at: time(),
        last_active_on: None,
        default_quote_policy: 0,
        attribution_domains: Vec::new(),
    }
}

fn to_json(entity: impl Serialize) -> Value {
    serde_json::from_str(&serde_json::to_string(&entity).unwrap()).unwrap()
}

#[test]
fn ids_are_strings_and_times_have_three_digits() {
    let json = rendered(state(10, None, Some(own(true))), None);
    assert_eq!(json["id"], "10");
    assert_eq!(json["created_at"], "2023-11-14T22:13:20.005Z");
    assert_eq!(json["account"]["created_at"], "2023-11-14T00:00:00.000Z");
    assert_eq!(json["account"]["last_status_at"], "2023-11-14");
    assert_eq!(json["in_reply_to_id"], "9");
}

#[test]
fn addresses_are_never_empty() {
    let json = rendered(state(10, None, Some(own(true))), None);
    assert_eq!(json["url"], "https://example.social/@alice/10");
    assert_eq!(json["account"]["avatar"], "https://example.social/avatars/original/missing.png");
    assert_eq!(json["account"]["header_static"], "https://example.social/headers/original/missing.png");
    assert_eq!(json["media_attachments"][0]["preview_url"], "https://example.social/media/ab/cd/x.png");
    assert_eq!(json["mentions"][0]["acct"], "bob@remote.example");
    assert_eq!(json["mentions"][0]["url"], "https://remote.example/users/bob");
    assert_eq!(json["tags"][0]["url"], "https://example.social/tags/caf%C3%A9");
}

#[test]
fn a_reblog_wears_what_the_viewer_did_with_the_original() {
    let json = rendered(state(11, Some(10), Some(own(false))), Some(state(10, None, Some(own(true)))));
    assert_eq!((&json["favourited"], &json["reblog"]["favourited"]), (&json!(true), &json!(true)));
    assert_eq!(json["reblog"]["id"], "10");
    assert!(json.get("pinned").is_none() && json["reblog"]["pinned"] == false);
}

#[test]
fn somebody_who_is_not_signed_in_sees_no_state_and_no_application() {
    let json = rendered(state(10, None, None), None);
    for field in ["favourited", "reblogged", "muted", "bookmarked", "pinned"] {
        assert!(json.get(field).is_none(), "{field}");
    }
    assert!(json["application"].is_null());
}

#[test]
fn of_a_suspended_account_only_its_name_is_left() {
    let mut view = account(1, "alice", None);
    view.account.suspended_at = Some(time());
    let json = to_json(Account::new(&urls(), &view));
    assert_eq!((json["note"].as_str(), json["fields"].as_array().map(Vec::len)), (Some(""), Some(0)));
    assert_eq!(json["suspended"], true);
}

#[test]
fn an_owner_sees_what_was_typed() {
    let (view, user) = (account(1, "alice", None), user());
    let json = to_json(CredentialAccount::new(&urls(), &view, &user, 4));
    assert_eq!(json["source"]["fields"][0]["value"], "b");
    assert_eq!(json["fields"][0]["value"], "<b>b</b>");
    assert_eq!((&json["source"]["privacy"], &json["source"]["language"]), (&json!("private"), &json!("")));
}

#[test]
fn the_address_for_streams_has_no_path() {
    let (config, urls) = (config(), urls());
    let about =
        About { config: &config, urls: &urls, contact: None, rules: &[], has_terms: false, vapid_key: "key" };
    let json = instance(about, 1);
    assert_eq!(json["configuration"]["urls"]["streaming"], "wss://example.social");
    assert!(json["version"].as_str().unwrap().starts_with(|c: char| c.is_ascii_digit()));
}

/// Fields that are documented as optional and have nothing to hold yet.
const ABSENT: &[(&str, &[&str])] = &[
    ("Notification", &["report", "event", "moderation_warning", "fallback", "collection"]),
    ("MediaAttachment", &["meta[focus]"]),
];

/// Holds an entity against its documentation: every field that is not optional is there, all are of the kind
/// they should be, and only those are null that may be.
fn hold(documentation: &Value, name: &str, json: &Value, problems: &mut Vec<String>) {
    let absent: HashSet<&str> = ABSENT
        .iter()
        .filter(|(entity, _)| *entity == name)
        .flat_map(|(_, fields)| *fields)
        .copied()
        .collect();
    let fields = documentation["entities"][name]["fields"].as_object().unwrap();
    for (field, about) in fields {
        let steps: Vec<&str> = field.split(['[', ']', '.']).filter(|step| !step.is_empty()).collect();
        let under_absent = absent.iter().any(|prefix| field.starts_with(prefix));
        if about["removed"] == true || under_absent || field.contains("[]") {
            continue;
        }
        let mut value = Some(json);
        for step in &steps {
            value = value.and_then(|value| value.get(step));
        }
        let fits = match (value, about["type"]["kind"].as_str().unwrap_or_default()) {
            (None, _) => about["optional"] == true,
            (Some(Value::Null), _) => about["nullable"] == true,
            (Some(value), "string") => value.is_string(),
            (Some(value), "boolean") => value.is_boolean(),
            (Some(value), "integer" | "number") => value.is_number(),
            (Some(value), "array") => value.is_array(),
            (Some(value), _) => value.is_object() || value.is_array(),
        };
        if !fits {
            problems.push(format!("{name}.{field} is {value:?}"));
        }
    }
}

/// The documentation as data lies beside the project where it is developed; elsewhere there is nothing to
/// compare with.
#[test]
fn every_documented_field_is_there() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/mastodon_api.json");
    let Ok(text) = std::fs::read_to_string(path) else { return };
    let documentation: Value = serde_json::from_str(&text).unwrap();
    let (urls, config) = (urls(), config());
    let (view, user, own) = (account(1, "alice", None), user(), view());
    let written = rendered(state(10, None, Some(self::own(true))), None);
    let reblog =
        rendered(state(11, Some(10), Some(self::own(false))), Some(state(10, None, Some(self::own(true)))));
    let json = (written.to_string(), written["account"].to_string());
    let (status_json, account_json) = (Rendered::new(json.0.as_bytes()), Rendered::new(json.1.as_bytes()));
    let notification = db::notifications::Notification {
        id: NotificationId(1),
        account_id: AccountId(1),
        from_account_id: AccountId(2),
        kind: Kind::Mention,
        status_id: Some(StatusId(10)),
        subject_id: None,
        group_id: None,
        filtered: false,
        created_at: time(),
    };
    let application = db::applications::Application {
        id: ApplicationId(1),
        client_id: String::new(),
        client_secret_hash: Vec::new(),
        name: String::new(),
        website: None,
        redirect_uris: vec!["urn:ietf:wg:oauth:2.0:oob".to_owned()],
        scopes: "read write".to_owned(),
        created_at: time(),
    };
    let edit = db::status_edits::StatusEdit {
        content: String::new(),
        spoiler_text: String::new(),
        sensitive: false,
        media: json!([{ "id": 5, "description": null }]),
        poll: Some(vec!["yes".to_owned()]),
        created_at: time(),
    };
    let former = to_json(StatusEdit::former(&urls, &own, &edit));
    assert_eq!(former["media_attachments"].as_array().unwrap().len(), 1);
    let marker =
        db::markers::Marker { timeline: "home".to_owned(), last_read_id: 1, version: 1, updated_at: time() };
    let tag = db::tags::Tag { id: 1, name: "a".to_owned(), display_name: "A".to_owned() };
    let tie = db::tags::Tie { tag_id: 1, following: true, featuring: false };
    let source = StatusSource { id: Id(1), text: "", spoiler_text: "", content_type: "text/plain" };
    let credentials = to_json(CredentialAccount::new(&urls, &view, &user, 0));
    let about = About {
        config: &config,
        urls: &urls,
        contact: Some(&view),
        rules: &[],
        has_terms: false,
        vapid_key: "key",
    };
    let entities = [
        ("Account", to_json(Account::new(&urls, &view))),
        ("Field", credentials["fields"][0].clone()),
        ("AccountRole", credentials["roles"][0].clone()),
        ("Role", credentials["role"].clone()),
        ("CredentialAccount", credentials),
        (
            "MutedAccount",
            to_json(MutedAccount { account: Account::new(&urls, &view), mute_expires_at: None }),
        ),
        ("Status", written.clone()),
        ("Status", reblog["reblog"].clone()),
        ("Status::Mention", written["mentions"][0].clone()),
        ("Status::Tag", written["tags"][0].clone()),
        ("QuoteApproval", to_json(Approval::NONE)),
        ("MediaAttachment", to_json(MediaAttachment::new(&urls, &own.media[0]))),
        ("CustomEmoji", to_json(&CustomEmoji::list(&urls, &own.emojis)[0])),
        ("StatusEdit", former),
        ("StatusEdit", to_json(StatusEdit::present(&urls, &own))),
        ("StatusSource", to_json(source)),
        ("Notification", to_json(Notification::new(&notification, account_json, Some(status_json), None))),
        ("Application", to_json(Application::new(&application, "key"))),
        ("CredentialApplication", to_json(CredentialApplication::new(&application, "secret", "key"))),
        ("Token", to_json(Token::bearer("token", "read", time()))),
        ("Marker", to_json(Marker::from(&marker))),
        ("Tag", to_json(Tag::new(&urls, &tag, Some(tie)))),
        ("Search", to_json(Search::default())),
        ("Profile", to_json(Profile::new(&urls, &view, &user))),
        ("FamiliarFollowers", to_json(FamiliarFollowers { id: Id(1), accounts: Vec::new() })),
        ("Preferences", to_json(Preferences::from(&user))),
        ("Instance", instance(about, 1)),
        ("V1::Instance", instance_v1(about, Stats::default())),
    ];
    let mut problems = Vec::new();
    for (name, json) in &entities {
        hold(&documentation, name, json, &mut problems);
    }
    assert!(problems.is_empty(), "{problems:#?}");
}

#[test]
fn a_relationship_has_every_documented_field() {
    let row = db::relationships::Relationship {
        id: AccountId(2),
        following: true,
        showing_reblogs: true,
        notifying: false,
        languages: None,
        followed_by: false,
        blocking: false,
        blocked_by: false,
        muting: false,
        muting_notifications: false,
        muting_expires_at: None,
        requested: false,
        requested_by: false,
        endorsed: false,
        domain_blocking: false,
        note: String::new(),
    };
    let json = to_json(Relationship::from(&row));
    assert_eq!(json.as_object().unwrap().len(), 16);
    assert_eq!((&json["id"], &json["endorsed"]), (&json!("2"), &json!(false)));
}
