//! How connections end: tokens, gaps, slowness, and hostile input.

use futures::{SinkExt, StreamExt};
use http::{Method, StatusCode};
use serde_json::json;
use tests::{Instance, Options, PATIENCE, eventually};
use tokio::net::TcpSocket;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use super::listener::{Events, Listener};

/// The code that the other side closes with.
async fn closed(listener: &mut Listener) -> Option<CloseCode> {
    let within = tokio::time::timeout(PATIENCE, async {
        loop {
            match listener.0.next().await {
                Some(Ok(Message::Close(frame))) => return frame.map(|frame| frame.code),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return None,
            }
        }
    });
    within.await.expect("the connection is closed")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_given_back_token_and_a_deleted_account_are_cut_off() {
    let a = Instance::start().await;
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    let home = [json!({ "stream": "user" })];
    let mut revoked = Listener::to(&a, &alice, &home).await;
    let mut events = Events::open(&alice, "user").await;
    let other = a.run(&["token", "create", "alice"]).await;
    let other = String::from_utf8(other.stdout).unwrap();
    let query = format!("?stream=user&access_token={}", other.trim());
    let (mut stays, _) = Listener::open(&a, &query, None).await.unwrap();
    let token = format!("SELECT id FROM access_tokens WHERE token_hash = sha256('{}'::bytea)", alice.token);
    let token = a.database.number(&token).await;
    // What revoking does, without everything else that a new password ends.
    let revoke = format!(
        "UPDATE access_tokens SET revoked_at = now() WHERE id = {token}; \
         SELECT pg_notify('stoa_bus', '{{\"t\":\"token_revoked\",\"token\":{token}}}')"
    );
    a.database.execute(&revoke).await;
    assert_eq!(closed(&mut revoked).await, Some(CloseCode::Policy));
    assert_eq!(events.next().await, None);
    bob.post("@alice still there?").await;
    assert_eq!(stays.next().await.unwrap()["event"], "notification");
    let mut gone = Listener::to(&a, &bob, &home).await;
    assert!(a.run(&["account", "delete", "bob"]).await.status.success());
    assert_eq!(closed(&mut gone).await, Some(CloseCode::Policy));
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_gap_everybody_connects_again() {
    let mut a = Instance::start().await;
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    alice.follow(&bob.handle).await;
    let home = [json!({ "stream": "user" })];
    let mut listener = Listener::to(&a, &alice, &home).await;
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
        WHERE application_name = 'listener' AND datname = current_database()";
    a.database.execute(cut).await;
    assert_eq!(closed(&mut listener).await, Some(CloseCode::Restart));
    let mut listener = Listener::to(&a, &alice, &home).await;
    bob.post("After the gap").await;
    assert_eq!(listener.next().await.unwrap()["event"], "update");
    a.kill_hard();
    assert_eq!(closed(&mut listener).await, None);
    a.restart().await;
    let mut listener = Listener::to(&a, &alice, &home).await;
    bob.post("After the crash").await;
    assert_eq!(listener.next().await.unwrap()["event"], "update");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_read_is_dropped_and_counted() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let settings = vec![("STOA_METRICS__LISTEN", port.to_string())];
    let a = Instance::start_with(Options { settings, ..Options::default() }).await;
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    let status = alice.post(&"word ".repeat(390)).await;
    eventually("nothing of the post waits to be told", async || {
        (a.database.number("SELECT count(*) FROM jobs").await == 0).then_some(())
    })
    .await;
    bob.follow(&alice.handle).await;
    let id = status["id"].as_str().unwrap();
    let count = async |name: &str| -> u64 {
        let text = reqwest::get(format!("http://{port}/metrics")).await.unwrap().text().await.unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix(name).map(str::trim).map(str::to_owned));
        line.unwrap_or_else(|| panic!("no {name} in {text}")).parse().unwrap()
    };
    // A small window, so that the system does not keep megabytes for who does not read.
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let stream = socket.connect(a.domain.parse().unwrap()).await.unwrap();
    let address = format!("ws://{}/api/v1/streaming?stream=user&access_token={}", a.domain, bob.token);
    let (_slow, _) = tokio_tungstenite::client_async(address, stream).await.unwrap();
    let mut reads = Listener::to(&a, &bob, &[json!({ "stream": "user" })]).await;
    assert_eq!((count("streams_open").await, count("streams_slow_total").await), (2, 0));
    for round in 0..20 {
        let news = format!(
            "SELECT pg_notify('stoa_bus', json_build_object('t', 'edited', 'status', {id}, 'author', {}, \
             'n', {round} * 100 + n)::text) FROM generate_series(1, 100) n",
            alice.id
        );
        a.database.execute(&news).await;
        for _ in 0..100 {
            reads.until("status.update").await;
        }
        if count("streams_slow_total").await == 1 {
            break;
        }
    }
    assert_eq!(count("streams_slow_total").await, 1);
    eventually("its place is free", async || (count("streams_open").await == 1).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_answer_pings_is_dropped_and_who_does_stays() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let settings =
        vec![("STOA_METRICS__LISTEN", port.to_string()), ("STOA_SERVER__PING_SECONDS", "1".to_owned())];
    let a = Instance::start_with(Options { settings, ..Options::default() }).await;
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    let open = async || -> u64 {
        let text = reqwest::get(format!("http://{port}/metrics")).await.unwrap().text().await.unwrap();
        text.lines().find_map(|line| line.strip_prefix("streams_open ")?.parse().ok()).unwrap_or_default()
    };
    // The line stays up, but nobody reads what comes: no ping is seen, so no pong is sent.
    let query = format!("?stream=user&access_token={}", alice.token);
    let (_absent, _) = Listener::open(&a, &query, None).await.unwrap();
    let mut present = Listener::to(&a, &bob, &[json!({ "stream": "user" })]).await;
    assert_eq!(open().await, 2);
    let reading = tokio::spawn(async move { present.until("notification").await });
    eventually("the absent one is dropped", async || (open().await == 1).then_some(())).await;
    alice.post("@bob are you there?").await;
    let told = tokio::time::timeout(PATIENCE, reading).await.expect("who answers is told").unwrap();
    assert_eq!(told.last().unwrap().0, "notification");
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_input_is_answered_and_bounded() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    let mut listener = Listener::to(&a, &alice, &[]).await;
    let wrong = [
        "",
        "{",
        "null",
        "[]",
        "1",
        "\"subscribe\"",
        "{\"type\":7}",
        "{\"type\":\"subscribe\"}",
        "{\"type\":\"shout\",\"stream\":\"user\"}",
        "{\"type\":\"subscribe\",\"stream\":[\"user\"]}",
        "{\"type\":\"subscribe\",\"stream\":\"hashtag\",\"tag\":\"\u{0}\"}",
    ];
    for text in wrong {
        listener.0.send(Message::text(text)).await.unwrap();
        let answer = listener.next().await.unwrap();
        assert_eq!(answer["status"], 400, "{text}");
        assert!(answer["error"].is_string(), "{text}");
    }
    listener.0.send(Message::binary(vec![0_u8, 1, 2])).await.unwrap();
    assert_eq!(listener.next().await.unwrap()["status"], 400);
    for number in 0..70 {
        listener
            .say(&json!({ "type": "subscribe", "stream": "hashtag", "tag": format!("tag{number}") }))
            .await;
    }
    for _ in 64..70 {
        let answer = listener.next().await.unwrap();
        assert_eq!(answer["error"], "Too many streams on one connection", "{answer}");
    }
    // Nobody says so much.
    for number in 0..300 {
        let command = json!({ "type": "unsubscribe", "stream": "hashtag", "tag": format!("t{number}") });
        if listener.0.send(Message::text(command.to_string())).await.is_err() {
            break;
        }
    }
    assert_eq!(closed(&mut listener).await, Some(CloseCode::Policy));
    let mut listener = Listener::to(&a, &alice, &[]).await;
    let huge = json!({ "type": "subscribe", "stream": "x".repeat(100_000) }).to_string();
    let _ = listener.0.send(Message::text(huge)).await;
    assert!(matches!(closed(&mut listener).await, Some(CloseCode::Size) | None));
    // A request that is no upgrade, and the token in the header.
    let plain = alice.client.get("/api/v1/streaming?stream=user").await;
    assert!(plain.status.is_client_error(), "{}", plain.status);
    let request = alice.client.request(Method::GET, "/api/v1/streaming/hashtag");
    assert_eq!(alice.client.send(request).await.status, StatusCode::BAD_REQUEST);
}
