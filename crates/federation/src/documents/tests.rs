#![expect(clippy::unwrap_used, reason = "a test may panic")]

use chrono::{DateTime, TimeZone, Utc};
use config::Config;
use db::mentions::MentionView;
use db::tags::StatusTag;
use db::{AccountId, MediaId, StatusId};
use serde_json::{Value, json};

use super::*;

pub(crate) fn urls() -> Urls {
    let none = std::iter::empty();
    let config = Config::from_sources("[instance]\ndomain = \"us.example\"\n", none).unwrap();
    Urls::new(&config)
}

fn day() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 20, 22, 0, 0).unwrap()
}

pub(crate) fn account(username: &str) -> Account {
    Account {
        id: AccountId(1),
        username: username.to_owned(),
        domain: None,
        uri: urls().actor(username),
        url: Some(urls().profile(username)),
        kind: kind::PERSON,
        display_name: String::new(),
        note: String::new(),
        fields: json!([{ "name": "Site", "value": "<a href=\"https://x.example\">x</a>", "source": "x" }]),
        locked: true,
        discoverable: true,
        indexable: false,
        hide_collections: false,
        memorial: false,
        avatar_key: Some("avatars/ab/cd/abcd.webp".to_owned()),
        avatar_remote_url: None,
        avatar_description: String::new(),
        header_key: None,
        header_remote_url: None,
        header_description: String::new(),
        also_known_as: Vec::new(),
        moved_to_id: None,
        suspended_at: None,
        silenced_at: None,
        created_at: day(),
        updated_at: day(),
        hidden_tabs: 0,
    }
}

fn account_view(username: &str) -> AccountView {
    AccountView {
        account: account(username),
        statuses_count: 0,
        followers_count: 0,
        following_count: 0,
        last_status_at: None,
        role: None,
        emojis: Vec::new(),
    }
}

fn keys(username: &str) -> Actor {
    let uri = urls().actor(username);
    Actor {
        account_id: AccountId(1),
        inbox_url: format!("{uri}/inbox"),
        shared_inbox_url: None,
        outbox_url: None,
        followers_url: None,
        following_url: None,
        featured_url: None,
        key_id: format!("{uri}#main-key"),
        public_key_pem: "-----BEGIN PUBLIC KEY-----".to_owned(),
        fetched_at: day(),
    }
}

fn view(visibility: Visibility) -> StatusView {
    let status = Status {
        id: StatusId(7),
        account_id: AccountId(1),
        uri: urls().status("alice", StatusId(7)),
        url: None,
        local: true,
        visibility,
        content: "<p>hi</p>".to_owned(),
        spoiler_text: String::new(),
        sensitive: false,
        language: Some("en".to_owned()),
        source: None,
        content_type: 0,
        conversation_id: 7,
        in_reply_to_id: None,
        in_reply_to_account_id: None,
        in_reply_to_uri: None,
        reblog_of_id: None,
        application_id: None,
        media_count: 0,
        mentions_count: 0,
        tags_count: 0,
        emojis_count: 0,
        created_at: day(),
        edited_at: None,
        deleted_at: None,
        has_poll: false,
        local_only: false,
        quote_policy: Policy::FOLLOWERS.0,
        has_quote: false,
    };
    StatusView {
        status,
        account: account_view("alice"),
        replies_count: 0,
        reblogs_count: 0,
        favourites_count: 0,
        media: Vec::new(),
        mentions: Vec::new(),
        tags: Vec::new(),
        poll: None,
        emojis: Vec::new(),
        quote: None,
        replies: None,
        application: None,
        viewer: None,
        reblog: None,
    }
}

