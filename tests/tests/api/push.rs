//! Web Push: devices are told, encrypted and signed, and only as long as they want.

use http::{Method, StatusCode};
use serde_json::{Value, json};
use tests::{Answer, Instance, PushService, User, eventually, never};

const PATH: &str = "/api/v1/push/subscription";

async fn put(user: &User, body: &Value) -> Answer {
    user.client.send(user.client.request(Method::PUT, PATH).json(body)).await
}

async fn subscriptions(a: &Instance) -> i64 {
    a.database.number("SELECT count(*) FROM push_subscriptions").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_has_one_subscription() {
    let (a, service) = (Instance::start().await, PushService::start().await);
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    assert_eq!(alice.client.get(PATH).await.status, StatusCode::NOT_FOUND);
    assert_eq!(put(&alice, &json!({})).await.status, StatusCode::NOT_FOUND);
    let made = service.subscribe(&alice).await.ok();
    assert_eq!((&made["endpoint"], &made["standard"]), (&json!(service.endpoint), &json!(true)));
    assert_eq!((&made["alerts"]["mention"], &made["alerts"]["poll"]), (&json!(true), &json!(false)));
    assert_eq!(made["policy"], "all");
    let instance = a.client().get("/api/v2/instance").await.ok();
    assert_eq!(made["server_key"], instance["configuration"]["vapid"]["public_key"]);
    let app = alice.client.get("/api/v1/apps/verify_credentials").await.ok();
    assert_eq!(made["server_key"], app["vapid_key"]);
    assert_eq!(alice.client.get(PATH).await.ok(), made);
    assert_eq!(bob.client.get(PATH).await.status, StatusCode::NOT_FOUND, "it is alice's");
    let changed = json!({ "data": { "alerts": { "poll": "1", "nonsense": true } }, "policy": "follower" });
    let changed = put(&alice, &changed).await.ok();
    assert_eq!((&changed["alerts"]["mention"], &changed["alerts"]["poll"]), (&json!(false), &json!(true)));
    assert_eq!((&changed["policy"], &changed["id"]), (&json!("follower"), &made["id"]));
    let again = service.subscribe(&alice).await.ok();
    assert_ne!(again["id"], made["id"]);
    assert_eq!(subscriptions(&a).await, 1);
    // As older clients send it.
    let form = "subscription[endpoint]=http%3A%2F%2F127.0.0.1%3A9%2Fx&data[alerts][admin.sign_up]=true";
    let keys = &service.subscription(true)["subscription"]["keys"];
    let form = format!(
        "{form}&subscription[keys][p256dh]={}&subscription[keys][auth]={}",
        keys["p256dh"].as_str().unwrap(),
        keys["auth"].as_str().unwrap()
    );
    let request = alice.client.request(Method::POST, PATH);
    let request = request.header("content-type", "application/x-www-form-urlencoded").body(form);
    let plain = alice.client.send(request).await.ok();
    assert_eq!((&plain["standard"], &plain["alerts"]["admin.sign_up"]), (&json!(false), &json!(true)));
    assert_eq!(alice.client.delete(PATH).await.ok(), json!({}));
    assert_eq!(alice.client.get(PATH).await.status, StatusCode::NOT_FOUND);
    assert_eq!(alice.client.delete(PATH).await.ok(), json!({}), "twice is once");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_pushed_to_is_refused() {
    let (a, service) = (Instance::start().await, PushService::start().await);
    let alice = a.user("alice").await;
    let nobody = a.client();
    assert_eq!(nobody.get(PATH).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(nobody.post_json(PATH, &service.subscription(true)).await.status, StatusCode::UNAUTHORIZED);
    let with = |pointer: &str, value: Value| {
        let mut body = service.subscription(true);
        *body.pointer_mut(pointer).unwrap() = value;
        body
    };
    for body in [
        json!({}),
        with("/subscription/endpoint", json!("")),
        with("/subscription/endpoint", json!("nonsense")),
        with("/subscription/endpoint", json!("ftp://127.0.0.1/x")),
        with("/subscription/endpoint", json!("http://a:b@127.0.0.1/x")),
        with("/subscription/endpoint", json!(format!("http://127.0.0.1/{}", "a".repeat(2048)))),
        with("/subscription/keys/p256dh", json!("AAAA")),
        with("/subscription/keys/auth", json!("AAAA")),
        with("/data/policy", json!("nonsense")),
        with("/data/alerts/mention", json!("nonsense")),
    ] {
        let answer = alice.client.post_json(PATH, &body).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{body}: {}", answer.text);
    }
    assert_eq!(subscriptions(&a).await, 0);
    a.database.execute("UPDATE access_tokens SET scopes = 'read write'").await;
    assert_eq!(service.subscribe(&alice).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn devices_are_told_in_words_that_nobody_else_reads() {
    let (a, service) = (Instance::start().await, PushService::start().await);
    let (alice, bob, carol) = tokio::join!(a.user("alice"), a.user("bob"), a.user("carol"));
    let made = service.subscribe(&alice).await.ok();
    bob.post("@alice good morning").await;
    let pushed = service.gets(1).await.remove(0);
    service.assert_signed_by(&pushed, made["server_key"].as_str().unwrap());
    assert_eq!(pushed.headers["urgency"], "high");
    assert_eq!(pushed.headers["ttl"], "172800");
    let told = service.read(&pushed);
    let mention = alice.is_notified("mention", "bob").await;
    assert_eq!(told["notification_id"].to_string(), mention["id"].as_str().unwrap());
    assert_eq!(pushed.headers["topic"], mention["id"].as_str().unwrap());
    assert_eq!(
        (&told["notification_type"], &told["title"]),
        (&json!("mention"), &json!("bob mentioned you"))
    );
    assert!(told["body"].as_str().unwrap().contains("good morning"), "{told}");
    assert_eq!((&told["preferred_locale"], &told["access_token"]), (&json!("en"), &json!("")));
    assert!(told["icon"].as_str().unwrap().starts_with(&a.url), "{told}");

    // A private message is announced without its words; alice follows, so it is not kept apart.
    alice.follow(&bob.handle).await;
    bob.post_for("direct", "@alice a secret").await;
    let told = service.read(&service.gets(2).await[1]);
    assert_eq!((&told["title"], &told["body"]), (&json!("bob mentioned you"), &json!("")));

    // Favourites wait a little, and those that came together are one message.
    let status = alice.post("status").await;
    bob.favourite(&status).await;
    carol.favourite(&status).await;
    alice.is_notified("favourite", "bob").await;
    alice.is_notified("favourite", "carol").await;
    assert_eq!(service.pushed().len(), 2, "they are not told at once");
    a.retry_now().await;
    let pushed = service.gets(3).await;
    let told = service.read(&pushed[2]);
    assert_eq!(pushed[2].headers["urgency"], "low");
    let title = told["title"].as_str().unwrap();
    assert!(["bob and carol", "carol and bob"].iter().any(|who| title.starts_with(who)), "{title}");
    assert!(title.ends_with("favourited your post"), "{title}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_wanted_is_not_pushed() {
    let (a, service) = (Instance::start().await, PushService::start().await);
    let (alice, bob, carol) = tokio::join!(a.user("alice"), a.user("bob"), a.user("carol"));
    alice.follow(&bob.handle).await;
    service.subscribe(&alice).await.ok();
    put(
        &alice,
        &json!({ "data": { "alerts": { "mention": true, "favourite": true } }, "policy": "followed" }),
    )
    .await
    .ok();
    let status = alice.post("status").await;
    // Not followed; not among the alerts; taken back in time.
    carol.post("@alice from carol").await;
    bob.reblog(&status).await;
    bob.favourite(&status).await;
    for (kind, who) in [("mention", "carol"), ("reblog", "bob"), ("favourite", "bob")] {
        alice.is_notified(kind, who).await;
    }
    bob.unfavourite(&status).await;
    a.retry_now().await;
    bob.post("@alice from bob").await;
    let told = service.read(&service.gets(1).await[0]);
    assert!(told["body"].as_str().unwrap().contains("from bob"), "{told}");
    never("another message", async || service.pushed().len() > 1).await;
    assert_eq!(a.database.number("SELECT count(*) FROM jobs WHERE kind = 'push'").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_are_tried_again_and_the_gone_are_forgotten() {
    let (a, service) = (Instance::start().await, PushService::start().await);
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    service.subscribe(&alice).await.ok();
    let waiting = "SELECT count(*) FROM jobs WHERE kind = 'push' AND attempts > 0 AND leased_by IS NULL";
    for status in [StatusCode::SERVICE_UNAVAILABLE, StatusCode::TOO_MANY_REQUESTS] {
        service.answer_with(status);
        let before = service.pushed().len();
        bob.post("@alice hello").await;
        eventually("it failed and waits", async || (a.database.number(waiting).await == 1).then_some(()))
            .await;
        service.answer_with(StatusCode::CREATED);
        a.retry_now().await;
        service.gets(before + 1).await;
    }
    service.answer_with(StatusCode::GONE);
    bob.post("@alice once more").await;
    eventually("it is forgotten", async || (subscriptions(&a).await == 0).then_some(())).await;
    assert_eq!(alice.client.get(PATH).await.status, StatusCode::NOT_FOUND);
    assert_eq!(a.database.number("SELECT count(*) FROM dead_jobs").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_token_is_not_told() {
    let (a, service) = (Instance::start().await, PushService::start().await);
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    service.subscribe(&alice).await.ok();
    bob.favourite(&alice.post("status").await).await;
    alice.is_notified("favourite", "bob").await;
    let application = "SELECT client_id FROM applications a JOIN access_tokens t ON t.application_id = a.id \
                       JOIN users u ON u.id = t.user_id WHERE u.email = 'alice@example.org'";
    let client_id: String = a.database.query(application, &[]).await[0].get(0);
    a.database.execute("UPDATE applications SET client_secret_hash = sha256('secret')").await;
    let revocation = json!({ "client_id": client_id, "client_secret": "secret", "token": alice.token });
    a.client().post_json("/oauth/revoke", &revocation).await.ok();
    assert_eq!(subscriptions(&a).await, 0);
    a.retry_now().await;
    let gone = "SELECT count(*) FROM jobs WHERE kind = 'push'";
    eventually("the message is dropped", async || (a.database.number(gone).await == 0).then_some(())).await;
    assert!(service.pushed().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_of_before_the_standard_get_what_they_read() {
    let (a, service) = (Instance::start().await, PushService::start().await);
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    let made = alice.client.post_json(PATH, &service.subscription(false)).await.ok();
    bob.post("@alice hello").await;
    let headers = service.gets(1).await.remove(0).headers;
    assert_eq!(headers["content-encoding"], "aesgcm");
    assert!(headers["encryption"].to_str().unwrap().starts_with("salt="));
    let key = headers["crypto-key"].to_str().unwrap();
    assert!(key.starts_with("dh=") && key.ends_with(made["server_key"].as_str().unwrap()), "{key}");
    assert!(headers["authorization"].to_str().unwrap().starts_with("WebPush "));
}
