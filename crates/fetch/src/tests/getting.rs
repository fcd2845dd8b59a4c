use std::{io::Write, time::Duration};

use http::Method;
use signatures::{Incoming, PublicKey};

use super::{
    SIGNER, client,
    server::{Heard, Server, document, redirect, reply},
    strict, url,
};
use crate::{Error, Refusal};

/// Whether the request bears a good signature for this target.
fn signed_for(heard: &Heard, target: &str) -> bool {
    let key = PublicKey::from_pem(&SIGNER.key.public_pem().unwrap()).unwrap();
    let method: Method = heard.method.parse().unwrap();
    let request = Incoming { method: &method, path_and_query: target, headers: &heard.headers };
    let host = heard.headers.get("host").unwrap().to_str().unwrap();
    let Ok(signature) = signatures::parse(&heard.headers) else { return false };
    signature.check_policy(&request, false, host, std::time::SystemTime::now()).unwrap();
    signature.verify(&request, &key).is_ok()
}

#[tokio::test]
async fn a_document_is_asked_for_as_peers_want_it() {
    let server = Server::start(|_| document(r#"{"id":"x"}"#)).await;
    let client = client();
    let from = url(&client, &server.url("/users/bob?page=1#main-key"));
    let got = client.get_activity(&from, Some(&SIGNER)).await.unwrap();
    assert_eq!(got.body["id"], "x");
    assert_eq!(got.url.to_string(), server.url("/users/bob?page=1"));
    let heard = &server.heard()[0];
    assert_eq!(heard.target, "/users/bob?page=1");
    assert!(signed_for(heard, "/users/bob?page=1"));
    assert_eq!(heard.headers["user-agent"], "Stoa/0 (+https://us.example)");
    assert_eq!(
        heard.headers["accept"],
        r#"application/activity+json, application/ld+json; profile="https://www.w3.org/ns/activitystreams""#
    );
    assert!(!heard.headers.contains_key("cookie") && !heard.headers.contains_key("referer"));
}

#[tokio::test]
async fn a_refused_signature_is_tried_without_the_query() {
    let server =
        Server::start(|heard| if signed_for(heard, "/note") { document("{}") } else { reply(401, "", b"") })
            .await;
    let client = client();
    client.get_activity(&url(&client, &server.url("/note?id=1")), Some(&SIGNER)).await.unwrap();
    assert_eq!(server.heard().len(), 2);
    let refused = client.get_activity(&url(&client, &server.url("/other")), Some(&SIGNER)).await;
    assert_eq!(refused.unwrap_err(), Error::Unauthorized);
    assert_eq!(server.heard().len(), 3);
    let unsigned = client.get_activity(&url(&client, &server.url("/note?id=1")), None).await;
    assert_eq!(unsigned.unwrap_err(), Error::Unauthorized);
    assert_eq!(server.heard().len(), 4);
}

#[tokio::test]
async fn every_answer_has_its_error() {
    let server = Server::start(|heard| match heard.target.as_str() {
        "/gone" => reply(410, "", b""),
        "/missing" => reply(404, "", b""),
        "/busy" => reply(503, "Retry-After: 30\r\n", b""),
        "/accepted" => reply(202, "Content-Type: application/activity+json\r\n", b"{}"),
        "/html" => reply(200, "Content-Type: text/html\r\n", b"<p>"),
        "/json" => reply(200, "Content-Type: application/json\r\n", b"{}"),
        "/untyped" => reply(200, "", b"{}"),
        "/broken" => document("{"),
        "/deep" => document(&"[".repeat(200)),
        _ => b"SSH-2.0\r\n\r\n".to_vec(),
    })
    .await;
    let client = client();
    let get =
        async |path: &str| client.get_activity(&url(&client, &server.url(path)), None).await.unwrap_err();
    assert_eq!(get("/gone").await, Error::Gone);
    assert_eq!(get("/missing").await, Error::NotFound);
    let busy = Error::Status { code: 503, retry_after: Some(Duration::from_secs(30)) };
    assert_eq!(get("/busy").await, busy);
    assert_eq!(get("/accepted").await, Error::Status { code: 202, retry_after: None });
    assert_eq!(get("/html").await, Error::ContentType("text/html".to_owned()));
    assert_eq!(get("/json").await, Error::ContentType("application/json".to_owned()));
    assert_eq!(get("/untyped").await, Error::ContentType(String::new()));
    assert!(matches!(get("/broken").await, Error::Malformed(_)));
    assert!(matches!(get("/deep").await, Error::Malformed(_)));
    assert!(matches!(get("/ssh").await, Error::Network(_)));
    let nobody = url(&client, "http://127.0.0.1:1/");
    assert!(matches!(client.get_activity(&nobody, None).await, Err(Error::Network(_))));
}

#[tokio::test]
async fn redirects_are_few_and_signed_anew() {
    let server = Server::start(|heard| match heard.target.as_str() {
        "/3" => redirect("/2"),
        "/2" => redirect("/1"),
        "/1" => redirect("/0"),
        "/0" => document("{}"),
        "/4" => redirect("/3"),
        _ => redirect("/loop"),
    })
    .await;
    let client = client();
    let got = client.get_activity(&url(&client, &server.url("/3")), Some(&SIGNER)).await.unwrap();
    assert_eq!(got.url.path(), "/0");
    let heard = server.heard();
    assert_eq!(heard.len(), 4);
    assert!(heard.iter().all(|request| signed_for(request, &request.target)));
    for path in ["/4", "/loop"] {
        let error = client.get_activity(&url(&client, &server.url(path)), None).await.unwrap_err();
        assert_eq!(error, Error::TooManyRedirects);
    }
    assert_eq!(server.heard().len(), 12);
}

#[tokio::test]
async fn redirects_and_names_do_not_lead_inside() {
    let server = Server::start(|heard| match heard.target.as_str() {
        "/literal" => redirect("http://10.0.0.1/"),
        "/metadata" => redirect("http://[::ffff:169.254.169.254]/latest"),
        "/decimal" => redirect("//2130706433/"),
        "/name" => redirect("http://inner.example/"),
        "/file" => redirect("file:///etc/passwd"),
        "/user" => redirect("http://a:b@public.example/"),
        _ => document("{}"),
    })
    .await;
    let client = strict();
    let at = |path: &str| format!("http://public.example:{}{path}", server.address.port());
    let get = async |path: &str| client.get_activity(&url(&client, &at(path)), None).await;
    assert!(get("/fine").await.is_ok());
    let inner = Refusal::Address([10, 0, 0, 1].into());
    for (path, refusal) in [
        ("/literal", Refusal::IpLiteral),
        ("/metadata", Refusal::IpLiteral),
        ("/decimal", Refusal::IpLiteral),
        ("/name", inner.clone()),
        ("/file", Refusal::Scheme),
        ("/user", Refusal::UserInfo),
    ] {
        assert_eq!(get(path).await.unwrap_err(), Error::Refused(refusal), "{path}");
    }
    let direct = url(&client, "http://inner.example/");
    assert_eq!(client.get_activity(&direct, None).await.unwrap_err(), Error::Refused(inner.clone()));
    for (path, refusal) in [("/literal", Refusal::IpLiteral), ("/name", inner.clone())] {
        let page = client.get_page(&url(&client, &at(path))).await;
        assert_eq!(page.unwrap_err(), Error::Refused(refusal), "{path}");
    }
    let posted = client.post_signed(&direct, "{}".into(), &SIGNER).await;
    assert_eq!(posted.unwrap_err(), Error::Refused(inner));
    assert_eq!(client.check_url(&server.url("/")).unwrap_err(), Error::Refused(Refusal::IpLiteral));
}

#[tokio::test]
async fn a_body_is_cut_off_where_it_is_too_long() {
    let bomb = {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(&vec![b' '; 64 << 20]).unwrap();
        encoder.finish().unwrap()
    };
    assert!(bomb.len() < 100_000);
    let exact = format!("\"{}\"", "a".repeat((1 << 20) - 2));
    let over = format!("\"{}\"", "a".repeat((1 << 20) - 1));
    let activity = "Content-Type: application/activity+json\r\n";
    let server = Server::start(move |heard| match heard.target.as_str() {
        "/exact" => document(&exact),
        "/over" => document(&over),
        "/bomb" => reply(200, &format!("{activity}Content-Encoding: gzip\r\n"), &bomb),
        "/broken" => reply(200, &format!("{activity}Content-Encoding: gzip\r\n"), b"no gzip"),
        _ => {
            let head = format!("HTTP/1.1 200 OK\r\n{activity}Transfer-Encoding: chunked\r\n\r\n");
            let chunk = [b"10000\r\n".as_slice(), &vec![b' '; 0x10000], b"\r\n"].concat();
            [head.into_bytes(), chunk.repeat(40)].concat()
        }
    })
    .await;
    let client = client();
    let get = async |path: &str| client.get_activity(&url(&client, &server.url(path)), None).await;
    assert!(get("/exact").await.is_ok());
    for path in ["/over", "/bomb", "/endless"] {
        assert_eq!(get(path).await.unwrap_err(), Error::TooLarge(1 << 20), "{path}");
    }
    assert!(matches!(get("/broken").await, Err(Error::Malformed(_))));
}

#[tokio::test]
async fn a_silent_server_costs_ten_seconds() {
    let server = Server::start(|heard| match heard.target.as_str() {
        "/body" => {
            b"HTTP/1.1 200 OK\r\nContent-Type: application/activity+json\r\nContent-Length: 9\r\n\r\n{"
                .to_vec()
        }
        _ => Vec::new(),
    })
    .await;
    let client = client();
    let (head, body) = (url(&client, &server.url("/head")), url(&client, &server.url("/body")));
    let began = std::time::Instant::now();
    let (head, body) = tokio::join!(client.get_activity(&head, None), client.get_activity(&body, None));
    assert_eq!(head.unwrap_err(), Error::Timeout);
    assert_eq!(body.unwrap_err(), Error::Timeout);
    assert!(began.elapsed() < Duration::from_secs(12));
}

#[tokio::test]
async fn webfinger_pages_and_media() {
    let server = Server::start(|heard| match heard.target.as_str() {
        "/finger" => reply(200, "Content-Type: text/plain\r\n", br#"{"subject":"acct:a@b"}"#),
        "/page" => reply(
            200,
            "Content-Type: text/html; charset=utf-8\r\n",
            br#"<head><link rel="alternate" type="application/activity+json" href="/note"></head>"#,
        ),
        "/linked" => reply(
            200,
            "Content-Type: text/html\r\nLink: </note>; rel=alternate; type=\"application/activity+json\"\r\n",
            b"",
        ),
        "/plain" => reply(200, "Content-Type: text/html\r\n", b"<head></head>"),
        "/trap" => reply(
            200,
            "Content-Type: text/html\r\n",
            br#"<link rel="alternate" type="application/activity+json" href="file:///etc/passwd">"#,
        ),
        _ => reply(200, "Content-Type: image/PNG\r\n", b"picture"),
    })
    .await;
    let client = client();
    let at = |path: &str| url(&client, &server.url(path));
    let finger = client.get_json(&at("/finger"), "application/jrd+json", 100).await.unwrap();
    assert_eq!(finger.body["subject"], "acct:a@b");
    assert_eq!(server.heard()[0].headers["accept"], "application/jrd+json");
    assert_eq!(client.get_json(&at("/finger"), "*/*", 10).await.unwrap_err(), Error::TooLarge(10));
    for path in ["/page", "/linked"] {
        assert_eq!(client.get_page_alternate(&at(path)).await, Ok(Some(at("/note"))));
    }
    assert_eq!(client.get_page_alternate(&at("/plain")).await, Ok(None));
    assert_eq!(client.get_page_alternate(&at("/trap")).await, Err(Error::Refused(Refusal::Scheme)));
    let picture = client.get_bytes(&at("/picture"), 7, &["image/", "video/"]).await.unwrap();
    assert_eq!((picture.content_type.as_str(), picture.bytes.as_ref()), ("image/png", b"picture".as_slice()));
    assert_eq!(client.get_bytes(&at("/picture"), 6, &["image/"]).await.unwrap_err(), Error::TooLarge(6));
    let html = client.get_bytes(&at("/page"), 1000, &["image/"]).await.unwrap_err();
    assert_eq!(html, Error::ContentType("text/html".to_owned()));
}

#[tokio::test]
async fn of_a_page_the_beginning_is_read() {
    let html = "Content-Type: text/html; charset=iso-8859-1\r\n";
    let server = Server::start(move |heard| match heard.target.as_str() {
        "/page" => reply(200, html, b"<title>caf\xe9</title>"),
        "/picture" => reply(200, "Content-Type: image/png\r\n", b"x"),
        "/untyped" => reply(200, "", b"<title>x</title>"),
        "/silent" => Vec::new(),
        _ => {
            let head = format!("HTTP/1.1 200 OK\r\n{html}Transfer-Encoding: chunked\r\n\r\n");
            let chunk = [b"10000\r\n".as_slice(), &vec![b' '; 0x10000], b"\r\n"].concat();
            [head.into_bytes(), chunk.repeat(40)].concat()
        }
    })
    .await;
    let client = client();
    let get = async |path: &str| client.get_page(&url(&client, &server.url(path))).await;
    assert_eq!(get("/page").await.unwrap().html, "<title>café</title>");
    assert_eq!(get("/endless").await.unwrap().html.len(), 1 << 20);
    assert_eq!(get("/picture").await.unwrap_err(), Error::ContentType("image/png".to_owned()));
    assert_eq!(get("/untyped").await.unwrap_err(), Error::ContentType(String::new()));
    assert_eq!(get("/silent").await.unwrap_err(), Error::Timeout);
}