const BOB: &str = "https://peer.example/users/bob";
const ALICE: &str = "https://us.example/users/alice";

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn a_person_has_everything_that_peers_insist_on() {
    let actor =
        parsed(&wire::document(&actor(&urls(), &account_view("alice"), &keys("alice"), None)).unwrap());
    assert_eq!(actor["id"], ALICE);
    assert_eq!(actor["type"], "Person");
    assert_eq!(actor["preferredUsername"], "alice");
    assert_eq!(actor["inbox"], format!("{ALICE}/inbox"));
    assert_eq!(actor["outbox"], format!("{ALICE}/outbox"));
    assert_eq!(actor["followers"], format!("{ALICE}/followers"));
    assert_eq!(actor["endpoints"]["sharedInbox"], "https://us.example/inbox");
    assert_eq!(actor["publicKey"]["owner"], ALICE);
    assert_eq!(actor["publicKey"]["id"], format!("{ALICE}#main-key"));
    assert_eq!(actor["manuallyApprovesFollowers"], true);
    assert_eq!(actor["published"], "2026-11-20T22:00:00.000Z");
    assert_eq!(actor["icon"]["type"], "Image");
    assert_eq!(actor["icon"]["mediaType"], "image/webp");
    assert_eq!(actor["attachment"][0]["type"], "PropertyValue");
    assert_eq!(actor["url"], "https://us.example/@alice");
    for absent in ["name", "summary", "image", "movedTo", "suspended", "memorial", "alsoKnownAs"] {
        assert!(actor.get(absent).is_none(), "{absent}");
    }
}

#[test]
fn the_instance_actor_is_named_after_the_domain() {
    let name = db::accounts::INSTANCE_ACTOR;
    let actor = json!(actor(&urls(), &account_view(name), &keys(name), None));
    assert_eq!(actor["id"], "https://us.example/actor");
    assert_eq!(actor["type"], "Application");
    assert_eq!(actor["preferredUsername"], "us.example");
    assert_eq!(actor["inbox"], "https://us.example/actor/inbox");
    assert!(actor.get("followers").is_none());
}

#[test]
fn a_suspended_actor_keeps_its_key_and_nothing_else() {
    let mut view = account_view("alice");
    view.account.suspended_at = Some(day());
    view.account.display_name = "Alice".to_owned();
    let actor = json!(actor(&urls(), &view, &keys("alice"), None));
    assert_eq!(actor["suspended"], true);
    assert_eq!(actor["publicKey"]["owner"], ALICE);
    assert!(actor.get("name").is_none() && actor.get("icon").is_none());
    assert_eq!(actor["attachment"], json!([]));
}

#[test]
fn audiences() {
    let followers = || format!("{ALICE}/followers");
    let named = [BOB.to_owned()];
    for (visibility, to, cc) in [
        (Visibility::Public, vec![PUBLIC.to_owned()], vec![followers(), BOB.to_owned()]),
        (Visibility::Unlisted, vec![followers()], vec![PUBLIC.to_owned(), BOB.to_owned()]),
        (Visibility::Private, vec![followers()], vec![BOB.to_owned()]),
        (Visibility::Direct, vec![BOB.to_owned()], vec![]),
    ] {
        assert_eq!(audience(visibility, ALICE, &named), Audience { to, cc }, "{visibility:?}");
    }
}

#[test]
fn a_plain_note() {
    let urls = urls();
    let view = StatusView { favourites_count: 3, reblogs_count: 2, ..view(Visibility::Public) };
    let note = json!(note(&urls, &view, &[]));
    assert_eq!(note["id"], format!("{ALICE}/statuses/7"));
    assert_eq!((&note["type"], &note["attributedTo"]), (&json!("Note"), &json!(ALICE)));
    assert_eq!((&note["summary"], &note["inReplyTo"]), (&Value::Null, &Value::Null));
    assert!(note.as_object().unwrap().contains_key("summary"));
    assert_eq!(note["contentMap"], json!({ "en": "<p>hi</p>" }));
    assert_eq!(note["published"], "2026-11-20T22:00:00.000Z");
    assert_eq!(note["url"], "https://us.example/@alice/7");
    assert_eq!(note["conversation"], "tag:us.example,2026-11-20:objectId=7:objectType=Conversation");
    assert_eq!(note["replies"]["first"]["next"], format!("{ALICE}/statuses/7/replies?page=true"));
    let likes = json!({ "id": format!("{ALICE}/statuses/7/likes"), "type": "Collection", "totalItems": 3 });
    assert_eq!((&note["likes"], &note["shares"]["totalItems"]), (&likes, &json!(2)));
    let policy = json!({ "canQuote": { "automaticApproval": [format!("{ALICE}/followers")] } });
    assert_eq!(note["interactionPolicy"], policy);
    assert!(["to", "cc", "tag", "attachment"].iter().all(|name| note[name].is_array()));
    assert!(note.get("updated").is_none() && note.get("source").is_none() && note.get("atomUri").is_none());
}

