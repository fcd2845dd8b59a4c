#![expect(clippy::unwrap_used, reason = "a test may panic")]

use http::{HeaderValue, header::HeaderName};
use proptest::prelude::*;
use url::Url;

use super::*;
use crate::{
    SigningInput, check_digest,
    keys::tests::{KEY, public},
    parse, sign,
};

const KEY_ID: &str = "https://us.example/users/alice#main-key";
const TARGET: &str = "/inbox?a=b";
const NOW: u64 = 1_795_212_000;
const BODY: &[u8] = br#"{"type":"Like"}"#;

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

fn set(headers: &mut HeaderMap, name: &str, value: &str) {
    headers.insert(HeaderName::try_from(name).unwrap(), HeaderValue::try_from(value).unwrap());
}

/// The headers of a POST to `TARGET`, signed at `date`.
fn posted(date: u64, without_query: bool) -> HeaderMap {
    let url = Url::parse(&format!("https://peer.example{TARGET}")).unwrap();
    let request = SigningInput {
        method: &Method::POST,
        url: &url,
        host: &crate::host_header(&url),
        date: at(date),
        body: Some(BODY),
        content_type: Some("application/activity+json"),
        without_query,
    };
    let signed = sign(&request, KEY_ID, &KEY).unwrap();
    let mut headers = HeaderMap::new();
    set(&mut headers, "host", &signed.host);
    set(&mut headers, "date", &signed.date);
    set(&mut headers, "digest", &signed.digest.unwrap());
    set(&mut headers, "content-type", "application/activity+json");
    set(&mut headers, "signature", &signed.signature);
    headers
}

/// Headers whose signature covers `names`, with further `parameters`, by hand as a peer would.
fn foreign(names: &str, values: &[(&str, &str)], parameters: &str) -> HeaderMap {
    let mut lines = Vec::new();
    let mut headers = HeaderMap::new();
    for (name, value) in values {
        if HeaderName::try_from(*name).is_ok() {
            set(&mut headers, name, value);
        }
    }
    for name in names.split(' ') {
        let value = values.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| *value);
        lines.push(format!("{name}: {value}"));
    }
    let signature = base64::Engine::encode(
        &base64::engine::general_purpose::STANDARD,
        KEY.sign(lines.join("\n").as_bytes()).unwrap(),
    );
    let value = format!(r#"keyId="{KEY_ID}", headers="{names}" ,{parameters} signature="{signature}""#);
    set(&mut headers, "signature", &value);
    headers
}

/// The whole gate, as the inbox goes through it.
fn gate(headers: &HeaderMap, target: &str, body: &[u8], now: u64) -> Result<(), Error> {
    let request = Incoming { method: &Method::POST, path_and_query: target, headers };
    let parsed = parse(headers)?;
    assert_eq!(parsed.key_id(), KEY_ID);
    parsed.check_policy(&request, true, "peer.example", at(now))?;
    check_digest(headers, body)?;
    parsed.verify(&request, &public(&KEY))
}

#[test]
fn what_we_sign_is_accepted() {
    let headers = posted(NOW, false);
    let value = headers.get("signature").unwrap().to_str().unwrap();
    let head = format!(
        r#"keyId="{KEY_ID}",algorithm="rsa-sha256",headers="(request-target) host date digest content-type",signature=""#
    );
    assert!(value.starts_with(&head), "{value}");
    assert_eq!(gate(&headers, TARGET, BODY, NOW), Ok(()));
    assert_eq!(gate(&headers, TARGET, BODY, NOW + 11 * 3600), Ok(()));
    assert_eq!(gate(&headers, TARGET, BODY, NOW - 3500), Ok(()));
}

