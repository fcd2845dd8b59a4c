//! Polls: asking, voting, secret totals, edits, and the end.

use futures::future::join_all;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use tests::{Answer, Client, Crowd, Instance, User, eventually, never};

fn poll(options: &[&str]) -> Value {
    json!({ "options": options, "expires_in": 3600 })
}

async fn ask(user: &User, poll: Value) -> Value {
    user.publish(json!({ "status": "Well?", "poll": poll })).await
}

async fn vote(client: &Client, status: &Value, choices: &Value) -> Answer {
    let path = format!("/api/v1/polls/{}/votes", status["poll"]["id"].as_str().unwrap());
    client.post_json(&path, &json!({ "choices": choices })).await
}

async fn read(client: &Client, status: &Value) -> Answer {
    client.get(&format!("/api/v1/polls/{}", status["poll"]["id"].as_str().unwrap())).await
}

fn tallies(poll: &Value) -> Vec<Value> {
    poll["options"].as_array().unwrap().iter().map(|option| option["votes_count"].clone()).collect()
}

/// Lets all polls end now.
async fn end_all(a: &Instance) {
    a.database.execute("UPDATE polls SET expires_at = now() - interval '1 second'").await;
    a.retry_now().await;
}

async fn notices(user: &User) -> usize {
    user.notifications().await.iter().filter(|news| news["type"] == "poll").count()
}