#[test]
fn a_rich_private_reply() {
    let mut view = view(Visibility::Private);
    view.status.spoiler_text = "a & b".to_owned();
    view.status.in_reply_to_uri = Some("https://peer.example/notes/1".to_owned());
    view.status.edited_at = Some(day());
    view.mentions = vec![MentionView {
        account_id: AccountId(2),
        username: "bob".to_owned(),
        domain: Some("peer.example".to_owned()),
        uri: BOB.to_owned(),
        url: None,
    }];
    view.tags = vec![StatusTag { name: "straße".to_owned(), spelling: "Straße".to_owned() }];
    view.media = vec![media()];
    let note = json!(note(&urls(), &view, &[BOB.to_owned()]));
    assert_eq!((&note["summary"], &note["updated"]), (&json!("a & b"), &json!("2026-11-20T22:00:00.000Z")));
    assert_eq!(note["inReplyTo"], "https://peer.example/notes/1");
    assert_eq!(note["tag"][0], json!({ "type": "Mention", "href": BOB, "name": "@bob@peer.example" }));
    assert_eq!(note["tag"][1]["name"], "#Straße");
    assert_eq!(note["tag"][1]["href"], "https://us.example/tags/stra%C3%9Fe");
    let attachment = &note["attachment"][0];
    assert_eq!(attachment["url"], "https://us.example/media/ab/cd/x.png");
    assert_eq!((&attachment["type"], &attachment["mediaType"]), (&json!("Document"), &json!("image/png")));
    assert_eq!((&attachment["width"], &attachment["height"]), (&json!(640), &json!(480)));
    assert_eq!(attachment["focalPoint"], json!([0.5, -0.5]));
    assert_eq!(attachment["name"], "a cat");
    for absent in ["conversation", "replies", "likes", "shares", "interactionPolicy"] {
        assert!(note.get(absent).is_none(), "{absent}");
    }
}

fn media() -> Media {
    Media {
        id: MediaId(3),
        account_id: AccountId(1),
        status_id: Some(StatusId(7)),
        kind: db::media::kind::IMAGE,
        mime: Some("image/png".to_owned()),
        file_key: Some("media/ab/cd/x.png".to_owned()),
        preview_key: None,
        remote_url: None,
        description: Some("a cat".to_owned()),
        blurhash: None,
        meta: json!({ "original": { "width": 640, "height": 480 }, "focus": { "x": 0.5, "y": -0.5 } }),
        position: 0,
        created_at: day(),
    }
}

#[test]
fn a_create_is_addressed_as_its_note() {
    let view = view(Visibility::Unlisted);
    let note = note(&urls(), &view, &[BOB.to_owned()]);
    let create = json!(create(&view.status, note));
    assert_eq!(create["id"], format!("{ALICE}/statuses/7/activity"));
    assert_eq!((&create["type"], &create["actor"]), (&json!("Create"), &json!(ALICE)));
    assert_eq!((&create["to"], &create["cc"]), (&create["object"]["to"], &create["object"]["cc"]));
    assert_eq!(create["published"], create["object"]["published"]);
}

#[test]
fn an_announce_names_its_object_by_id() {
    let mut reblog = view(Visibility::Public).status;
    reblog.uri = urls().reblog("alice", reblog.id);
    let announce = json!(announce(&reblog, &account("alice"), "https://peer.example/notes/1", BOB));
    assert_eq!(announce["id"], format!("{ALICE}/statuses/7/activity"));
    assert_eq!(announce["object"], "https://peer.example/notes/1");
    assert_eq!(announce["to"], json!([PUBLIC]));
    assert_eq!(announce["cc"], json!([format!("{ALICE}/followers"), BOB]));
    assert!(announce["published"].is_string());
}

