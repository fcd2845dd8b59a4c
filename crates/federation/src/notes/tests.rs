//! Other servers' mail, read whole: recorded documents stand beside the project, and where they do not, the
//! test says so.

use std::fs;
use std::path::{Path, PathBuf};

use db::Visibility;
use serde_json::{Value, json as value};

use super::*;
use crate::gate::envelope::Envelope;
use crate::{actors, json};

fn fixtures() -> Option<PathBuf> {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures");
    if !place.is_dir() {
        eprintln!("skipped: the recorded documents are not there");
        return None;
    }
    Some(place)
}

fn load(name: &str) -> Option<Value> {
    let text = fs::read_to_string(fixtures()?.join(name)).expect("the document is there");
    Some(json::parse(&text).expect("it is JSON"))
}

fn post(name: &str) -> Option<Note> {
    let document = load(name)?;
    let object = json::one(&document, "object").filter(|object| object.is_object());
    let (object, activity) = object.map_or((&document, None), |object| (object, Some(&document)));
    Some(parse(object, activity).unwrap_or_else(|error| panic!("{name}: {error}")))
}

#[test]
fn nothing_recorded_makes_us_stumble() {
    let Some(place) = fixtures() else { return };
    let (mut files, mut posts, mut people, mut activities) = (0, 0, 0, 0);
    for folder in
        fs::read_dir(place).expect("it can be listed").flatten().filter(|entry| entry.path().is_dir())
    {
        for file in fs::read_dir(folder.path()).expect("it can be listed").flatten() {
            let Ok(text) = fs::read_to_string(file.path()) else { continue };
            let Ok(document) = json::parse(&text) else { continue };
            files += 1;
            activities += usize::from(Envelope::read(text.as_bytes()).is_ok());
            let inner: Vec<&Value> = json::many(&document, "object").collect();
            for found in [&document].into_iter().chain(inner) {
                posts += usize::from(parse(found, Some(&document)).is_ok());
                people += usize::from(actors::parse(found, None).is_ok());
                let _ = (is_vote(found), json::page(found), json::types(found).count());
            }
        }
    }
    assert!(
        files > 200 && posts > 80 && people > 60 && activities > 60,
        "{files} {posts} {people} {activities}"
    );
}

#[test]
fn posts_of_each_server() {
    for (name, author, visibility, followers, contains) in [
        (
            "gotosocial/live_activity_create_note_private.json",
            "http://127.3.9.9/users/alice",
            Visibility::Private,
            "http://127.3.9.9/users/alice/followers",
            "private",
        ),
        (
            "gotosocial/live_activity_create_note_public.json",
            "http://127.3.9.9/users/alice",
            Visibility::Public,
            "http://127.3.9.9/users/alice/followers",
            "<p>",
        ),
        (
            "mitra/live_activity_create_note_direct.json",
            "http://127.0.0.3/users/alice",
            Visibility::Direct,
            "http://127.0.0.3/users/alice/followers",
            "<p>",
        ),
        ("mastodon/activity_create_private.json", "", Visibility::Direct, "", ""),
        (
            "misskey/object_question_no_end_date.json",
            "https://skippers-bin.com/users/7v1w1r8ce6",
            Visibility::Public,
            "x",
            "How are your notifications",
        ),
        (
            "lemmy/activity_create_page.json",
            "http://ds9.lemmy.ml/u/lemmy_alpha",
            Visibility::Public,
            "x",
            "<strong>test post</strong>",
        ),
        ("lemmy/object_comment.json", "", Visibility::Public, "x", "<p>"),
        (
            "peertube/object_video_framatube.json",
            "https://framatube.org/accounts/framasoft",
            Visibility::Public,
            "x",
            "What is PeerTube?",
        ),
        (
            "pixelfed/object_note_image.json",
            "https://pixelfed.social/users/dansup",
            Visibility::Public,
            "x",
            "first IG post",
        ),
        (
            "threads/activity_create_note_synthetic.json",
            "https://threads.net/ap/users/17841400000000042/",
            Visibility::Public,
            "x",
            "Hello from the other side",
        ),
        ("pterotype/object_article.json", "", Visibility::Public, "x", "href="),
        ("mobilizon/object_event.json", "", Visibility::Public, "x", "<strong>"),
        ("pleroma/object_note.json", "", Visibility::Unlisted, "x", ""),
    ] {
        let Some(note) = post(name) else { return };
        if !author.is_empty() {
            assert_eq!(note.author, author, "{name}");
        }
        let followers =
            if followers.is_empty() { format!("{}/followers", note.author) } else { followers.to_owned() };
        assert_eq!(note.audience.visibility(Some(&followers)), visibility, "{name}");
        assert!(note.content.as_str().contains(contains), "{name}: {}", note.content);
    }
}

