//! Polls both ways: votes go to the author, tallies come back, the end is told everywhere.

use serde_json::{Value, json};
use tests::{Instance, Remote, RemoteActor, User, eventually, never};

async fn ask(user: &User, text: &str, options: &[&str], multiple: bool) -> Value {
    let poll = json!({ "options": options, "expires_in": 3600, "multiple": multiple });
    user.publish(json!({ "status": text, "poll": poll })).await
}

fn id(status: &Value) -> &str {
    status["poll"]["id"].as_str().unwrap()
}

async fn vote(user: &User, status: &Value, choices: &[i64]) -> Value {
    user.client
        .post_json(&format!("/api/v1/polls/{}/votes", id(status)), &json!({ "choices": choices }))
        .await
        .ok()
}

async fn tallies(user: &User, status: &Value) -> Vec<i64> {
    let poll = user.client.get(&format!("/api/v1/polls/{}", id(status))).await.ok();
    poll["options"].as_array().unwrap().iter().map(|option| option["votes_count"].as_i64().unwrap()).collect()
}

async fn becomes(user: &User, status: &Value, expected: &[i64]) {
    eventually(&format!("{} counts {expected:?}", user.handle), async || {
        (tallies(user, status).await == expected).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn votes_go_to_the_author_and_tallies_come_back() {
    let [a, b] = Instance::start_many().await;
    let (alice, bob, dave) = tokio::join!(a.user("alice"), b.user("bob"), b.user("dave"));
    bob.follow(&alice.handle).await;
    let asked = ask(&alice, "Tea or coffee?", &["tea", "coffee", "both"], true).await;
    let seen = bob.sees_at_home("Tea or coffee?").await;
    let poll = &seen["poll"];
    assert_eq!(
        (&poll["multiple"], &poll["voted"], &poll["expired"]),
        (&json!(true), &json!(false), &json!(false))
    );
    assert_eq!(poll["options"][2], json!({ "title": "both", "votes_count": 0 }));
    let close = |one: &Value, other: &Value| one.as_str().unwrap()[..19] == other.as_str().unwrap()[..19];
    assert!(close(&poll["expires_at"], &asked["poll"]["expires_at"]), "{poll}");

    let voted = vote(&bob, &seen, &[0, 2]).await;
    assert_eq!(
        (&voted["own_votes"], &voted["voters_count"]),
        (&json!([0, 2]), &json!(1)),
        "counted here at once"
    );
    becomes(&alice, &asked, &[1, 0, 1]).await;
    let there = alice.client.get(&format!("/api/v1/polls/{}", id(&asked))).await.ok();
    assert_eq!(there["voters_count"], 1, "several votes of one person");
    assert!(alice.notifications().await.iter().all(|news| news["type"] != "mention"), "a vote is no post");

    // Dave does not follow; the tallies of all reach those who look at it there.
    let found = dave.find_status(asked["uri"].as_str().unwrap()).await.unwrap();
    vote(&dave, &found, &[2]).await;
    becomes(&alice, &asked, &[1, 0, 2]).await;
    let carol = a.user("carol").await;
    vote(&carol, &asked, &[1]).await;
    a.retry_now().await;
    becomes(&bob, &seen, &[1, 1, 2]).await;
    assert_eq!(bob.status(&seen["id"]).await.unwrap()["edited_at"], Value::Null, "tallies are no edit");

    // The end.
    for instance in [&a, &b] {
        instance.database.execute("UPDATE polls SET expires_at = now() - interval '1 second'").await;
    }
    a.retry_now().await;
    alice.is_notified("poll", "alice").await;
    carol.is_notified("poll", "alice").await;
    b.retry_now().await;
    for voter in [&bob, &dave] {
        let told = voter.is_notified("poll", "alice").await;
        assert_eq!(told["status"]["poll"]["expired"], true);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edited_poll_arrives_and_forgets_its_votes() {
    let [a, b] = Instance::start_many().await;
    let (alice, bob) = tokio::join!(a.user("alice"), b.user("bob"));
    bob.follow(&alice.handle).await;
    let asked = ask(&alice, "Which?", &["x", "y"], false).await;
    let seen = bob.sees_at_home("Which?").await;
    vote(&bob, &seen, &[1]).await;
    becomes(&alice, &asked, &[0, 1]).await;
    let path = format!("/api/v1/statuses/{}", asked["id"].as_str().unwrap());
    let body = json!({ "status": "Which?", "poll": { "options": ["x", "z"], "expires_in": 3600 } });
    alice.client.send(alice.client.request(http::Method::PUT, &path).json(&body)).await.ok();
    let now = eventually("the new options arrive", async || {
        let status = bob.status(&seen["id"]).await?;
        (status["poll"]["options"][1]["title"] == "z").then_some(status)
    })
    .await;
    assert_eq!((&now["poll"]["voted"], &now["poll"]["votes_count"]), (&json!(false), &json!(0)));
    assert!(now["edited_at"].is_string());
    vote(&bob, &seen, &[1]).await;
    becomes(&alice, &asked, &[0, 1]).await;
}

/// A Question of a remote actor, as Mastodon writes them.
fn question(carol: &RemoteActor, alice: &Value, tallies: [i64; 2]) -> Value {
    let option = |name: &str, votes: i64| json!({ "type": "Note", "name": name, "replies": { "type": "Collection", "totalItems": votes } });
    let mut question = carol.note("A question", &[alice["id"].as_str().unwrap()]);
    question["type"] = json!("Question");
    question["oneOf"] = json!([option("yes", tallies[0]), option("no", tallies[1])]);
    question["endTime"] = json!((chrono::Utc::now() + chrono::Duration::hours(1)).to_rfc3339());
    question["votersCount"] = json!(tallies.iter().sum::<i64>());
    question
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_author_says_how_a_poll_stands() {
    let (a, remote) = (Instance::start().await, Remote::start());
    let alice = a.user("alice").await;
    let (carol, eve) = (remote.actor("carol"), remote.actor("eve"));
    let actor = carol.look_up(&alice.handle).await;
    let inbox = actor["inbox"].as_str().unwrap();
    let mut asked = question(&carol, &actor, [3, 4]);
    carol.send(inbox, &carol.create(&asked)).await;
    let status = alice.is_notified("mention", "carol").await["status"].clone();
    assert_eq!(tallies(&alice, &status).await, [3, 4]);

    // Our vote: a Note with a name, to the author alone.
    vote(&alice, &status, &[1]).await;
    let sent = remote.receives("Create", 1).await.remove(0);
    assert_eq!(sent.inbox, format!("{}/inbox", carol.uri));
    let note = &sent.activity["object"];
    assert_eq!(
        (&note["type"], &note["name"], &note["inReplyTo"]),
        (&json!("Note"), &json!("no"), &asked["id"])
    );
    assert_eq!((&note["attributedTo"], &note["to"]), (&actor["id"], &json!([carol.uri])));
    assert_eq!(sent.activity["to"], json!([carol.uri]));
    assert!(
        note.get("content").is_none() && note.get("cc").is_none() && sent.activity.get("cc").is_none(),
        "{note}"
    );
    assert_eq!(tallies(&alice, &status).await, [3, 5]);

    // Somebody else's word, other options, and nonsense change nothing.
    let said = |tallies: [i64; 2]| {
        let mut said = question(&carol, &actor, tallies);
        (said["id"], said["published"]) = (asked["id"].clone(), asked["published"].clone());
        said
    };
    eve.send(inbox, &eve.does("Update", said([900, 0]))).await;
    let mut other = said([800, 0]);
    other["oneOf"][0]["name"] = json!("maybe");
    carol.send(inbox, &carol.does("Update", other)).await;
    carol.send(inbox, &carol.does("Update", said([-7, 6]))).await;
    becomes(&alice, &status, &[0, 6]).await;
    carol.send(inbox, &carol.does("Update", said([10, 6]))).await;
    becomes(&alice, &status, &[10, 6]).await;
    assert_eq!(alice.status(&status["id"]).await.unwrap()["edited_at"], Value::Null);

    // What is read and old is asked for again; then it closes, which is told.
    asked["oneOf"] = said([11, 6])["oneOf"].clone();
    asked["closed"] = json!(chrono::Utc::now().to_rfc3339());
    remote.serve(&asked);
    a.database.execute("UPDATE polls SET fetched_at = now() - interval '1 hour'").await;
    becomes(&alice, &status, &[11, 6]).await;
    alice.is_notified("poll", "carol").await;
    assert_eq!(alice.status(&status["id"]).await.unwrap()["poll"]["expired"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_votes_do_not_count() {
    let (a, remote) = (Instance::start().await, Remote::start());
    let alice = a.user("alice").await;
    let (carol, dave, mallory) = (remote.actor("carol"), remote.actor("dave"), remote.actor("mallory"));
    let actor = carol.look_up(&alice.handle).await;
    let inbox = actor["inbox"].as_str().unwrap();
    carol.follow(&actor).await;
    let single = ask(&alice, "One?", &["yes", "no"], false).await;
    let several = ask(&alice, "Many?", &["yes", "no"], true).await;
    let secret = alice
        .publish(json!({ "status": "Secret?", "visibility": "direct", "poll": { "options": ["yes", "no"], "expires_in": 300 } }))
        .await;
    let ballot = |by: &RemoteActor, poll: &Value, name: &str| {
        json!({
            "id": format!("{}#votes/{}", by.uri, rand::random::<u64>()), "type": "Note", "name": name,
            "attributedTo": by.uri, "to": actor["id"], "inReplyTo": poll["uri"],
        })
    };
    let mallorys = alice.find(&mallory.handle).await;
    alice.act_on("accounts", &mallorys, "block").await;
    let cast = async |by: &RemoteActor, object: Value| {
        let mut create = by.does("Create", object);
        create["to"] = actor["id"].clone();
        by.send(inbox, &create).await;
    };
    cast(&mallory, ballot(&mallory, &single, "yes")).await;
    cast(&dave, ballot(&dave, &secret, "yes")).await;
    cast(&dave, ballot(&carol, &single, "yes")).await;
    cast(&carol, ballot(&carol, &single, "perhaps")).await;
    cast(&carol, ballot(&carol, &single, "no")).await;
    becomes(&alice, &single, &[0, 1]).await;
    cast(&carol, ballot(&carol, &single, "yes")).await;
    cast(&carol, ballot(&carol, &single, "no")).await;
    // All at once, as GoToSocial sends them; one of them names nothing.
    let all = json!([
        ballot(&carol, &several, "never"),
        ballot(&carol, &several, "yes"),
        ballot(&carol, &several, "no"),
        ballot(&carol, &several, "yes"),
    ]);
    cast(&carol, all).await;
    becomes(&alice, &several, &[1, 1]).await;
    let poll = alice.client.get(&format!("/api/v1/polls/{}", id(&several))).await.ok();
    assert_eq!((&poll["votes_count"], &poll["voters_count"]), (&json!(2), &json!(1)));
    a.database.execute("UPDATE polls SET expires_at = now() - interval '1 second'").await;
    cast(&dave, ballot(&dave, &several, "yes")).await;
    never("a late vote counts", async || tallies(&alice, &several).await != [1, 1]).await;
    assert_eq!(tallies(&alice, &single).await, [0, 1]);
    assert_eq!(tallies(&alice, &secret).await, [0, 0]);
    assert!(alice.notifications().await.iter().all(|news| news["type"] != "mention"));

    // The voter's host hears how it stands, once for all votes, and of the end.
    a.retry_now().await;
    let updates = eventually("the end is told", async || {
        let updates = remote.arrivals_of("Update");
        let of = |poll: &Value| {
            let mut mine = updates.iter().filter(|one| one.activity["object"]["id"] == poll["uri"]);
            mine.any(|one| one.activity["object"]["closed"].is_string())
        };
        (of(&single) && of(&several)).then_some(updates.clone())
    })
    .await;
    let of = |poll: &Value| updates.iter().filter(|one| one.activity["object"]["id"] == poll["uri"]).count();
    assert!(of(&several) <= 2 && of(&single) <= 2, "votes are gathered: {} {}", of(&several), of(&single));
    let last = updates.iter().rfind(|one| one.activity["object"]["id"] == several["uri"]).unwrap();
    let told = &last.activity["object"];
    assert_eq!((&told["type"], &told["votersCount"]), (&json!("Question"), &json!(1)));
    assert_eq!(told["anyOf"][0]["replies"]["totalItems"], 1);
    assert!(updates.iter().all(|one| one.activity["object"]["id"] != secret["uri"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_local_only_goes_nowhere() {
    let (a, remote) = (Instance::start().await, Remote::start());
    let alice = a.user("alice").await;
    let carol = remote.actor("carol");
    let actor = carol.look_up(&alice.handle).await;
    carol.follow(&actor).await;
    let found = alice.find(&carol.handle).await;
    let text = format!("For us, not for @{}", found["acct"].as_str().unwrap());
    let hidden = alice.publish(json!({ "status": text, "local_only": true })).await;
    alice.edit(&hidden, "Still for us").await;
    alice.reblog(&hidden).await;
    alice.act_on("statuses", &hidden, "pin").await;
    alice.delete(&hidden).await;
    alice.post("For everybody").await;
    // What comes after it has come: it never will.
    remote.receives("Create", 1).await;
    let all = remote.arrivals();
    assert!(
        all.iter().all(|one| !one.activity.to_string().contains(hidden["uri"].as_str().unwrap())),
        "{all:?}"
    );
}
