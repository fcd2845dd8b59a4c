//! Filters: making them, in both ways, and what they do to what is read.

use http::{Method, StatusCode};
use serde_json::{Value, json};
use tests::{Answer, Instance, User, eventually};

async fn make(owner: &User, form: Value) -> Value {
    owner.client.post_json("/api/v2/filters", &form).await.ok()
}

async fn put(user: &User, path: &str, form: Value) -> Answer {
    user.client.send(user.client.request(Method::PUT, path).json(&form)).await
}

fn path(of: &str, entity: &Value, rest: &str) -> String {
    format!("/api/v2/filters{of}/{}{rest}", entity["id"].as_str().unwrap())
}

#[track_caller]
fn refused(answer: &Answer, status: StatusCode, error: &str) {
    assert_eq!((answer.status, answer.json()["error"].as_str().unwrap()), (status, error));
}

const NOT_FOUND: &str = "Record not found";

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_is_made_changed_and_removed() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    let form = json!({
        "title": "Animals", "context": ["thread", "home"], "filter_action": "hide", "expires_in": 3600,
        "keywords_attributes": [{ "keyword": " cats " }, { "keyword": "dog", "whole_word": false }, {}],
    });
    let filter = make(&alice, form).await;
    assert_eq!((&filter["title"], &filter["filter_action"]), (&json!("Animals"), &json!("hide")));
    assert_eq!(filter["context"], json!(["home", "thread"]));
    assert_eq!(filter["statuses"], json!([]));
    assert!(filter["expires_at"].as_str().unwrap().ends_with('Z'));
    let keywords = filter["keywords"].as_array().unwrap();
    assert_eq!(keywords.len(), 2);
    assert_eq!((&keywords[0]["keyword"], &keywords[0]["whole_word"]), (&json!("cats"), &json!(true)));
    assert_eq!((&keywords[1]["keyword"], &keywords[1]["whole_word"]), (&json!("dog"), &json!(false)));
    assert_eq!(alice.client.get("/api/v2/filters").await.ok(), json!([filter]));
    assert_eq!(alice.client.get(&path("", &filter, "")).await.ok(), filter);

    // As a browser's form sends it: what is not said stays, an empty time is never.
    let (first, second) = (keywords[0]["id"].as_str().unwrap(), keywords[1]["id"].as_str().unwrap());
    let request = alice.client.request(Method::PUT, &path("", &filter, "")).form(&[
        ("title", "Beasts"),
        ("expires_in", ""),
        ("keywords_attributes[0][id]", first),
        ("keywords_attributes[0][_destroy]", "true"),
        ("keywords_attributes[1][id]", second),
        ("keywords_attributes[1][keyword]", "wolf"),
        ("keywords_attributes[2][keyword]", "bear"),
    ]);
    let changed = alice.client.send(request).await.ok();
    assert_eq!((&changed["title"], &changed["expires_at"]), (&json!("Beasts"), &Value::Null));
    assert_eq!((&changed["context"], &changed["filter_action"]), (&filter["context"], &json!("hide")));
    let words: Vec<_> = changed["keywords"].as_array().unwrap().iter().map(|word| &word["keyword"]).collect();
    assert_eq!(words, ["wolf", "bear"]);
    assert_eq!(changed["keywords"][0]["whole_word"], false, "it was not said to change");

    assert_eq!(alice.client.delete(&path("", &filter, "")).await.ok(), json!({}));
    assert_eq!(alice.client.get("/api/v2/filters").await.ok(), json!([]));
    refused(&alice.client.get(&path("", &filter, "")).await, StatusCode::NOT_FOUND, NOT_FOUND);
    assert_eq!(a.database.number("SELECT count(*) FROM filter_keywords").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn keywords_and_statuses_are_added_and_removed_one_by_one() {
    let a = Instance::start().await;
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    let filter = make(&alice, json!({ "title": "Animals", "context": ["home"] })).await;
    let keywords = path("", &filter, "/keywords");
    let cats = alice.client.post_json(&keywords, &json!({ "keyword": "cats" })).await.ok();
    assert_eq!(cats, json!({ "id": cats["id"], "keyword": "cats", "whole_word": true }));
    assert_eq!(alice.client.get(&keywords).await.ok(), json!([cats]));
    let one = path("/keywords", &cats, "");
    let changed = put(&alice, &one, json!({ "whole_word": false })).await.ok();
    assert_eq!(changed, json!({ "id": cats["id"], "keyword": "cats", "whole_word": false }));
    assert_eq!(alice.client.get(&one).await.ok(), changed);
    let blank = "Validation failed: Keyword can't be blank";
    for form in [json!({ "keyword": " " }), json!({ "keyword": "\u{200b}" })] {
        refused(&put(&alice, &one, form.clone()).await, StatusCode::UNPROCESSABLE_ENTITY, blank);
        refused(&alice.client.post_json(&keywords, &form).await, StatusCode::UNPROCESSABLE_ENTITY, blank);
    }
    let none = alice.client.post_json(&keywords, &json!({})).await;
    refused(&none, StatusCode::UNPROCESSABLE_ENTITY, blank);

    let statuses = path("", &filter, "/statuses");
    let (open, secret) = (bob.post("Hello").await, bob.post_for("private", "Hello, followers").await);
    let named = alice.client.post_json(&statuses, &json!({ "status_id": open["id"] })).await.ok();
    assert_eq!(named, json!({ "id": named["id"], "status_id": open["id"] }));
    assert_eq!(alice.client.get(&statuses).await.ok(), json!([named]));
    let again = alice.client.post_json(&statuses, &json!({ "status_id": open["id"] })).await;
    refused(&again, StatusCode::UNPROCESSABLE_ENTITY, "Validation failed: Status has already been taken");
    for id in [secret["id"].clone(), json!("nothing"), json!("1"), Value::Null] {
        let answer = alice.client.post_json(&statuses, &json!({ "status_id": id })).await;
        refused(&answer, StatusCode::NOT_FOUND, NOT_FOUND);
    }
    let status = path("/statuses", &named, "");
    assert_eq!(alice.client.get(&status).await.ok(), named);

    // Nobody else can tell that any of it is there.
    for (method, path) in [
        (Method::GET, path("", &filter, "")),
        (Method::PUT, path("", &filter, "")),
        (Method::DELETE, path("", &filter, "")),
        (Method::GET, keywords.clone()),
        (Method::POST, keywords),
        (Method::GET, one.clone()),
        (Method::PUT, one.clone()),
        (Method::DELETE, one.clone()),
        (Method::GET, statuses.clone()),
        (Method::POST, statuses),
        (Method::GET, status.clone()),
        (Method::DELETE, status.clone()),
        (Method::GET, format!("/api/v1/filters/{}", cats["id"].as_str().unwrap())),
        (Method::PUT, format!("/api/v1/filters/{}", cats["id"].as_str().unwrap())),
        (Method::DELETE, format!("/api/v1/filters/{}", cats["id"].as_str().unwrap())),
    ] {
        let form = json!({ "title": "x", "phrase": "x", "keyword": "x", "context": ["home"], "status_id": open["id"] });
        let answer = bob.client.send(bob.client.request(method.clone(), &path).json(&form)).await;
        refused(&answer, StatusCode::NOT_FOUND, NOT_FOUND);
        let nobody = a.client();
        let answer = nobody.send(nobody.request(method.clone(), &path).json(&form)).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{method} {path}");
    }
    assert_eq!(alice.client.delete(&one).await.ok(), json!({}));
    assert_eq!(alice.client.delete(&status).await.ok(), named);
    let left = alice.client.get(&path("", &filter, "")).await.ok();
    assert_eq!((&left["keywords"], &left["statuses"]), (&json!([]), &json!([])));
    // A keyword of another filter is not this one's.
    let other =
        make(&bob, json!({ "title": "x", "context": ["home"], "keywords_attributes": [{ "keyword": "x" }] }))
            .await;
    let stolen = json!({ "keywords_attributes": [{ "id": other["keywords"][0]["id"], "keyword": "mine" }] });
    refused(&put(&alice, &path("", &filter, ""), stolen).await, StatusCode::NOT_FOUND, NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_makes_no_filter_is_refused() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    let all = "Validation failed: Title can't be blank, Context can't be blank, Context None or invalid context supplied";
    for (form, error) in [
        (json!({}), all),
        (
            json!({ "title": "x", "context": ["everywhere"] }),
            "Validation failed: Context None or invalid context supplied",
        ),
        (
            json!({ "title": "x", "context": ["home"], "filter_action": "burn" }),
            "'burn' is not a valid filter_action",
        ),
        (
            json!({ "title": "x", "context": ["home"], "expires_in": "soon" }),
            "Validation failed: Expires in must be a number of seconds",
        ),
        (
            json!({ "title": "x", "context": ["home"], "keywords_attributes": [{ "keyword": "", "whole_word": true }] }),
            "Validation failed: Keywords keyword can't be blank",
        ),
    ] {
        let answer = alice.client.post_json("/api/v2/filters", &form).await;
        refused(&answer, StatusCode::UNPROCESSABLE_ENTITY, error);
    }
    let blank = "Validation failed: Phrase can't be blank";
    let answer = alice.client.post_json("/api/v1/filters", &json!({ "context": ["home"] })).await;
    refused(&answer, StatusCode::UNPROCESSABLE_ENTITY, blank);
    let answer = alice.client.post_json("/api/v1/filters", &json!({ "phrase": "x" })).await;
    let context = "Validation failed: Context can't be blank, Context None or invalid context supplied";
    refused(&answer, StatusCode::UNPROCESSABLE_ENTITY, context);
    assert_eq!(a.database.number("SELECT count(*) FROM filters").await, 0);

    // Nothing of a change that goes too far is kept.
    let filter = make(&alice, json!({ "title": "Kept", "context": ["home"] })).await;
    let long: Vec<Value> =
        (0..20).map(|number| json!({ "keyword": format!("{number}{}", "x".repeat(500)) })).collect();
    let answer =
        put(&alice, &path("", &filter, ""), json!({ "title": "Lost", "keywords_attributes": long })).await;
    let error = "Validation failed: You cannot have more than 10000 characters in all filter keywords";
    refused(&answer, StatusCode::UNPROCESSABLE_ENTITY, error);
    assert_eq!(alice.client.get(&path("", &filter, "")).await.ok(), filter);
    for number in 1..100 {
        make(&alice, json!({ "title": format!("Filter {number}"), "context": ["home"] })).await;
    }
    let answer =
        alice.client.post_json("/api/v2/filters", &json!({ "title": "x", "context": ["home"] })).await;
    refused(
        &answer,
        StatusCode::UNPROCESSABLE_ENTITY,
        "Validation failed: You cannot have more than 100 filters",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn older_clients_see_each_keyword_as_a_filter() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    let form = [("phrase", "cats"), ("context[]", "home"), ("context[]", "public"), ("irreversible", "true")];
    let request = alice.client.request(Method::POST, "/api/v1/filters").form(&form);
    let cats = alice.client.send(request).await.ok();
    let expected = json!({
        "id": cats["id"], "phrase": "cats", "context": ["home", "public"], "whole_word": false,
        "expires_at": null, "irreversible": true,
    });
    assert_eq!(cats, expected);
    let own = format!("/api/v1/filters/{}", cats["id"].as_str().unwrap());
    assert_eq!(alice.client.get(&own).await.ok(), cats);
    let change = json!({ "phrase": "dogs", "context": ["thread"], "whole_word": true, "irreversible": false, "expires_in": 60 });
    let dogs = put(&alice, &own, change).await.ok();
    assert_eq!((&dogs["phrase"], &dogs["context"]), (&json!("dogs"), &json!(["thread"])));
    assert_eq!((&dogs["whole_word"], &dogs["irreversible"]), (&json!(true), &json!(false)));
    assert!(dogs["expires_at"].is_string());
    let filters = alice.client.get("/api/v2/filters").await.ok();
    assert_eq!((&filters[0]["title"], &filters[0]["filter_action"]), (&json!("dogs"), &json!("warn")));
    assert_eq!(filters[0]["keywords"][0]["id"], cats["id"]);

    // With a second keyword, the filter around them belongs to neither.
    let birds = alice
        .client
        .post_json(&path("", &filters[0], "/keywords"), &json!({ "keyword": "birds" }))
        .await
        .ok();
    let both = alice.client.get("/api/v1/filters").await.ok();
    assert_eq!(both.as_array().map(Vec::len), Some(2));
    let answer = put(&alice, &own, json!({ "phrase": "dogs", "context": ["home"] })).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.text);
    let wolves = put(&alice, &own, json!({ "phrase": "wolves", "context": ["thread"] })).await.ok();
    assert_eq!(wolves["phrase"], "wolves");
    assert_eq!(alice.client.delete(&own).await.ok(), json!({}));
    assert_eq!(alice.client.get(&own).await.status, StatusCode::NOT_FOUND);
    let left = alice.client.get("/api/v2/filters").await.ok();
    assert_eq!(left[0]["keywords"], json!([birds]));
    alice.client.delete(&format!("/api/v1/filters/{}", birds["id"].as_str().unwrap())).await.ok();
    assert_eq!(alice.client.get("/api/v2/filters").await.ok(), json!([]), "nothing was left to filter by");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_notified_of_what_is_hidden() {
    let a = Instance::start().await;
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    for (title, action, context) in
        [("cats", "hide", "notifications"), ("dogs", "warn", "notifications"), ("birds", "hide", "home")]
    {
        let keywords = json!([{ "keyword": title }]);
        let form = json!({ "title": title, "context": [context], "filter_action": action, "keywords_attributes": keywords });
        make(&alice, form).await;
    }
    bob.publish(json!({ "status": "@alice look", "spoiler_text": "CATS" })).await;
    bob.post("@alice cats!").await;
    let poll = json!({ "options": ["birds", "cats"], "expires_in": 600 });
    bob.publish(json!({ "status": "@alice which?", "poll": poll })).await;
    let own = alice.post("I said cats myself").await;
    bob.favourite(&own).await;
    bob.post("@alice dogs").await;
    bob.post("@alice birds").await;
    alice.is_notified("favourite", "bob").await;
    tests::eventually("nothing waits", async || {
        (a.database.number("SELECT count(*) FROM jobs WHERE run_at <= now()").await == 0).then_some(())
    })
    .await;
    let news = alice.notifications().await;
    let mentions = news.iter().filter(|news| news["type"] == "mention");
    let texts: Vec<&str> = mentions.map(|news| news["status"]["content"].as_str().unwrap()).collect();
    assert_eq!(texts.len(), 2, "{texts:?}");
    assert!(texts[0].contains("birds") && texts[1].contains("dogs"), "{texts:?}");
}

/// The titles of the filters that a status says it matches.
fn filtered(status: &Value) -> Vec<&str> {
    let results =
        status["filtered"].as_array().unwrap_or_else(|| panic!("nothing is said of filters: {status}"));
    results.iter().map(|result| result["filter"]["title"].as_str().unwrap()).collect()
}

/// A filter of one keyword, by which it is called.
async fn filter(owner: &User, keyword: &str, contexts: &[&str], action: &str) -> Value {
    let keywords = json!([{ "keyword": keyword }]);
    let form = json!({
        "title": keyword, "context": contexts, "filter_action": action, "keywords_attributes": keywords,
    });
    make(owner, form).await
}

async fn first(user: &User, path: &str) -> Value {
    user.client.get(path).await.ok()[0].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_filtered_says_so_where_the_filter_applies() {
    let a = Instance::start().await;
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    alice.follow(&bob.handle).await;
    let list = alice.client.post_json("/api/v1/lists", &json!({ "title": "Friends" })).await.ok();
    let list = list["id"].as_str().unwrap();
    let members = json!({ "account_ids": [bob.id] });
    alice.client.post_json(&format!("/api/v1/lists/{list}/accounts"), &members).await.ok();
    let status = bob.post("@alice I love cats #cats").await;
    let id = status["id"].as_str().unwrap();
    let reply = bob.reply(&status, "More Cats!").await;
    let news = alice.is_notified("mention", "bob").await;
    alice.sees_at_home("More Cats!").await;
    let places = [
        ("home", "/api/v1/timelines/home".to_owned()),
        ("home", format!("/api/v1/timelines/list/{list}")),
        ("public", "/api/v1/timelines/public".to_owned()),
        ("public", "/api/v1/timelines/tag/cats".to_owned()),
        ("account", format!("/api/v1/accounts/{}/statuses", bob.id)),
    ];
    for context in ["home", "public", "account", "thread", "notifications"] {
        let made = filter(&alice, "cats", &[context], "warn").await;
        let expected: &[&str] = &["cats"];
        for (place, path) in &places {
            let shown = first(&alice, path).await;
            assert_eq!(
                filtered(&shown),
                if *place == context { expected } else { &[] },
                "{path} in {context}"
            );
        }
        let thread = if context == "thread" { expected } else { &[] };
        assert_eq!(filtered(&alice.status(&status["id"]).await.unwrap()), thread);
        let around = alice.client.get(&format!("/api/v1/statuses/{id}/context")).await.ok();
        assert_eq!(filtered(&around["descendants"][0]), thread);
        let told =
            alice.client.get(&format!("/api/v1/notifications/{}", news["id"].as_str().unwrap())).await.ok();
        assert_eq!(filtered(&told["status"]), if context == "notifications" { expected } else { &[] });
        // Where no context is known, every filter is named.
        assert_eq!(filtered(&alice.favourite(&reply).await), expected);
        alice.client.delete(&path("", &made, "")).await.ok();
    }
    let made = filter(&alice, "cats", &["home"], "hide").await;
    let result = &first(&alice, &places[0].1).await["filtered"][0];
    let expected = json!({
        "filter": {
            "id": made["id"], "title": "cats", "context": ["home"], "expires_at": null, "filter_action": "hide",
        },
        "keyword_matches": ["cats"],
        "status_matches": null,
    });
    assert_eq!(*result, expected, "what is to be hidden is there for clients to hide");
    // Nobody else's filters count, and nothing is filtered for nobody.
    assert!(filtered(&first(&bob, &places[2].1).await).is_empty());
    assert!(filtered(&a.client().get(&places[2].1).await.ok()[0]).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_is_read_of_a_status_is_searched() {
    let a = Instance::start().await;
    let (alice, bob, carol) = tokio::join!(a.user("alice"), a.user("bob"), a.user("carol"));
    alice.follow(&bob.handle).await;
    filter(&alice, "cats", &["home"], "warn").await;
    let described =
        bob.publish(json!({ "status": "Under a warning", "spoiler_text": "All about CATS" })).await;
    let poll = json!({ "options": ["dogs", "cats"], "expires_in": 600 });
    let asked = bob.publish(json!({ "status": "Which?", "poll": poll })).await;
    let innocent = bob.post("Concatenation").await;
    let other = carol.post("By carol, on cats").await;
    let reblog = bob.reblog(&other).await;
    let own = alice.post("My own cats").await;
    alice.sees_at_home("My own cats").await;
    alice.sees_at_home("By carol, on cats").await;
    let at_home = async |status: &Value| {
        alice.home().await.into_iter().find(|shown| shown["id"] == status["id"]).unwrap()
    };
    assert_eq!(filtered(&at_home(&described).await), ["cats"]);
    assert_eq!(filtered(&at_home(&asked).await), ["cats"]);
    assert!(filtered(&at_home(&innocent).await).is_empty());
    let shown = at_home(&reblog).await;
    assert_eq!((filtered(&shown), filtered(&shown["reblog"])), (vec!["cats"], vec!["cats"]));
    assert!(filtered(&at_home(&own).await).is_empty(), "nobody is warned of what they wrote");

    // A change of the text counts, and so does one of the filter, in the very next answer.
    bob.edit(&innocent, "Just cats").await;
    assert_eq!(filtered(&at_home(&innocent).await), ["cats"]);
    bob.edit(&innocent, "Just dogs").await;
    assert!(filtered(&at_home(&innocent).await).is_empty());
    let single =
        make(&alice, json!({ "title": "One by one", "context": ["home"], "filter_action": "blur" })).await;
    let statuses = path("", &single, "/statuses");
    for status in [&innocent, &other, &own] {
        alice.client.post_json(&statuses, &json!({ "status_id": status["id"] })).await.ok();
    }
    let named = at_home(&innocent).await;
    assert_eq!(named["filtered"][0]["status_matches"], json!([innocent["id"]]));
    assert_eq!(named["filtered"][0]["keyword_matches"], Value::Null);
    assert_eq!(filtered(&at_home(&reblog).await), ["cats", "One by one"]);
    assert!(filtered(&at_home(&own).await).is_empty());
    a.database
        .execute("UPDATE filters SET expires_at = now() - interval '1 second' WHERE title = 'cats'")
        .await;
    put(&alice, &path("", &single, ""), json!({ "title": "Still there" })).await.ok();
    assert_eq!(filtered(&at_home(&reblog).await), ["Still there"], "a filter that is over does nothing");
    put(&alice, &path("", &single, ""), json!({ "expires_in": 1 })).await.ok();
    tests::eventually("a filter ends", async || filtered(&at_home(&reblog).await).is_empty().then_some(()))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_processes_hear_of_changed_filters() {
    let a = Instance::start().await;
    let (b, alice, bob) = tokio::join!(a.beside(), a.user("alice"), a.user("bob"));
    let there = b.user(&alice);
    let status = bob.post("All about cats").await;
    let seen = async || there.status(&status["id"]).await.unwrap();
    assert!(filtered(&seen().await).is_empty());
    let made = filter(&alice, "cats", &["thread"], "warn").await;
    eventually("it is filtered there", async || (filtered(&seen().await) == ["cats"]).then_some(())).await;
    alice.client.delete(&path("", &made, "")).await.ok();
    eventually("it is not any more", async || filtered(&seen().await).is_empty().then_some(())).await;
}
