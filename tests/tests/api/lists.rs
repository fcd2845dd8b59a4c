//! Lists: whose they are, who is in them, and what is read there and not at home.

use http::{Method, StatusCode};
use serde_json::{Value, json};
use tests::{Answer, Instance, User};

async fn make(owner: &User, form: Value) -> Value {
    owner.client.post_json("/api/v1/lists", &form).await.ok()
}

fn path(list: &Value, rest: &str) -> String {
    format!("/api/v1/lists/{}{rest}", list["id"].as_str().unwrap())
}

async fn put(user: &User, path: &str, form: Value) -> Answer {
    user.client.send(user.client.request(Method::PUT, path).json(&form)).await
}

async fn add(owner: &User, list: &Value, members: &[&User]) -> Answer {
    let ids: Vec<&str> = members.iter().map(|member| member.id.as_str()).collect();
    owner.client.post_json(&path(list, "/accounts"), &json!({ "account_ids": ids })).await
}

/// The names of the members.
async fn members(owner: &User, list: &Value, query: &str) -> Vec<String> {
    let page = owner.client.get(&path(list, &format!("/accounts{query}"))).await.ok();
    page.as_array().unwrap().iter().map(|one| one["username"].as_str().unwrap().to_owned()).collect()
}

/// The texts of a list's timeline.
async fn texts(owner: &User, list: &Value) -> Vec<String> {
    let page =
        owner.client.get(&format!("/api/v1/timelines/list/{}", list["id"].as_str().unwrap())).await.ok();
    let text = |status: &Value| {
        let of = if status["reblog"].is_object() { &status["reblog"] } else { status };
        of["content"].as_str().unwrap().trim_start_matches("<p>").trim_end_matches("</p>").to_owned()
    };
    page.as_array().unwrap().iter().map(text).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_made_changed_and_removed_by_its_owner_alone() {
    let a = Instance::start().await;
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    let list = make(&alice, json!({ "title": "Friends" })).await;
    let id = list["id"].clone();
    assert_eq!(list, json!({ "id": id, "title": "Friends", "replies_policy": "list", "exclusive": false }));
    let changed =
        put(&alice, &path(&list, ""), json!({ "replies_policy": "none", "exclusive": true })).await.ok();
    assert_eq!(changed, json!({ "id": id, "title": "Friends", "replies_policy": "none", "exclusive": true }));
    let request =
        alice.client.request(Method::PUT, &path(&list, "")).form(&[("title", "Foes"), ("exclusive", "0")]);
    let changed = alice.client.send(request).await.ok();
    assert_eq!((&changed["title"], &changed["exclusive"]), (&json!("Foes"), &json!(false)));
    assert_eq!(alice.client.get("/api/v1/lists").await.ok(), json!([changed]));
    assert_eq!(alice.client.get(&path(&list, "")).await.ok(), changed);

    assert_eq!(bob.client.get("/api/v1/lists").await.ok(), json!([]));
    let timeline = format!("/api/v1/timelines/list/{}", id.as_str().unwrap());
    for (method, path) in [
        (Method::GET, path(&list, "")),
        (Method::PUT, path(&list, "")),
        (Method::DELETE, path(&list, "")),
        (Method::GET, path(&list, "/accounts")),
        (Method::POST, path(&list, "/accounts")),
        (Method::DELETE, path(&list, "/accounts")),
        (Method::GET, timeline),
    ] {
        let form = json!({ "title": "Mine", "account_ids": [bob.id] });
        let asked = bob.client.send(bob.client.request(method.clone(), &path).json(&form)).await;
        assert_eq!(
            (asked.status, &asked.json()["error"]),
            (StatusCode::NOT_FOUND, &json!("Record not found"))
        );
        let nobody = a.client();
        let unknown = nobody.send(nobody.request(method.clone(), &path).json(&form)).await;
        assert_eq!(unknown.status, StatusCode::UNAUTHORIZED, "{method} {path}");
    }
    assert_eq!(alice.client.delete(&path(&list, "")).await.ok(), json!({}));
    assert_eq!(alice.client.delete(&path(&list, "")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(alice.client.get("/api/v1/lists").await.ok(), json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_makes_no_list_is_refused() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    let long = "x".repeat(257);
    for (form, error) in [
        (json!({}), "Validation failed: Title can't be blank"),
        (json!({ "title": " \n" }), "Validation failed: Title can't be blank"),
        (json!({ "title": long }), "Validation failed: Title is too long (maximum is 256 characters)"),
        (json!({ "title": "x", "replies_policy": "some" }), "'some' is not a valid replies_policy"),
    ] {
        let answer = alice.client.post_json("/api/v1/lists", &form).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{form}");
        assert_eq!(answer.json()["error"], error);
    }
    let list = make(&alice, json!({ "title": "Kept" })).await;
    let blank = put(&alice, &path(&list, ""), json!({ "title": "" })).await;
    assert_eq!(blank.status, StatusCode::UNPROCESSABLE_ENTITY);
    for number in 1..50 {
        make(&alice, json!({ "title": format!("List {number}") })).await;
    }
    let answer = alice.client.post_json("/api/v1/lists", &json!({ "title": "One too many" })).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(a.database.number("SELECT count(*) FROM lists").await, 50);
}

#[tokio::test(flavor = "multi_thread")]
async fn members_are_followed_asked_or_oneself() {
    let a = Instance::start().await;
    let (alice, bob, carol, dave) =
        tokio::join!(a.user("alice"), a.user("bob"), a.user("carol"), a.user("dave"));
    alice.follow(&bob.handle).await;
    carol.update(&json!({ "locked": true })).await;
    alice.ask_to_follow(&carol.handle).await;
    let list = make(&alice, json!({ "title": "Friends" })).await;

    let answer = add(&alice, &list, &[&bob, &dave]).await;
    assert_eq!((answer.status, &answer.json()["error"]), (StatusCode::NOT_FOUND, &json!("Record not found")));
    assert!(members(&alice, &list, "").await.is_empty(), "all or none");
    assert_eq!(add(&alice, &list, &[&bob, &carol, &alice]).await.ok(), json!({}));
    let answer = add(&alice, &list, &[&bob]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer.json()["error"], "Validation failed: Account has already been taken");
    let strange = json!({ "account_ids": ["nobody"] });
    let answer = alice.client.post_json(&path(&list, "/accounts"), &strange).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);

    assert_eq!(members(&alice, &list, "").await, ["alice", "carol", "bob"]);
    let first = alice.client.get(&path(&list, "/accounts?limit=2")).await;
    assert_eq!(first.json().as_array().map(Vec::len), Some(2));
    let next = first.headers["link"].to_str().unwrap().split(['<', '>']).nth(1).unwrap();
    let next = alice.client.get(next.strip_prefix(&a.url).unwrap()).await.ok();
    assert_eq!(next[0]["username"], "bob");
    let all = alice.client.get(&path(&list, "/accounts?limit=0")).await;
    assert_eq!(all.json().as_array().map(Vec::len), Some(3));
    assert!(!all.headers.contains_key("link"));
    let with_bob = alice.client.get(&format!("/api/v1/accounts/{}/lists", bob.id)).await.ok();
    assert_eq!(with_bob, json!([list]));
    assert_eq!(bob.client.get(&format!("/api/v1/accounts/{}/lists", bob.id)).await.ok(), json!([]));

    // Whoever is no longer followed, or asked, or is blocked, leaves the list.
    for (who, verb) in [(&bob, "unfollow"), (&carol, "unfollow")] {
        alice.act_on("accounts", &json!({ "id": who.id }), verb).await;
    }
    assert_eq!(members(&alice, &list, "").await, ["alice"]);
    alice.follow(&bob.handle).await;
    add(&alice, &list, &[&bob]).await.ok();
    bob.act_on("accounts", &json!({ "id": alice.id }), "remove_from_followers").await;
    assert_eq!(members(&alice, &list, "").await, ["alice"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn members_are_removed_however_the_parameters_come() {
    let a = Instance::start().await;
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    alice.follow(&bob.handle).await;
    let list = make(&alice, json!({ "title": "Friends" })).await;
    let path = path(&list, "/accounts");
    let delete = |path: &str| alice.client.request(Method::DELETE, path);
    for request in [
        delete(&path).json(&json!({ "account_ids": [bob.id] })),
        delete(&path).form(&[("account_ids[]", &bob.id)]),
        delete(&format!("{path}?account_ids[]={}", bob.id)),
    ] {
        add(&alice, &list, &[&bob]).await.ok();
        assert_eq!(alice.client.send(request).await.ok(), json!({}));
        assert!(members(&alice, &list, "").await.is_empty());
    }
    alice.client.delete(&format!("{path}?account_ids[]={}", bob.id)).await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_who_accepts_stays_and_is_read() {
    let a = Instance::start().await;
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    bob.update(&json!({ "locked": true })).await;
    alice.ask_to_follow(&bob.handle).await;
    let list = make(&alice, json!({ "title": "Friends" })).await;
    add(&alice, &list, &[&bob]).await.ok();
    bob.post("Not for those who only asked").await;
    assert!(texts(&alice, &list).await.is_empty());
    bob.act_on("follow_requests", &json!({ "id": alice.id }), "authorize").await;
    assert_eq!(members(&alice, &list, "").await, ["bob"]);
    assert_eq!(texts(&alice, &list).await, ["Not for those who only asked"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_timeline_shows_what_its_owner_may_and_wants_to_see() {
    let a = Instance::start().await;
    let (alice, bob, carol, dave) =
        tokio::join!(a.user("alice"), a.user("bob"), a.user("carol"), a.user("dave"));
    let (bob_account, carol_account) = (alice.follow(&bob.handle).await, alice.follow(&carol.handle).await);
    let list = make(&alice, json!({ "title": "Friends" })).await;
    add(&alice, &list, &[&bob, &carol]).await.ok();
    let other = dave.post("By somebody else").await;
    bob.post("One").await;
    bob.post_for("private", "Two").await;
    bob.post_for("direct", "Not for alice").await;
    carol.reblog(&other).await;
    bob.reblog(&other).await;
    bob.post("Three").await;
    // Two reblogs of the same are shown once.
    assert_eq!(texts(&alice, &list).await, ["Three", "By somebody else", "Two", "One"]);

    let timeline = format!("/api/v1/timelines/list/{}", list["id"].as_str().unwrap());
    let mut shown = Vec::new();
    let mut next = format!("{timeline}?limit=2");
    loop {
        let page = alice.client.get(&next).await;
        shown.extend(page.json().as_array().unwrap().iter().map(|status| status["id"].clone()));
        let Some(link) = page.headers.get("link") else { break };
        next =
            link.to_str().unwrap().split(['<', '>']).nth(1).unwrap().strip_prefix(&a.url).unwrap().to_owned();
    }
    assert_eq!(shown.len(), 4, "{shown:?}");
    let above = |id: &Value| format!("{timeline}?limit=2&min_id={}", id.as_str().unwrap());
    let page = alice.client.get(&above(&shown[1])).await.ok();
    let ids: Vec<_> = page.as_array().unwrap().iter().map(|status| status["id"].clone()).collect();
    assert_eq!(ids, shown[..1], "a reblog that was shown further down is not shown again");
    let page = alice.client.get(&above(&shown[3])).await.ok();
    assert_eq!((&page[0]["id"], &page[1]["id"]), (&shown[1], &shown[2]));

    let without = json!({ "reblogs": false });
    for account in [&bob_account, &carol_account] {
        let path = format!("/api/v1/accounts/{}/follow", account["id"].as_str().unwrap());
        alice.client.post_json(&path, &without).await.ok();
    }
    assert_eq!(texts(&alice, &list).await, ["Three", "Two", "One"]);
    alice.act_on("accounts", &carol_account, "mute").await;
    carol.post("Not heard").await;
    assert_eq!(texts(&alice, &list).await, ["Three", "Two", "One"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn replies_are_shown_by_the_policy() {
    let a = Instance::start().await;
    let (alice, bob, carol, dave) =
        tokio::join!(a.user("alice"), a.user("bob"), a.user("carol"), a.user("dave"));
    let erin = a.user("erin").await;
    for who in [&bob, &carol, &dave] {
        alice.follow(&who.handle).await;
    }
    let list = make(&alice, json!({ "title": "Friends" })).await;
    add(&alice, &list, &[&bob, &carol]).await.ok();
    for (to, text) in [
        (&alice, "to the owner"),
        (&bob, "to myself"),
        (&carol, "to a member"),
        (&dave, "to a followed one"),
        (&erin, "to a stranger"),
    ] {
        let status = to.post("Say something").await;
        bob.reply(&status, text).await;
    }
    for (policy, shown) in [
        ("none", vec!["to myself", "to the owner"]),
        ("list", vec!["to a member", "to myself", "to the owner"]),
        ("followed", vec!["to a followed one", "to a member", "to myself", "to the owner"]),
    ] {
        put(&alice, &path(&list, ""), json!({ "replies_policy": policy })).await.ok();
        let texts = texts(&alice, &list).await;
        let replies: Vec<&str> =
            texts.iter().filter_map(|text| text.find("to ").map(|at| &text[at..])).collect();
        assert_eq!(replies, shown, "{policy}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn members_of_an_exclusive_list_are_not_read_at_home() {
    let a = Instance::start().await;
    let (alice, bob, carol) = tokio::join!(a.user("alice"), a.user("bob"), a.user("carol"));
    alice.follow(&bob.handle).await;
    alice.follow(&carol.handle).await;
    bob.post("Before").await;
    alice.sees_at_home("Before").await;
    let list = make(&alice, json!({ "title": "Loud", "exclusive": true })).await;
    add(&alice, &list, &[&bob, &alice]).await.ok();
    assert!(!alice.has_at_home("Before").await, "it is not read there any more");

    bob.post("During").await;
    let original = carol.post("By carol").await;
    bob.reblog(&original).await;
    alice.post("My own").await;
    alice.sees_at_home("My own").await;
    alice.sees_at_home("By carol").await;
    let home = alice.home().await;
    assert!(home.iter().all(|status| status["account"]["username"] != "bob"), "{home:?}");
    assert_eq!(texts(&alice, &list).await, ["My own", "By carol", "During", "Before"]);

    // What is not exclusive any more comes back, and so does who leaves the list, or whose list goes.
    put(&alice, &path(&list, ""), json!({ "exclusive": false })).await.ok();
    alice.sees_at_home("During").await;
    put(&alice, &path(&list, ""), json!({ "exclusive": true })).await.ok();
    assert!(!alice.has_at_home("During").await);
    let request = alice.client.request(Method::DELETE, &path(&list, "/accounts"));
    alice.client.send(request.json(&json!({ "account_ids": [bob.id] }))).await.ok();
    alice.sees_at_home("During").await;
    add(&alice, &list, &[&bob]).await.ok();
    assert!(!alice.has_at_home("Before").await);
    alice.client.delete(&path(&list, "")).await.ok();
    alice.sees_at_home("Before").await;
}
