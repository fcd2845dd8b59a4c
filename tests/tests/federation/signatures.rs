//! The gate of the inbox: what is not signed as it should be is refused, and has no effect.

use std::time::Duration;

use ::signatures::PrivateKey;
use http::StatusCode;
use serde_json::{Value, json};
use tests::{Instance, Mistake, Remote, User};

/// Follows that arrive, in order, with the names of who sent them.
async fn followers(alice: &User) -> Vec<String> {
    let path = format!("/api/v1/accounts/{}/followers", alice.id);
    let list = alice.client.get(&path).await.ok();
    list.as_array().unwrap().iter().map(|account| account["username"].as_str().unwrap().to_owned()).collect()
}

async fn assert_only_good(alice: &User, good: &[&str]) {
    for name in good {
        alice.is_notified("follow", name).await;
    }
    let mut found = followers(alice).await;
    found.sort();
    assert_eq!(found, good);
}

fn inbox(actor: &Value) -> &str {
    actor["inbox"].as_str().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_valid_signature_has_an_effect() {
    let (a, remote) = (Instance::start().await, Remote::start());
    let alice = a.user("alice").await;
    let hour = Duration::from_hours(1);
    let table: Vec<(&str, Option<Mistake>)> = vec![
        ("unsigned", Some(Mistake::Unsigned)),
        ("wrongdigest", Some(Mistake::WrongDigest)),
        ("changed", Some(Mistake::ChangedAfterSigning)),
        ("nodigest", Some(Mistake::WithoutDigest)),
        ("wrongkey", Some(Mistake::WrongKey(PrivateKey::generate().unwrap()))),
        ("expired", Some(Mistake::Old(24 * hour))),
        ("future", Some(Mistake::Future(3 * hour))),
        ("othertarget", Some(Mistake::OtherTarget)),
        ("otherhost", Some(Mistake::OtherHost)),
        ("skewed", Some(Mistake::Old(hour))),
        ("valid", None),
    ];
    let actor = remote.actor("reader").look_up(&alice.handle).await;
    for (name, mistake) in table {
        let sender = remote.actor(name);
        let follow = sender.does("Follow", actor["id"].clone());
        for inbox in [inbox(&actor), actor["endpoints"]["sharedInbox"].as_str().unwrap()] {
            let answer = sender.send_with(inbox, &follow, mistake.clone()).await;
            if ["valid", "skewed"].contains(&name) {
                assert!(answer.status.is_success(), "{name}: {} {}", answer.status, answer.text);
            } else {
                assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{name}: {}", answer.text);
                assert!(answer.json()["error"].is_string(), "{name}: {}", answer.text);
            }
        }
    }
    assert_only_good(&alice, &["skewed", "valid"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_speaks_for_another() {
    let (a, remote, elsewhere) = (Instance::start().await, Remote::start(), Remote::start());
    let alice = a.user("alice").await;
    let (mallory, neighbour, victim) =
        (elsewhere.actor("mallory"), remote.actor("neighbour"), remote.actor("victim"));
    let actor = victim.look_up(&alice.handle).await;
    // Signed in order, but by somebody else's key: from another host, and from the same one.
    for thief in [&mallory, &neighbour] {
        let follow = victim.does("Follow", actor["id"].clone());
        let answer = thief.send(inbox(&actor), &follow).await;
        assert!(answer.status.is_client_error(), "{}: {}", thief.handle, answer.status);
    }
    // The other way round: the victim's key is named, and another one signs.
    let follow = victim.does("Follow", actor["id"].clone());
    let answer = victim.send_with(inbox(&actor), &follow, Some(Mistake::WrongKey(mallory.key()))).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    mallory.follow(&actor).await;
    assert_only_good(&alice, &["mallory"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_key_is_fetched_once() {
    let (a, remote) = (Instance::start().await, Remote::start());
    let alice = a.user("alice").await;
    let carol = remote.actor("carol");
    let actor = carol.look_up(&alice.handle).await;
    carol.follow(&actor).await;
    let old = carol.key();
    carol.rotate_key();
    let asked = |remote: &Remote| remote.requests().iter().filter(|address| **address == carol.uri).count();
    let before = asked(&remote);
    for text in ["after the change", "and again"] {
        let note = carol.note(text, &[actor["id"].as_str().unwrap()]);
        let answer = carol.send(inbox(&actor), &carol.create(&note)).await;
        assert!(answer.status.is_success(), "{text}: {} {}", answer.status, answer.text);
    }
    assert_eq!(asked(&remote) - before, 1, "the actor is fetched once for its new key");
    alice.is_notified("mention", "carol").await;
    // The old key is worth nothing any more.
    let note = carol.note("with the old key", &[]);
    let answer = carol.send_with(inbox(&actor), &carol.create(&note), Some(Mistake::WrongKey(old))).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{}", answer.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_activity_has_its_effect_once() {
    let (a, remote) = (Instance::start().await, Remote::start());
    let alice = a.user("alice").await;
    let carol = remote.actor("carol");
    let actor = carol.look_up(&alice.handle).await;
    let status = alice.post("Like me").await;
    let like = carol.does("Like", status["uri"].clone());
    for _ in 0..5 {
        assert!(carol.send(inbox(&actor), &like).await.status.is_success());
    }
    let note = carol.note("once", &[actor["id"].as_str().unwrap()]);
    let create = carol.create(&note);
    for _ in 0..5 {
        assert!(carol.send(inbox(&actor), &create).await.status.is_success());
    }
    alice.is_notified("mention", "carol").await;
    alice.is_notified("favourite", "carol").await;
    let news = alice.notifications().await;
    assert_eq!(news.len(), 2, "{news:?}");
    assert_eq!(alice.status(&status["id"]).await.unwrap()["favourites_count"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn nonsense_in_the_inbox_is_refused() {
    let (a, remote) = (Instance::start().await, Remote::start());
    let alice = a.user("alice").await;
    let carol = remote.actor("carol");
    let actor = carol.look_up(&alice.handle).await;
    let me = carol.uri.as_str();
    let deep = (0..200).fold(json!({}), |inner, _| json!([inner]));
    for nonsense in [
        json!(null),
        json!([]),
        json!("Follow"),
        json!({}),
        json!({ "type": "Follow" }),
        json!({ "type": "Follow", "actor": me }),
        json!({ "id": 7, "type": "Follow", "actor": me, "object": 8 }),
        json!({ "id": "not an address", "type": "Create", "actor": me, "object": {} }),
        json!({ "id": format!("{me}#1"), "type": "Create", "actor": [me, "https://b.example/"], "object": deep }),
        json!({ "id": format!("{me}#2\u{0}"), "type": "Like", "actor": me, "object": "\u{0}" }),
        json!({ "id": format!("{me}#3"), "type": "Juggle", "actor": me, "object": me }),
    ] {
        let answer = carol.send(inbox(&actor), &nonsense).await;
        assert!(answer.status.as_u16() < 500, "{nonsense}: {} {}", answer.status, answer.text);
    }
    let long =
        json!({ "id": format!("{me}#4"), "type": "Create", "actor": me, "object": "x".repeat(2 << 20) });
    let answer = carol.send(inbox(&actor), &long).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "{}", answer.text);
    carol.follow(&actor).await;
}
