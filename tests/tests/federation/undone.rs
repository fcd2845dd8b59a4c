//! What is taken back at the moment when it comes, or before, and how much one host may send.

use http::StatusCode;
use serde_json::{Value, json};
use tests::{Instance, Mistake, Options, Remote, RemoteActor, User, eventually};

async fn worked_off(instance: &Instance) {
    eventually("no job waits", async || {
        (instance.database.number("SELECT count(*) FROM jobs").await == 0).then_some(())
    })
    .await;
}

/// What somebody may do and take back.
fn deeds(carol: &RemoteActor, alice: &Value, status: &Value) -> [Value; 4] {
    [
        carol.does("Like", status["uri"].clone()),
        carol.does("Announce", status["uri"].clone()),
        carol.does("Follow", alice["id"].clone()),
        carol.does("Block", alice["id"].clone()),
    ]
}

async fn assert_nothing_stays(a: &Instance, alice: &User, status: &Value) {
    worked_off(a).await;
    for table in [
        "favourites",
        "follows",
        "follow_requests",
        "blocks",
        "statuses WHERE reblog_of_id IS NOT NULL AND deleted_at IS NULL",
    ] {
        assert_eq!(a.database.number(&format!("SELECT count(*) FROM {table}")).await, 0, "{table}");
    }
    let now = alice.status(&status["id"]).await.unwrap();
    assert_eq!((&now["favourites_count"], &now["reblogs_count"]), (&json!(0), &json!(0)));
    let me = alice.client.get("/api/v1/accounts/verify_credentials").await.ok();
    assert_eq!(me["followers_count"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_taken_back_before_or_while_it_comes_is_not_there() {
    let (a, remote) = (Instance::start().await, Remote::start());
    let alice = a.user("alice").await;
    let status = alice.post("Favourite this").await;
    let first = remote.actor("first");
    let actor = first.look_up(&alice.handle).await;
    let inbox = actor["inbox"].as_str().unwrap();
    for number in 0..8 {
        let carol = remote.actor(&format!("carol{number}"));
        for deed in deeds(&carol, &actor, &status) {
            // With what was done in it, and by its id alone.
            for object in [deed.clone(), deed["id"].clone()] {
                let mut deed = deed.clone();
                let mut undo = carol.does("Undo", object);
                if undo["object"].is_string() {
                    deed["id"] = json!(format!("{}/again", deed["id"].as_str().unwrap()));
                    undo["object"] = deed["id"].clone();
                }
                if number == 0 {
                    carol.send(inbox, &undo).await;
                    worked_off(&a).await;
                    carol.send(inbox, &deed).await;
                } else {
                    let (one, two) = tokio::join!(carol.send(inbox, &deed), carol.send(inbox, &undo));
                    assert!(one.status.is_success() && two.status.is_success(), "{} {}", one.text, two.text);
                }
            }
        }
        assert_nothing_stays(&a, &alice, &status).await;
    }
    // What was there and was taken back may be done again under the same id.
    let follow = first.follow(&actor).await;
    first.send(inbox, &first.does("Undo", follow.clone())).await;
    assert_nothing_stays(&a, &alice, &status).await;
    a.database.execute("DELETE FROM received_activities").await;
    first.send(inbox, &follow).await;
    worked_off(&a).await;
    assert_eq!(a.database.number("SELECT count(*) FROM follows").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_host_sends_so_much_and_others_do_not_wait_for_it() {
    let settings = [("STOA_RATE_LIMITS__ENABLED", "true"), ("STOA_RATE_LIMITS__INBOX_PER_5_MINUTES", "3")];
    let settings = settings.map(|(name, value)| (name, value.to_owned())).to_vec();
    let a = Instance::start_with(Options { settings, ..Options::default() }).await;
    let (alice, remote, elsewhere) = (a.user("alice").await, Remote::start(), Remote::start());
    let (carol, dave, erin) = (remote.actor("carol"), remote.actor("dave"), elsewhere.actor("erin"));
    let actor = carol.look_up(&alice.handle).await;
    let (inbox, named) = (actor["inbox"].as_str().unwrap(), [actor["id"].as_str().unwrap()]);
    let send = async |who: &RemoteActor| who.send(inbox, &who.create(&who.note("Hello", &named))).await;
    for who in [&carol, &dave] {
        assert_eq!(send(who).await.status, StatusCode::ACCEPTED);
    }
    // Whoever only pretends to be from there uses nothing up.
    for _ in 0..3 {
        let (forged, key) = (carol.create(&carol.note("Forged", &named)), erin.key());
        let answer = carol.send_with(inbox, &forged, Some(Mistake::WrongKey(key))).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{}", answer.text);
    }
    assert_eq!(send(&carol).await.status, StatusCode::ACCEPTED);
    let refused = send(&dave).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS, "{}", refused.text);
    let wait: u64 = refused.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((200..=301).contains(&wait), "{wait}");
    assert_eq!(send(&erin).await.status, StatusCode::ACCEPTED);
    for who in ["carol", "erin"] {
        alice.is_notified("mention", who).await;
    }
}
