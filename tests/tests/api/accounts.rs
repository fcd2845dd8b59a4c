//! Accounts: finding them, editing the own one, and what stands between two.

use http::{Method, StatusCode};
use serde_json::{Value, json};
use tests::{Answer, Client, Crowd, Instance, Remote, User, eventually};

const PNG: &[u8] = &[
    0x89, b'P', b'N', b'G', 13, 10, 26, 10, 0, 0, 0, 13, b'I', b'H', b'D', b'R', 0, 0, 0, 1, 0, 0, 0, 1, 8,
    2, 0, 0, 0, 0x90, 0x77, 0x53, 0xde, 0, 0, 0, 12, b'I', b'D', b'A', b'T', 8, 0xd7, 0x63, 0xf8, 0xcf, 0xc0,
    0, 0, 3, 1, 1, 0, 0x18, 0xdd, 0x8d, 0xb0, 0, 0, 0, 0, b'I', b'E', b'N', b'D', 0xae, 0x42, 0x60, 0x82,
];

fn ids(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|entry| entry["id"].as_str().unwrap()).collect()
}

fn of(user: &User) -> Value {
    json!({ "id": user.id })
}

async fn patch(user: &User, kind: &str, body: &str) -> Answer {
    let request = user.client.request(Method::PATCH, "/api/v1/accounts/update_credentials");
    user.client.send(request.header("content-type", kind).body(body.to_owned())).await
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_are_found_by_handle_and_name() {
    let (a, remote) = (Instance::start().await, Remote::start());
    let (alice, alicia) = tokio::join!(a.user("alice"), a.user("alicia"));
    let carol = remote.actor("carol");
    let nobody = a.client();
    let lookup = async |acct: &str| nobody.get(&format!("/api/v1/accounts/lookup?acct={acct}")).await;
    for acct in ["alice", "ALICE", "@alice", &alice.handle] {
        assert_eq!(lookup(acct).await.ok()["id"], alice.id.as_str(), "{acct}");
    }
    for acct in ["nobody", "alice@elsewhere.example", "", "@", &carol.handle] {
        assert_eq!(lookup(acct).await.status, StatusCode::NOT_FOUND, "{acct}");
    }
    let search = async |query: &str| alice.client.get(&format!("/api/v1/accounts/search?{query}")).await.ok();
    assert_eq!(ids(&search("q=ali").await).len(), 2);
    assert_eq!(ids(&search("q=alicia").await), [alicia.id.as_str()]);
    assert_eq!(ids(&search("q=ali&limit=1").await).len(), 1);
    assert_eq!(ids(&search("q=ali&limit=1&offset=1").await).len(), 1);
    assert!(ids(&search("q=ali&following=true").await).is_empty());
    assert!(ids(&search(&format!("q={}", carol.handle)).await).is_empty(), "it does not resolve unasked");
    let found = search(&format!("q={}&resolve=true", carol.handle)).await;
    assert_eq!(found[0]["acct"], carol.handle.as_str());
    assert_eq!(lookup(&carol.handle).await.ok()["acct"], carol.handle.as_str());
    // As words they are only words.
    alicia.update(&json!({ "display_name": "Alice's %sister_" })).await;
    assert_eq!(ids(&search("q=%25").await), Vec::<&str>::new());
    let several =
        nobody.get(&format!("/api/v1/accounts?id[]={}&id[]={}&id[]=1", alicia.id, alice.id)).await.ok();
    assert_eq!(ids(&several), [alicia.id.as_str(), alice.id.as_str()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_is_edited_in_all_forms() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    let form = "application/x-www-form-urlencoded";
    let numbered = "display_name=Alice&note=Hello+%23world&fields_attributes[0][name]=a&fields_attributes[0][value]=1\
                    &fields_attributes[1][name]=b&fields_attributes[1][value]=2";
    let listed = "fields_attributes[][name]=a&fields_attributes[][value]=1\
                  &fields_attributes[][name]=b&fields_attributes[][value]=2";
    let list = json!({ "fields_attributes": [{ "name": "a", "value": "1" }, { "name": "b", "value": "2" }] });
    let object = json!({ "fields_attributes": {
        "0": { "name": "a", "value": "1" }, "1": { "name": "b", "value": "2" } } });
    let (list, object) = (list.to_string(), object.to_string());
    for (kind, body) in
        [(form, numbered), (form, listed), ("application/json", &list), ("application/json", &object)]
    {
        alice.update(&json!({ "fields_attributes": [] })).await;
        let me = patch(&alice, kind, body).await.ok();
        let fields = &me["source"]["fields"];
        assert_eq!((&fields[0]["name"], &fields[0]["value"]), (&json!("a"), &json!("1")), "{body}");
        assert_eq!((&fields[1]["name"], &fields[1]["value"]), (&json!("b"), &json!("2")), "{body}");
        assert_eq!(me["fields"].as_array().unwrap().len(), 2, "{body}");
        assert_eq!((&me["display_name"], &me["source"]["note"]), (&json!("Alice"), &json!("Hello #world")));
        assert!(me["note"].as_str().unwrap().contains("/tags/world"), "{me}");
    }
    let changes = "locked=true&bot=1&discoverable=true&source[privacy]=private&source[sensitive]=true&source[language]=de";
    let me = patch(&alice, form, changes).await.ok();
    assert_eq!((&me["locked"], &me["bot"], &me["discoverable"]), (&json!(true), &json!(true), &json!(true)));
    assert_eq!(me["source"]["privacy"], "private");
    let preferences = alice.client.get("/api/v1/preferences").await.ok();
    assert_eq!(preferences["posting:default:visibility"], "private");
    assert_eq!(preferences["posting:default:language"], "de");
    assert_eq!(alice.post("as I usually do").await["visibility"], "private");
    for (name, value) in [
        ("display_name", json!("x".repeat(101))),
        ("note", json!("x".repeat(501))),
        ("source", json!({ "privacy": "everybody" })),
        ("source", json!({ "language": "klingonian!" })),
        ("fields_attributes", json!(vec![json!({ "name": "n", "value": "v" }); 5])),
    ] {
        let answer = patch(&alice, "application/json", &json!({ name: value }).to_string()).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}: {}", answer.text);
    }
    let hostile =
        json!({ "display_name": "<b>x</b>", "note": "<script>alert(1)</script> https://a.example" });
    let me = alice.update(&hostile).await;
    assert_eq!(me["display_name"], "<b>x</b>", "a name is text");
    let note = me["note"].as_str().unwrap();
    assert!(!note.contains("<script") && note.contains("href=\"https://a.example"), "{note}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_avatar_is_set_and_removed() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    let missing = alice.client.get("/api/v1/accounts/verify_credentials").await.ok()["avatar"].clone();
    let send = async |bytes: &'static [u8]| {
        let part = reqwest::multipart::Part::bytes(bytes).file_name("a.png").mime_str("image/png").unwrap();
        let form = reqwest::multipart::Form::new().part("avatar", part).text("display_name", "With a face");
        let request = alice.client.request(Method::PATCH, "/api/v1/accounts/update_credentials");
        alice.client.send(request.multipart(form)).await
    };
    let me = send(PNG).await.ok();
    assert_eq!(me["display_name"], "With a face");
    assert_ne!(me["avatar"], missing);
    for url in [&me["avatar"], &missing, &me["header"]] {
        let path = url.as_str().unwrap().strip_prefix(&a.url).unwrap();
        let picture = alice.client.request(Method::GET, path).send().await.unwrap();
        assert_eq!(picture.status(), StatusCode::OK, "{path}");
        assert!(picture.headers()["content-type"].to_str().unwrap().starts_with("image/"));
    }
    assert_eq!(send(b"no picture").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let same = alice.client.get("/api/v1/accounts/verify_credentials").await.ok();
    assert_eq!(same["avatar"], me["avatar"]);
    assert_eq!(alice.client.delete("/api/v1/profile/avatar").await.ok()["avatar"], missing);
}

#[tokio::test(flavor = "multi_thread")]
async fn relationships_say_what_is() {
    let a = Instance::start().await;
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    let act = async |verb: &str| alice.act_on("accounts", &of(&bob), verb).await;
    let now = act("follow").await;
    assert_eq!((&now["id"], &now["following"]), (&json!(bob.id), &json!(true)));
    assert_eq!((&now["showing_reblogs"], &now["notifying"]), (&json!(true), &json!(false)));
    assert_eq!(bob.relationship(&of(&alice)).await["followed_by"], true);
    assert_eq!(act("unfollow").await["following"], false);
    let path = format!("/api/v1/accounts/{}/mute", bob.id);
    let now = alice.client.post_json(&path, &json!({ "notifications": false, "duration": 3600 })).await.ok();
    assert_eq!((&now["muting"], &now["muting_notifications"]), (&json!(true), &json!(false)));
    assert!(now["muting_expires_at"].is_string(), "{now}");
    assert_eq!(ids(&alice.client.get("/api/v1/mutes").await.ok()), [bob.id.as_str()]);
    assert_eq!(act("unmute").await["muting"], false);
    bob.act_on("accounts", &of(&alice), "follow").await;
    assert_eq!(act("remove_from_followers").await["followed_by"], false);
    bob.act_on("accounts", &of(&alice), "follow").await;
    let now = act("block").await;
    assert_eq!((&now["blocking"], &now["followed_by"]), (&json!(true), &json!(false)));
    assert_eq!(bob.relationship(&of(&alice)).await["blocked_by"], true);
    assert_eq!(ids(&alice.client.get("/api/v1/blocks").await.ok()), [bob.id.as_str()]);
    let again = bob.client.post_json(&format!("/api/v1/accounts/{}/follow", alice.id), &json!({})).await;
    assert!(again.status.is_client_error(), "{}", again.text);
    assert_eq!(act("unblock").await["blocking"], false);
    let path = format!("/api/v1/accounts/{}/note", bob.id);
    alice.client.post_json(&path, &json!({ "comment": "from the fair" })).await.ok();
    assert_eq!(alice.relationship(&of(&bob)).await["note"], "from the fair");
    assert_eq!(bob.relationship(&of(&alice)).await["note"], "");
    for verb in ["follow", "block", "mute"] {
        let path = format!("/api/v1/accounts/{}/{verb}", alice.id);
        let oneself = alice.client.post_json(&path, &json!({})).await;
        assert!(oneself.status.is_client_error(), "{verb}: {}", oneself.text);
    }
}

async fn walk(client: &Client, base: &str, first: &str) -> Vec<String> {
    let (mut all, mut path) = (Vec::new(), Some(first.to_owned()));
    while let Some(here) = path {
        let answer = client.get(&here).await;
        all.extend(ids(&answer.ok()).into_iter().map(str::to_owned));
        let links = answer.headers.get("link").map(|link| link.to_str().unwrap().to_owned());
        path = links.and_then(|links| {
            let (url, _) = links.strip_prefix('<')?.split_once(">; rel=\"next\"")?;
            Some(url.strip_prefix(base).unwrap().to_owned())
        });
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn followers_are_paged_newest_first_and_hidden_on_demand() {
    let a = Instance::start().await;
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    let crowd = Crowd::gather(&a, 11).await;
    let mut expected = Vec::new();
    for member in &crowd.members {
        member.post_json(&format!("/api/v1/accounts/{}/follow", alice.id), &json!({})).await.ok();
        let me = member.get("/api/v1/accounts/verify_credentials").await.ok();
        expected.insert(0, me["id"].as_str().unwrap().to_owned());
        alice.act_on("accounts", &me, "follow").await;
    }
    for list in ["followers", "following"] {
        let path = format!("/api/v1/accounts/{}/{list}", alice.id);
        assert_eq!(walk(&bob.client, &a.url, &format!("{path}?limit=4")).await, expected, "{list}");
        alice.update(&json!({ "hide_collections": true })).await;
        for client in [&bob.client, &a.client()] {
            assert_eq!(client.get(&path).await.ok(), json!([]), "{list}");
        }
        assert_eq!(walk(&alice.client, &a.url, &format!("{path}?limit=5")).await, expected, "{list}");
        alice.update(&json!({ "hide_collections": false })).await;
    }
    let account = bob.client.get(&format!("/api/v1/accounts/{}", alice.id)).await.ok();
    assert_eq!((&account["followers_count"], &account["following_count"]), (&json!(11), &json!(11)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_account_is_asked() {
    let a = Instance::start().await;
    let (alice, bob, carol) = tokio::join!(a.user("alice"), a.user("bob"), a.user("carol"));
    alice.update(&json!({ "locked": true })).await;
    for person in [&bob, &carol] {
        let now = person.act_on("accounts", &of(&alice), "follow").await;
        assert_eq!((&now["following"], &now["requested"]), (&json!(false), &json!(true)));
        alice.is_notified("follow_request", &person.name).await;
    }
    let requests = alice.client.get("/api/v1/follow_requests").await.ok();
    assert_eq!(ids(&requests), [carol.id.as_str(), bob.id.as_str()]);
    let me = alice.client.get("/api/v1/accounts/verify_credentials").await.ok();
    assert_eq!((&me["source"]["follow_requests_count"], &me["followers_count"]), (&json!(2), &json!(0)));
    let secret = alice.post_for("private", "Among friends").await;
    assert!(bob.status(&secret["id"]).await.is_none());
    let answer = async |of: &User, verb: &str| {
        alice.client.post_json(&format!("/api/v1/follow_requests/{}/{verb}", of.id), &json!({})).await
    };
    assert_eq!(answer(&bob, "authorize").await.ok()["followed_by"], true);
    assert_eq!(answer(&carol, "reject").await.ok()["followed_by"], false);
    assert_eq!(alice.client.get("/api/v1/follow_requests").await.ok(), json!([]));
    assert_eq!(answer(&carol, "authorize").await.status, StatusCode::NOT_FOUND);
    assert_eq!(bob.relationship(&of(&alice)).await["following"], true);
    let now = carol.relationship(&of(&alice)).await;
    assert_eq!((&now["following"], &now["requested"]), (&json!(false), &json!(false)));
    bob.sees_at_home("Among friends").await;
    assert!(carol.status(&secret["id"]).await.is_none());
    // A request is taken back.
    carol.act_on("accounts", &of(&alice), "follow").await;
    carol.act_on("accounts", &of(&alice), "unfollow").await;
    eventually("the request is gone", async || {
        (alice.client.get("/api/v1/follow_requests").await.ok() == json!([])).then_some(())
    })
    .await;
}