#[test]
fn accept_undo_and_delete_have_the_shapes_that_every_peer_takes() {
    use activitypub_federation::kinds::activity::{AcceptType, DeleteType, LikeType, UndoType};
    let me = || id_of::<FederatedAccount>(ALICE);
    let follow = wire::Follow::new(Some("https://peer.example/follows/9".to_owned()), BOB, ALICE);
    let accept = Activity::new(format!("{ALICE}#accepts/follows/17"), AcceptType::Accept, me(), follow);
    let accept = parsed(&wire::plain(&accept.to(vec![BOB.to_owned()])).unwrap());
    assert_eq!(
        accept,
        json!({
            "@context": "https://www.w3.org/ns/activitystreams", "id": format!("{ALICE}#accepts/follows/17"),
            "type": "Accept", "actor": ALICE, "to": [BOB],
            "object": { "id": "https://peer.example/follows/9", "type": "Follow", "actor": BOB, "object": ALICE },
        })
    );
    let like = format!("{ALICE}#likes/5");
    let object = "https://peer.example/notes/1".to_owned();
    let undone = wire::Undone { id: like.clone(), kind: LikeType::Like, actor: me(), object, reaction: None };
    let undo = json!(Activity::new(format!("{like}/undo"), UndoType::Undo, me(), undone));
    assert_eq!(
        undo["object"],
        json!({ "id": like, "type": "Like", "actor": ALICE, "object": "https://peer.example/notes/1" })
    );
    let post = format!("{ALICE}/statuses/1");
    let delete = Activity::new(format!("{post}#delete"), DeleteType::Delete, me(), tombstone(&post));
    assert_eq!(json!(delete)["object"], json!({ "id": post, "type": "Tombstone" }));
}

#[test]
fn a_poll_is_a_question() {
    let mut view = view(Visibility::Public);
    let end = day() + chrono::Duration::days(36_500);
    view.poll = Some(db::polls::PollView {
        poll: Poll {
            status_id: StatusId(7),
            options: vec!["yes".to_owned(), "no".to_owned()],
            tallies: vec![3, 4],
            multiple: false,
            hide_totals: false,
            voters_count: 7,
            expires_at: Some(end),
            ended_at: None,
            told_up_to: 0,
            fetched_at: day(),
        },
        own_votes: Vec::new(),
        emojis: Vec::new(),
    });
    let open = json!(note(&urls(), &view, &[]));
    assert_eq!(open["type"], "Question");
    let option =
        json!({ "type": "Note", "name": "no", "replies": { "type": "Collection", "totalItems": 4 } });
    assert_eq!(open["oneOf"][1], option);
    assert_eq!((&open["endTime"], &open["votersCount"]), (&json!(wire::time(end)), &json!(7)));
    assert!(open.get("anyOf").is_none() && open.get("closed").is_none(), "{open}");

    let poll = &mut view.poll.as_mut().unwrap().poll;
    (poll.multiple, poll.hide_totals) = (true, true);
    let secret = json!(note(&urls(), &view, &[]));
    assert_eq!(secret["anyOf"][0]["replies"], json!({ "type": "Collection" }));
    assert!(secret.get("oneOf").is_none());

    view.poll.as_mut().unwrap().poll.expires_at = Some(day() - chrono::Duration::days(36_500));
    let over = json!(note(&urls(), &view, &[]));
    assert_eq!(over["closed"], over["endTime"]);
    assert_eq!(over["anyOf"][0]["replies"]["totalItems"], 3);
}

#[test]
fn a_quote_has_all_its_names_until_it_is_refused() {
    let mut view = view(Visibility::Public);
    view.status.quote_policy = Policy::NOBODY.0;
    let (quoted, stamp) = ("https://peer.example/notes/1", "https://peer.example/stamps/1");
    let quote = Quote {
        status_id: StatusId(7),
        account_id: AccountId(1),
        quoted_status_id: Some(StatusId(6)),
        quoted_account_id: Some(AccountId(2)),
        quoted_uri: quoted.to_owned(),
        state: State::Accepted as i16,
        authorization_uri: Some(stamp.to_owned()),
        request_uri: None,
        created_at: day(),
    };
    view.quote = Some(quote.clone());
    let written = |view: &StatusView| serde_json::to_value(note(&urls(), view, &[])).unwrap();
    let note = written(&view);
    for name in ["quote", "quoteUrl", "quoteUri", "_misskey_quote"] {
        assert_eq!(note[name], quoted, "{name}");
    }
    assert_eq!(note["quoteAuthorization"], stamp);
    assert_eq!(note["interactionPolicy"]["canQuote"]["automaticApproval"], json!([ALICE]));
    view.quote = Some(Quote { state: State::Revoked as i16, ..quote });
    let note = written(&view);
    assert_eq!(note["quote"], quoted);
    let absent = ["quoteUrl", "quoteUri", "_misskey_quote", "quoteAuthorization"];
    assert!(absent.iter().all(|name| note.get(name).is_none()), "{note}");
}