#[test]
fn a_get_is_signed_without_digest() {
    let url = Url::parse("http://127.0.0.3:3000/users/bob").unwrap();
    let host = crate::host_header(&url);
    let request = SigningInput {
        method: &Method::GET,
        url: &url,
        host: &host,
        date: at(NOW),
        body: None,
        content_type: None,
        without_query: false,
    };
    let signed = sign(&request, KEY_ID, &KEY).unwrap();
    assert!(signed.digest.is_none() && signed.signature.contains(r#"headers="(request-target) host date""#));
    let mut headers = HeaderMap::new();
    set(&mut headers, "host", "127.0.0.3:3000");
    set(&mut headers, "date", &signed.date);
    set(&mut headers, "signature", &signed.signature);
    let parsed = parse(&headers).unwrap();
    let incoming = Incoming { method: &Method::GET, path_and_query: "/users/bob", headers: &headers };
    assert_eq!(parsed.check_policy(&incoming, false, "127.0.0.3:3000", at(NOW)), Ok(()));
    assert_eq!(
        parsed.check_policy(&incoming, true, "127.0.0.3:3000", at(NOW)),
        Err(Error::NotCovered("digest"))
    );
    assert_eq!(parsed.verify(&incoming, &public(&KEY)), Ok(()));
    let post = Incoming { method: &Method::POST, ..incoming };
    assert_eq!(parsed.verify(&post, &public(&KEY)), Err(Error::Mismatch));
}

#[test]
fn the_query_may_be_left_out_but_not_changed() {
    let headers = posted(NOW, true);
    assert_eq!(gate(&headers, TARGET, BODY, NOW), Ok(()));
    assert_eq!(gate(&posted(NOW, false), "/inbox?a=c", BODY, NOW), Err(Error::Mismatch));
    assert_eq!(gate(&posted(NOW, false), "/inbox", BODY, NOW), Err(Error::Mismatch));
}

#[test]
fn a_replay_elsewhere_is_refused() {
    let headers = posted(NOW, false);
    assert_eq!(gate(&headers, "/users/bob/inbox", BODY, NOW), Err(Error::Mismatch));
    let request = Incoming { method: &Method::POST, path_and_query: TARGET, headers: &headers };
    let host = parse(&headers).unwrap().check_policy(&request, true, "third.example", at(NOW));
    assert!(matches!(host, Err(Error::Host { .. })), "{host:?}");
    let mut moved = headers.clone();
    set(&mut moved, "host", "third.example");
    assert_eq!(parse(&moved).unwrap().verify(&request, &public(&KEY)), Ok(()));
    let request = Incoming { headers: &moved, ..request };
    assert_eq!(parse(&moved).unwrap().verify(&request, &public(&KEY)), Err(Error::Mismatch));
}

#[test]
fn a_changed_body_or_digest_is_refused() {
    let mut headers = posted(NOW, false);
    assert_eq!(gate(&headers, TARGET, b"{}", NOW), Err(Error::DigestMismatch));
    set(&mut headers, "digest", &crate::digest_header(b"{}"));
    assert_eq!(gate(&headers, TARGET, b"{}", NOW), Err(Error::Mismatch));
    headers.remove("digest");
    assert_eq!(gate(&headers, TARGET, b"{}", NOW), Err(Error::MissingHeader("digest".to_owned())));
}

#[test]
fn another_key_is_refused() {
    let headers = posted(NOW, false);
    let request = Incoming { method: &Method::POST, path_and_query: TARGET, headers: &headers };
    let other = public(&crate::PrivateKey::generate().unwrap());
    assert_eq!(parse(&headers).unwrap().verify(&request, &other), Err(Error::Mismatch));
}

#[test]
fn the_window_holds_on_both_sides() {
    let headers = posted(NOW, false);
    assert_eq!(gate(&headers, TARGET, BODY, NOW + 12 * 3600), Ok(()));
    assert_eq!(gate(&headers, TARGET, BODY, NOW + 12 * 3600 + 1), Err(Error::TooOld));
    assert_eq!(gate(&headers, TARGET, BODY, NOW - 3600), Ok(()));
    assert_eq!(gate(&headers, TARGET, BODY, NOW - 3601), Err(Error::Future));
    let mut vague = headers.clone();
    set(&mut vague, "date", "yesterday");
    assert_eq!(gate(&vague, TARGET, BODY, NOW), Err(Error::Date));
}

#[test]
fn created_and_expires_take_the_place_of_date() {
    let digest = crate::digest_header(BODY);
    let created = NOW.to_string();
    let expires = (NOW + 30).to_string();
    let values = [
        ("(request-target)", "post /inbox?a=b"),
        ("(created)", &created),
        ("(expires)", &expires),
        ("host", "peer.example"),
        ("digest", &digest),
    ];
    let parameters = format!(r#"algorithm="hs2019",created={created}, expires="{expires}","#);
    let headers = foreign("(request-target) (created) (expires) host digest", &values, &parameters);
    assert_eq!(gate(&headers, TARGET, BODY, NOW), Ok(()));
    assert_eq!(gate(&headers, TARGET, BODY, NOW + 31), Err(Error::Expired));
    assert_eq!(gate(&headers, TARGET, BODY, NOW - 3601), Err(Error::Future));

    let absent = foreign("(request-target) (created) host digest", &values, "");
    assert_eq!(gate(&absent, TARGET, BODY, NOW), Err(Error::Malformed("created is missing")));
    for bad in ["created=-1,", "created=1.5,", "created=18446744073709551615,", "expires=soon,"] {
        let headers = foreign("(request-target) (created) host digest", &values, bad);
        assert!(matches!(gate(&headers, TARGET, BODY, NOW), Err(Error::Malformed(_))), "{bad}");
    }
}

#[test]
fn too_little_signed_is_refused() {
    let date = httpdate::fmt_http_date(at(NOW));
    let digest = crate::digest_header(BODY);
    let values = [
        ("(request-target)", "post /inbox?a=b"),
        ("host", "peer.example"),
        ("date", &date),
        ("digest", &digest),
        ("accept", "a/b"),
    ];
    for (names, missing) in [
        ("host date digest", "(request-target)"),
        ("(request-target) date digest", "host"),
        ("(request-target) host digest", "date or (created)"),
        ("(request-target) host date", "digest"),
    ] {
        assert_eq!(gate(&foreign(names, &values, ""), TARGET, BODY, NOW), Err(Error::NotCovered(missing)));
    }
    assert_eq!(
        gate(&foreign("(request-target) host date digest accept", &values, ""), TARGET, BODY, NOW),
        Ok(())
    );
    let mut dropped = foreign("(request-target) host date digest accept", &values, "");
    dropped.remove("accept");
    assert_eq!(gate(&dropped, TARGET, BODY, NOW), Err(Error::MissingHeader("accept".to_owned())));
    let mut doubled = posted(NOW, false);
    doubled.append("host", HeaderValue::from_static("other.example"));
    assert_eq!(gate(&doubled, TARGET, BODY, NOW), Err(Error::AmbiguousHeader("host".to_owned())));
}

#[test]
fn algorithms() {
    let signed = posted(NOW, false);
    let value = signed.get("signature").unwrap().to_str().unwrap().to_owned();
    for (algorithm, accepted) in [
        (r#"algorithm="hs2019","#, true),
        (r#"algorithm="RSA-SHA256","#, true),
        ("", true),
        (r#"algorithm="rsa-sha1","#, false),
        (r#"algorithm="hmac-sha256","#, false),
        (r#"algorithm="none","#, false),
        (r#"algorithm="","#, false),
    ] {
        let mut headers = signed.clone();
        set(&mut headers, "signature", &value.replace(r#"algorithm="rsa-sha256","#, algorithm));
        let result = gate(&headers, TARGET, BODY, NOW);
        assert_eq!(result.is_ok(), accepted, "{algorithm} {result:?}");
        assert!(accepted || matches!(result, Err(Error::Algorithm(_))), "{algorithm} {result:?}");
    }
}

#[test]
fn the_authorization_header_is_read() {
    let mut headers = posted(NOW, false);
    let value = headers.remove("signature").unwrap().to_str().unwrap().to_owned();
    assert_eq!(parse(&headers).unwrap_err(), Error::Unsigned);
    set(&mut headers, "authorization", "Bearer abc");
    assert_eq!(parse(&headers).unwrap_err(), Error::Unsigned);
    set(&mut headers, "authorization", &format!("Signature {value}"));
    assert_eq!(gate(&headers, TARGET, BODY, NOW), Ok(()));
    set(&mut headers, "signature", &value);
    assert_eq!(parse(&headers).unwrap_err(), Error::Duplicate);
}

#[test]
fn garbage_is_named() {
    for value in [
        "",
        "keyId",
        r#"keyId="a""#,
        r#"keyId="a",signature="%%""#,
        r#"keyId="",signature="AAAA""#,
        r#"keyId="a",keyId="b",signature="AAAA""#,
        r#"keyId="a" signature="AAAA""#,
        r#"keyId="a",signature="AAAA"#,
        r#"keyId="a",headers="",signature="AAAA""#,
        r#"keyId="a",headers="date date",signature="AAAA""#,
        r#"keyId="a",headers="da:te",signature="AAAA""#,
    ] {
        let mut headers = HeaderMap::new();
        set(&mut headers, "signature", value);
        assert!(matches!(parse(&headers), Err(Error::Malformed(_))), "{value}");
    }
    let mut headers = HeaderMap::new();
    set(&mut headers, "signature", "sig1=:AAAA:");
    set(&mut headers, "signature-input", r#"sig1=("@method");created=1"#);
    assert_eq!(parse(&headers).unwrap_err(), Error::Rfc9421);
    set(&mut headers, "signature", &"x".repeat(9000));
    headers.remove("signature-input");
    assert_eq!(parse(&headers).unwrap_err(), Error::Malformed("it is too long"));
}

proptest! {
    #[test]
    fn no_header_panics(
        value in prop_oneof![
            "\\PC{0,200}",
            r#"keyId="[a-z]{0,3}",(created=[0-9]{0,20},)?(expires="[0-9]{0,13}",)?headers="([a-z()-]{1,9} ?){0,4}",signature="[A-Za-z0-9+/]{0,16}={0,2}""#,
        ],
        date in "\\PC{0,40}",
        target in "\\PC{0,40}",
    ) {
        let mut headers = HeaderMap::new();
        for (name, text) in [("signature", &value), ("date", &date), ("host", &date), ("digest", &value)] {
            if let Ok(text) = HeaderValue::from_bytes(text.as_bytes()) {
                headers.insert(HeaderName::from_static(name), text);
            }
        }
        let request = Incoming { method: &Method::POST, path_and_query: &target, headers: &headers };
        if let Ok(parsed) = parse(&headers) {
            let _ = parsed.check_policy(&request, true, "peer.example", at(NOW));
            prop_assert!(parsed.verify(&request, &public(&KEY)).is_err());
        }
        let _ = check_digest(&headers, target.as_bytes());
    }

    #[test]
    fn every_flipped_bit_is_noticed(position in 0_usize..256, bit in 0_u8..8) {
        let headers = posted(NOW, false);
        let mut parsed = parse(&headers).unwrap();
        parsed.signature[position] ^= 1 << bit;
        let request = Incoming { method: &Method::POST, path_and_query: TARGET, headers: &headers };
        prop_assert_eq!(parsed.verify(&request, &public(&KEY)), Err(Error::Mismatch));
    }
}
