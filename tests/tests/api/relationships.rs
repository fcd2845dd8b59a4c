//! Endorsements, hidden hosts, limits of following, and whom lists do not show.

use http::{Method, StatusCode};
use serde_json::{Value, json};
use tests::{Instance, Options, Remote, User, eventually};

fn ids(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|entry| entry["id"].as_str().unwrap()).collect()
}

fn of(user: &User) -> Value {
    json!({ "id": user.id })
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_one_follows_one_may_endorse() {
    let a = Instance::start().await;
    let (alice, bob, carol) = tokio::join!(a.user("alice"), a.user("bob"), a.user("carol"));
    let stranger = alice.client.post_json(&format!("/api/v1/accounts/{}/endorse", bob.id), &json!({})).await;
    assert_eq!(stranger.status, StatusCode::UNPROCESSABLE_ENTITY);
    let text = "Validation failed: You must be already following the person you want to endorse";
    assert_eq!(stranger.json()["error"], text);
    alice.follow(&bob.handle).await;
    alice.follow(&carol.handle).await;
    assert_eq!(alice.act_on("accounts", &of(&bob), "endorse").await["endorsed"], true);
    assert_eq!(alice.act_on("accounts", &of(&bob), "endorse").await["endorsed"], true);
    // By its former name.
    assert_eq!(alice.act_on("accounts", &of(&carol), "pin").await["endorsed"], true);
    let path = format!("/api/v1/accounts/{}/endorsements", alice.id);
    for client in [&a.client(), &bob.client] {
        assert_eq!(ids(&client.get(&path).await.ok()), [carol.id.as_str(), bob.id.as_str()]);
    }
    assert_eq!(ids(&alice.client.get("/api/v1/endorsements?limit=1").await.ok()), [carol.id.as_str()]);
    assert_eq!(a.client().get("/api/v1/endorsements").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(a.client().get("/api/v1/accounts/1/endorsements").await.status, StatusCode::NOT_FOUND);
    // Bob does not want to see Carol anywhere.
    bob.act_on("accounts", &of(&carol), "block").await;
    assert_eq!(ids(&bob.client.get(&path).await.ok()), [bob.id.as_str()]);
    // It ends with the follow.
    assert_eq!(alice.act_on("accounts", &of(&carol), "unpin").await["endorsed"], false);
    assert_eq!(alice.act_on("accounts", &of(&bob), "unfollow").await["endorsed"], false);
    assert_eq!(alice.client.get("/api/v1/endorsements").await.ok(), json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hidden_host_is_left_behind() {
    let (a, remote) = (Instance::start().await, Remote::start());
    let alice = a.user("alice").await;
    let carol = remote.actor("carol");
    let actor = carol.look_up(&alice.handle).await;
    let inbox = actor["inbox"].as_str().unwrap().to_owned();
    carol.send(&inbox, &carol.does("Follow", actor["id"].clone())).await;
    alice.is_notified("follow", "carol").await;
    let account = alice.ask_to_follow(&carol.handle).await;
    let follow = remote.receives("Follow", 1).await.remove(0).activity;
    carol.send(&inbox, &carol.does("Accept", follow)).await;
    eventually("the follow is granted", async || {
        (alice.relationship(&account).await["following"] == true).then_some(())
    })
    .await;
    let note = carol.note("from afar", &["https://www.w3.org/ns/activitystreams#Public"]);
    carol.send(&inbox, &carol.create(&note)).await;
    alice.sees_at_home("from afar").await;
    alice.client.post_json("/api/v1/domain_blocks", &json!({ "domain": remote.domain })).await.ok();
    // At once it is hidden.
    assert!(!alice.has_at_home("from afar").await);
    assert_eq!(alice.relationship(&account).await["domain_blocking"], true);
    // Soon both follows are over, and the other side is told.
    remote.receives("Undo", 1).await;
    remote.receives("Reject", 1).await;
    assert!(!alice.notifications().await.iter().any(|news| news["account"]["username"] == "carol"));
    let now = alice.relationship(&account).await;
    assert_eq!((&now["following"], &now["followed_by"]), (&json!(false), &json!(false)));
    let me = alice.client.get("/api/v1/accounts/verify_credentials").await.ok();
    assert_eq!((&me["followers_count"], &me["following_count"]), (&json!(0), &json!(0)));
    assert_eq!(alice.client.get("/api/v1/domain_blocks").await.ok(), json!([remote.domain]));
}

#[tokio::test(flavor = "multi_thread")]
async fn hosts_are_shown_again_however_that_is_said() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    let path = "/api/v1/domain_blocks";
    let request = |method: Method| alice.client.request(method, path);
    for form in ["json", "form", "query"] {
        alice.client.post_json(path, &json!({ "domain": "Elsewhere.Example" })).await.ok();
        assert_eq!(alice.client.get(path).await.ok(), json!(["elsewhere.example"]));
        let delete = request(Method::DELETE);
        let domain = [("domain", "elsewhere.example")];
        let delete = match form {
            "json" => delete.json(&json!({ "domain": "elsewhere.example" })),
            "form" => delete
                .header("content-type", "application/x-www-form-urlencoded")
                .body("domain=elsewhere.example"),
            _ => delete.query(&domain),
        };
        assert_eq!(alice.client.send(delete).await.ok(), json!({}), "{form}");
        assert_eq!(alice.client.get(path).await.ok(), json!([]), "{form}");
    }
    for (domain, error) in [
        ("", "Validation failed: Domain can't be blank"),
        ("not a host", "Validation failed: Domain is not a valid domain name"),
        (a.domain.as_str(), "Validation failed: Domain is not a valid domain name"),
    ] {
        for method in [Method::POST, Method::DELETE] {
            let answer = alice.client.send(request(method).json(&json!({ "domain": domain }))).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{domain:?}");
            assert_eq!(answer.json()["error"], error, "{domain:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_follows_more_than_the_limit() {
    let options =
        Options { settings: vec![("STOA_LIMITS__MAX_FOLLOWS", "1".to_owned())], ..Options::default() };
    let a = Instance::start_with(options).await;
    let (alice, bob, carol) = tokio::join!(a.user("alice"), a.user("bob"), a.user("carol"));
    alice.act_on("accounts", &of(&bob), "follow").await;
    let path = |user: &User| format!("/api/v1/accounts/{}/follow", user.id);
    let more = alice.client.post_json(&path(&carol), &json!({})).await;
    assert_eq!(more.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", more.text);
    // What is there can be changed.
    let again =
        alice.client.post_json(&path(&bob), &json!({ "notify": true, "languages": ["de"] })).await.ok();
    assert_eq!((&again["notifying"], &again["languages"]), (&json!(true), &json!(["de"])));
    let oneself = alice.client.post_json(&path(&alice), &json!({})).await;
    assert_eq!(oneself.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", oneself.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follow_may_be_for_some_languages() {
    let a = Instance::start().await;
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    let path = format!("/api/v1/accounts/{}/follow", bob.id);
    alice.client.post_json(&path, &json!({ "languages": ["de"] })).await.ok();
    let post =
        async |text: &str, language: &str| bob.publish(json!({ "status": text, "language": language })).await;
    post("auf Deutsch", "de").await;
    post("in English", "en").await;
    post("noch etwas", "de").await;
    alice.sees_at_home("noch etwas").await;
    assert!(!alice.has_at_home("in English").await);
    alice.client.post_json(&path, &json!({ "languages": [""] })).await.ok();
    alice.sees_at_home("in English").await;
    let bad = alice.client.post_json(&path, &json!({ "languages": ["everything at once"] })).await;
    assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_of_people_leave_out_whom_the_viewer_blocks_or_is_blocked_by() {
    let a = Instance::start().await;
    let (alice, bob, carol, dave) =
        tokio::join!(a.user("alice"), a.user("bob"), a.user("carol"), a.user("dave"));
    for user in [&bob, &carol] {
        user.follow(&alice.handle).await;
        alice.follow(&user.handle).await;
    }
    dave.act_on("accounts", &of(&bob), "block").await;
    carol.act_on("accounts", &of(&dave), "block").await;
    for list in ["followers", "following"] {
        let path = format!("/api/v1/accounts/{}/{list}", alice.id);
        assert_eq!(dave.client.get(&path).await.ok(), json!([]), "{list}");
        assert_eq!(ids(&alice.client.get(&path).await.ok()).len(), 2, "{list}");
        assert_eq!(ids(&a.client().get(&path).await.ok()).len(), 2, "{list}");
    }
    let path = format!("/api/v1/accounts?id[]={}&id[]={}", bob.id, carol.id);
    assert_eq!(ids(&dave.client.get(&path).await.ok()), [bob.id.as_str()]);
    assert_eq!(ids(&a.client().get(&path).await.ok()).len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn relationships_are_asked_for_in_all_forms() {
    let a = Instance::start().await;
    let (alice, bob, carol) = tokio::join!(a.user("alice"), a.user("bob"), a.user("carol"));
    let ask =
        async |query: &str| alice.client.get(&format!("/api/v1/accounts/relationships?{query}")).await.ok();
    assert_eq!(ids(&ask(&format!("id={}", bob.id)).await), [bob.id.as_str()]);
    assert_eq!(ids(&ask(&format!("id[]={}&id[]={}", carol.id, bob.id)).await), [&*carol.id, &*bob.id]);
    a.database.execute("UPDATE accounts SET suspended_at = now() WHERE username = 'carol'").await;
    let both = format!("id[]={}&id[]={}", carol.id, bob.id);
    assert_eq!(ids(&ask(&both).await), [bob.id.as_str()]);
    assert_eq!(ids(&ask(&format!("{both}&with_suspended=true")).await), [&*carol.id, &*bob.id]);
    let answer = a.client().get(&format!("/api/v1/accounts/{}", carol.id)).await;
    assert_eq!(answer.status, StatusCode::GONE);
    alice.update(&json!({ "locked": true })).await;
    bob.act_on("accounts", &of(&alice), "follow").await;
    assert_eq!(ask(&format!("id={}", bob.id)).await[0]["requested_by"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn familiar_followers_are_those_one_follows_oneself() {
    let a = Instance::start().await;
    let (alice, bob, carol) = tokio::join!(a.user("alice"), a.user("bob"), a.user("carol"));
    alice.follow(&bob.handle).await;
    bob.follow(&carol.handle).await;
    let path = format!("/api/v1/accounts/familiar_followers?id[]={}&id[]={}", carol.id, bob.id);
    let familiar = alice.client.get(&path).await.ok();
    assert_eq!(ids(&familiar), [carol.id.as_str(), bob.id.as_str()]);
    assert_eq!(ids(&familiar[0]["accounts"]), [bob.id.as_str()]);
    assert_eq!(familiar[1]["accounts"], json!([]));
    bob.update(&json!({ "hide_collections": true })).await;
    assert_eq!(alice.client.get(&path).await.ok()[0]["accounts"], json!([]));
    assert_eq!(a.client().get(&path).await.status, StatusCode::UNAUTHORIZED);
}