#[tokio::test(flavor = "multi_thread")]
async fn people_vote_once_and_see_what_they_chose() {
    let a = Instance::start().await;
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    let status = ask(&alice, poll(&["yes", "no"])).await;
    let made = &status["poll"];
    assert_eq!(
        (&made["multiple"], &made["expired"], &made["votes_count"]),
        (&json!(false), &json!(false), &json!(0))
    );
    assert_eq!((&made["voted"], &made["own_votes"]), (&json!(true), &json!([])), "nothing is left to do");
    assert_eq!(made["options"][1], json!({ "title": "no", "votes_count": 0 }));

    let voted = vote(&bob.client, &status, &json!([1])).await.ok();
    assert_eq!((&voted["voted"], &voted["own_votes"]), (&json!(true), &json!([1])));
    assert_eq!(tallies(&voted), [0, 1]);
    assert_eq!((&voted["votes_count"], &voted["voters_count"]), (&json!(1), &Value::Null));
    assert_eq!(bob.status(&status["id"]).await.unwrap()["poll"], voted);

    let anonymous = read(&a.client(), &status).await.ok();
    assert!(anonymous.get("voted").is_none() && anonymous.get("own_votes").is_none(), "{anonymous}");
    let refused = |answer: Answer, text: &str| {
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.text);
        assert_eq!(answer.json()["error"], format!("Validation failed: {text}"));
    };
    refused(vote(&bob.client, &status, &json!([0])).await, "You have already voted on this poll");
    refused(vote(&alice.client, &status, &json!([0])).await, "You cannot vote in your own polls");
    let carol = a.user("carol").await;
    for choices in [json!([2]), json!([-1]), json!([i64::MAX])] {
        refused(vote(&carol.client, &status, &choices).await, "The chosen vote option does not exist");
    }
    refused(vote(&carol.client, &status, &json!([0, 1])).await, "Only one option can be chosen in this poll");
    refused(vote(&carol.client, &status, &json!([])).await, "Choices can't be blank");
    for (client, code) in [(a.client(), StatusCode::UNAUTHORIZED), (carol.client.clone(), StatusCode::OK)] {
        let path = format!("/api/v1/polls/{}/votes", made["id"].as_str().unwrap());
        let form = client.request(Method::POST, &path).form(&[("choices[]", "0")]);
        assert_eq!(client.send(form).await.status, code);
    }
    end_all(&a).await;
    let dave = a.user("dave").await;
    refused(vote(&dave.client, &status, &json!([0])).await, "The poll has already ended");
    assert_eq!(read(&dave.client, &status).await.ok()["expired"], true);
    assert_eq!(dave.client.get("/api/v1/polls/1").await.status, StatusCode::NOT_FOUND);
    let plain = alice.post("No question").await;
    let path = format!("/api/v1/polls/{}", plain["id"].as_str().unwrap());
    assert_eq!(dave.client.get(&path).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_poll_can_be_is_refused_with_the_words_that_clients_know() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    let options = |count: usize| (0..count).map(|n| format!("option {n}")).collect::<Vec<_>>();
    for (poll, text) in [
        (json!({ "options": ["one"], "expires_in": 300 }), "Choices must have more than one item"),
        (json!({ "options": options(7), "expires_in": 300 }), "Choices can't contain more than 6 items"),
        (json!({ "options": ["a", " a "], "expires_in": 300 }), "Choices contain duplicate items"),
        (
            json!({ "options": ["a", "x".repeat(51)], "expires_in": 300 }),
            "Choices cannot be longer than 50 characters each",
        ),
        (json!({ "options": ["a", "b"], "expires_in": 299 }), "Deadline is too soon"),
        (json!({ "options": ["a", "b"], "expires_in": -1 }), "Deadline is too soon"),
        (json!({ "options": ["a", "b"], "expires_in": 2_629_747 }), "Deadline is too far into the future"),
        (json!({ "options": ["a", "b"] }), "Deadline can't be blank"),
    ] {
        let answer =
            alice.client.post_json("/api/v1/statuses", &json!({ "status": "?", "poll": poll })).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{poll}");
        assert_eq!(answer.json()["error"], format!("Validation failed: {text}"));
    }
    assert!(alice.home().await.is_empty());
    let limits = a.client().get("/api/v2/instance").await.ok()["configuration"]["polls"].clone();
    let expected = json!({
        "max_options": 6, "max_characters_per_option": 50, "min_expiration": 300, "max_expiration": 2_629_746,
    });
    assert_eq!(limits, expected);
    assert_eq!(a.client().get("/api/v1/instance").await.ok()["configuration"]["polls"], expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_form_of_a_poll_is_read() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    let pairs = [
        ("poll[options][]", "a"),
        ("poll[options][]", "b"),
        ("poll[expires_in]", "300"),
        ("poll[multiple]", "1"),
        ("poll[hide_totals]", "true"),
    ];
    let request = || alice.client.request(Method::POST, "/api/v1/statuses");
    let parts =
        pairs.iter().fold(reqwest::multipart::Form::new(), |form, (name, value)| form.text(*name, *value));
    let poll = json!({ "options": ["a", "b"], "expires_in": "300", "multiple": "1", "hide_totals": 1 });
    for request in [
        request().form(&pairs),
        request().multipart(parts),
        request().json(&json!({ "status": "", "poll": poll })),
    ] {
        let status = alice.client.send(request).await.ok();
        let made = &status["poll"];
        assert_eq!((&made["multiple"], &made["voters_count"]), (&json!(true), &json!(0)), "{status}");
        assert_eq!(
            made["options"],
            json!([{ "title": "a", "votes_count": null }, { "title": "b", "votes_count": null }])
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hidden_totals_are_shown_at_the_end() {
    let a = Instance::start().await;
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    let asked =
        json!({ "options": ["a", "b", "c"], "expires_in": 300, "multiple": true, "hide_totals": true });
    let status = ask(&alice, asked).await;
    let voted = vote(&bob.client, &status, &json!([2, 0, 2])).await.ok();
    assert_eq!(tallies(&voted), [Value::Null, Value::Null, Value::Null]);
    assert_eq!((&voted["votes_count"], &voted["voters_count"]), (&json!(2), &json!(1)));
    assert_eq!(voted["own_votes"], json!([0, 2]));
    end_all(&a).await;
    assert_eq!(tallies(&read(&a.client(), &status).await.ok()), [1, 0, 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_vote_at_once() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    let crowd = Crowd::gather(&a, 100).await;
    let asked = json!({ "options": ["a", "b", "c"], "expires_in": 300, "multiple": true });
    let status = ask(&alice, asked).await;
    // Everybody from two devices, of which one is late.
    let votes = (0..200).map(|n| {
        let (member, status) = (&crowd.members[n % 100], &status);
        async move {
            let choices = if n.is_multiple_of(2) { json!([0, 1]) } else { json!([2]) };
            vote(member, status, &choices).await.status
        }
    });
    let answers = join_all(votes).await;
    assert_eq!(answers.iter().filter(|status| **status == StatusCode::OK).count(), 100, "{answers:?}");
    let poll = read(&alice.client, &status).await.ok();
    assert_eq!(tallies(&poll), [50, 50, 50]);
    assert_eq!((&poll["votes_count"], &poll["voters_count"]), (&json!(150), &json!(100)));
    assert_eq!(a.database.number("SELECT count(*) FROM poll_votes").await, 150);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_that_asks_something_else_takes_the_votes_back() {
    let a = Instance::start().await;
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    let status = ask(&alice, poll(&["tea", "coffee"])).await;
    vote(&bob.client, &status, &json!([0])).await.ok();
    let path = format!("/api/v1/statuses/{}", status["id"].as_str().unwrap());
    let edit = async |body: Value| {
        alice.client.send(alice.client.request(Method::PUT, &path).json(&body)).await.ok()
    };
    let same = edit(json!({ "status": "Better asked", "poll": poll(&["tea", "coffee"]) })).await;
    assert_eq!(tallies(&same["poll"]), [1, 0], "the same question keeps its votes");
    let other = edit(json!({ "status": "Better asked", "poll": poll(&["tea", "water"]) })).await;
    assert_eq!(
        (tallies(&other["poll"]), &other["poll"]["votes_count"]),
        (vec![json!(0), json!(0)], &json!(0))
    );
    assert_eq!(bob.status(&status["id"]).await.unwrap()["poll"]["voted"], false);
    vote(&bob.client, &status, &json!([1])).await.ok();
    let none = edit(json!({ "status": "Forget it" })).await;
    assert_eq!(none["poll"], Value::Null);
    assert_eq!(read(&bob.client, &status).await.status, StatusCode::NOT_FOUND);
    let history = bob.client.get(&format!("{path}/history")).await.ok();
    let title = |version: usize| history[version]["poll"]["options"][1]["title"].clone();
    assert_eq!((title(0), title(1), title(2)), (json!("coffee"), json!("coffee"), json!("water")));
    assert!(history[3].get("poll").is_none(), "{history}");
    let begun = edit(json!({ "status": "Once more", "poll": poll(&["x", "y"]) })).await;
    assert_eq!(begun["poll"]["options"][0]["title"], "x");
    let deleted = alice.delete(&status).await;
    assert_eq!(
        (&deleted["text"], &deleted["poll"]["options"][1]["title"]),
        (&json!("Once more"), &json!("y"))
    );
    eventually("nothing is left of the poll", async || {
        (a.database.number("SELECT count(*) FROM polls").await == 0).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poll_is_for_whom_its_status_is() {
    let a = Instance::start().await;
    let (alice, bob, carol) = tokio::join!(a.user("alice"), a.user("bob"), a.user("carol"));
    bob.follow(&alice.handle).await;
    let private = alice
        .publish(json!({ "status": "Friends?", "visibility": "private", "poll": poll(&["a", "b"]) }))
        .await;
    for client in [&carol.client, &a.client()] {
        assert_eq!(read(client, &private).await.status, StatusCode::NOT_FOUND);
    }
    assert_eq!(vote(&carol.client, &private, &json!([0])).await.status, StatusCode::NOT_FOUND);
    vote(&bob.client, &private, &json!([0])).await.ok();
    let open = ask(&alice, poll(&["a", "b"])).await;
    alice.act_on("accounts", &json!({ "id": carol.id }), "block").await;
    assert_eq!(vote(&carol.client, &open, &json!([0])).await.status, StatusCode::NOT_FOUND);
    assert_eq!(tallies(&read(&alice.client, &open).await.ok()), [0, 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_is_told_once_to_the_author_and_the_voters() {
    let mut a = Instance::start().await;
    let (alice, bob, carol) = tokio::join!(a.user("alice"), a.user("bob"), a.user("carol"));
    let status = ask(&alice, poll(&["a", "b"])).await;
    vote(&bob.client, &status, &json!([0])).await.ok();
    // A moment too early, nothing ends.
    a.retry_now().await;
    never("the poll ends before its time", async || notices(&alice).await > 0).await;
    a.kill_hard();
    a.database.execute("UPDATE polls SET expires_at = now() - interval '1 second'").await;
    a.restart().await;
    a.retry_now().await;
    let told = alice.is_notified("poll", "alice").await;
    assert_eq!((&told["status"]["id"], &told["status"]["poll"]["expired"]), (&status["id"], &json!(true)));
    bob.is_notified("poll", "alice").await;
    // Dismissed, and not told again by a job that runs twice.
    bob.client.post_json("/api/v1/notifications/clear", &json!({})).await.ok();
    let again = format!(
        "INSERT INTO jobs (kind, queue, payload) VALUES ('end_poll', 'default', '{{\"status\": {}, \"at\": 0}}')",
        status["id"].as_str().unwrap()
    );
    a.database.execute(&again).await;
    a.kill_hard();
    a.restart().await;
    eventually("the job is done", async || {
        (a.database.number("SELECT count(*) FROM jobs WHERE kind = 'end_poll'").await == 0).then_some(())
    })
    .await;
    assert_eq!((notices(&alice).await, notices(&bob).await, notices(&carol).await), (1, 0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn files_and_a_poll_do_not_go_together() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    let body = json!({ "status": "?", "media_ids": ["1"], "poll": poll(&["a", "b"]) });
    let answer = alice.client.post_json("/api/v1/statuses", &body).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer.json()["error"], "Validation failed: Cannot attach files to a post with a poll");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_asks_once() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    let body = json!({ "status": "Once?", "poll": poll(&["a", "b"]) });
    let mut ids = Vec::new();
    for _ in 0..2 {
        let request = alice.client.request(Method::POST, "/api/v1/statuses");
        let answer = alice.client.send(request.header("idempotency-key", "poll").json(&body)).await;
        ids.push(answer.ok()["poll"]["id"].clone());
    }
    assert_eq!(ids[0], ids[1]);
    assert_eq!(a.database.number("SELECT count(*) FROM polls").await, 1);
}