#[test]
fn what_hangs_on_posts() {
    let Some(threads) = post("threads/activity_create_note_synthetic.json") else { return };
    assert_eq!(threads.url.as_deref(), Some("https://www.threads.net/@river.example/post/Cxyz"));
    assert_eq!(threads.mentions, ["https://social.example/users/alice"]);
    assert_eq!(threads.in_reply_to_uri.as_deref(), Some("https://social.example/users/alice/statuses/1"));
    let Some(pixelfed) = post("pixelfed/object_note_image.json") else { return };
    assert_eq!((pixelfed.media.len(), pixelfed.tags.len()), (1, 2));
    assert_eq!(pixelfed.media[0].kind, db::media::kind::IMAGE);
    let Some(emoji) = post("gotosocial/object_note_admin_media_emoji.json") else { return };
    assert!(!emoji.emojis.is_empty() && !emoji.media.is_empty());
    let Some(video) = post("peertube/object_video_framatube.json") else { return };
    assert_eq!(video.language.as_deref(), Some("en"));
    assert!(video.content.as_str().contains("https://framatube.org/videos/watch/"));
}

#[test]
fn votes_are_no_posts() {
    for name in ["mastodon/activity_create_vote.json", "gotosocial/activity_create_vote.json"] {
        let Some(document) = load(name) else { return };
        let votes: Vec<&Value> = json::many(&document, "object").collect();
        assert!(
            !votes.is_empty() && votes.into_iter().all(|vote| is_vote(vote) && parse(vote, None).is_err()),
            "{name}"
        );
    }
}

#[test]
fn actors_of_each_server() {
    for (name, handle, kind) in [
        ("gotosocial/live_actor.json", "alice@127.3.9.9", db::accounts::kind::PERSON),
        ("mastodon/actor_gargron.json", "Gargron@mastodon.social", db::accounts::kind::PERSON),
        ("lemmy/object_group.json", "", db::accounts::kind::GROUP),
        ("wordpress/object_group.json", "", db::accounts::kind::GROUP),
        ("wordpress/object_person.json", "", db::accounts::kind::PERSON),
        ("peertube/actor_person_framasoft.json", "framasoft@framatube.org", db::accounts::kind::PERSON),
        ("misskey/actor_sjw.json", "", db::accounts::kind::PERSON),
        ("relay/actor_application.json", "", db::accounts::kind::APPLICATION),
        ("smithereen/object_person.json", "", db::accounts::kind::PERSON),
    ] {
        let Some(document) = load(name) else { return };
        let parsed = actors::parse(&document, None).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(parsed.remote.new.kind, kind, "{name}");
        assert!(handle.is_empty() || parsed.handle.to_string() == handle, "{name}: {}", parsed.handle);
    }
}

#[test]
fn forged_attribution_is_seen() {
    let note = |id: &str, by: Value| value!({"type": "Note", "id": id, "attributedTo": by, "content": "x"});
    assert!(parse(&note("https://a.example/1", value!("https://b.example/u")), None).is_err());
    assert!(parse(&note("https://a.example/1", value!(null)), None).is_err());
    assert!(parse(&note("tag:x", value!("https://a.example/u")), None).is_err());
    let video = note(
        "https://a.example/1",
        value!([{"type": "Group", "id": "https://a.example/g"}, {"type": "Person", "id": "https://a.example/u"}]),
    );
    assert_eq!(parse(&video, None).map(|note| note.author), Ok("https://a.example/u".to_owned()));
    for two in [
        value!(["https://a.example/u", "https://a.example/v"]),
        value!(["https://a.example/u", "https://b.example/v"]),
        value!([{"type": "Person", "id": "https://a.example/u"}, {"type": "Person", "id": "https://a.example/v"}]),
    ] {
        assert!(parse(&note("https://a.example/1", two.clone()), None).is_err(), "{two}");
    }
}

#[test]
fn nothing_said_is_nothing() {
    let empty = value!({"type": "Note", "id": "https://a.example/1", "attributedTo": "https://a.example/u", "content": "<p></p>"});
    assert_eq!(parse(&empty, None).map(|note| note.uri), Err("the post is empty".to_owned()));
    let loops = value!({"type": "Note", "id": "https://a.example/1", "attributedTo": "https://a.example/u", "content": "x", "inReplyTo": ["https://a.example/1"]});
    assert_eq!(parse(&loops, None).map(|note| note.in_reply_to_uri), Ok(None));
}
