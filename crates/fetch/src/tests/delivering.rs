use std::{
    sync::atomic::Ordering,
    time::{Duration, SystemTime},
};

use http::{Method, StatusCode};
use signatures::{Incoming, PublicKey};

use super::{
    SIGNER, client,
    server::{Server, redirect, reply},
    settings, url,
};
use crate::{Client, Error};

const BODY: &str = r#"{"type":"Like"}"#;

#[tokio::test]
async fn a_delivery_is_signed_and_the_connection_kept() {
    let server = Server::start(|_| reply(202, "", b"thank you")).await;
    let client = client();
    let inbox = url(&client, &server.url("/?rest_route=/inbox"));
    for _ in 0..3 {
        let posted = client.post_signed(&inbox, BODY.into(), &SIGNER).await.unwrap();
        assert_eq!((posted.status, posted.retry_after), (StatusCode::ACCEPTED, None));
    }
    assert_eq!(server.connections.load(Ordering::SeqCst), 1);
    let heard = &server.heard()[0];
    assert_eq!(heard.target, "/?rest_route=/inbox");
    assert_eq!(heard.body, BODY);
    assert_eq!(heard.headers["content-type"], "application/activity+json");
    assert_eq!(heard.headers["content-length"], BODY.len().to_string());
    assert!(!heard.headers.contains_key("transfer-encoding"));

    let request = Incoming { method: &Method::POST, path_and_query: &heard.target, headers: &heard.headers };
    let signature = signatures::parse(&heard.headers).unwrap();
    assert_eq!(signature.key_id(), "https://us.example/users/alice#main-key");
    signature.check_policy(&request, true, &server.address.to_string(), SystemTime::now()).unwrap();
    signatures::check_digest(&heard.headers, &heard.body).unwrap();
    let key = PublicKey::from_pem(&SIGNER.key.public_pem().unwrap()).unwrap();
    signature.verify(&request, &key).unwrap();
}

#[tokio::test]
async fn whatever_the_inbox_says_is_reported() {
    let server = Server::start(|heard| match heard.target.as_str() {
        "/moved" => redirect("/elsewhere"),
        "/busy" => reply(429, "Retry-After: 7\r\n", b""),
        "/talkative" => reply(200, "", &vec![b'x'; 1 << 20]),
        "/unfinished" => b"HTTP/1.1 202 OK\r\nContent-Length: 10\r\n\r\nx".to_vec(),
        _ => reply(410, "", b""),
    })
    .await;
    let client = client();
    let post = async |path: &str| {
        client.post_signed(&url(&client, &server.url(path)), BODY.into(), &SIGNER).await.unwrap()
    };
    assert_eq!(post("/moved").await.status, StatusCode::FOUND);
    assert_eq!(post("/busy").await.retry_after, Some(Duration::from_secs(7)));
    assert_eq!(post("/talkative").await.status, StatusCode::OK);
    assert_eq!(post("/unfinished").await.status, StatusCode::ACCEPTED);
    assert_eq!(post("/gone").await.status, StatusCode::GONE);
    assert_eq!(server.heard().len(), 5);
}

#[tokio::test]
async fn names_ending_in_localhost_are_here() {
    let server = Server::start(|_| reply(202, "", b"")).await;
    let client = client();
    let inbox = url(&client, &format!("http://b.localhost:{}/inbox", server.address.port()));
    assert!(client.post_signed(&inbox, BODY.into(), &SIGNER).await.is_ok());
    assert_eq!(server.heard()[0].headers["host"], format!("b.localhost:{}", server.address.port()));
}

#[test]
fn a_bad_certificate_file_is_named() {
    let missing = Client::new(crate::Settings { extra_ca_file: Some("no/such.pem".into()), ..settings() });
    assert!(matches!(missing, Err(Error::Setup(text)) if text.contains("no/such.pem")));
    let empty = Client::new(crate::Settings { extra_ca_file: Some("Cargo.toml".into()), ..settings() });
    assert!(matches!(empty, Err(Error::Setup(text)) if text.contains("no certificate")));
}
