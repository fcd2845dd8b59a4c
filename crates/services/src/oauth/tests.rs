#![expect(clippy::unwrap_used, reason = "a test may panic")]

use super::*;

/// The example of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

#[test]
fn only_the_right_verifier_matches() {
    assert!(pkce_matches(Some(CHALLENGE), Some(VERIFIER)));
    assert!(pkce_matches(None, None));
    for (challenge, verifier) in [
        (Some(CHALLENGE), None),
        (None, Some(VERIFIER)),
        (Some(CHALLENGE), Some("")),
        (Some(CHALLENGE), Some(CHALLENGE)),
        (Some(VERIFIER), Some(VERIFIER)),
        (Some(CHALLENGE), Some("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXl")),
        (Some(""), Some("")),
    ] {
        assert!(!pkce_matches(challenge, verifier), "{challenge:?} {verifier:?}");
    }
}

fn request(change: impl FnOnce(&mut AuthorizationRequest)) -> AuthorizationRequest {
    let mut request = AuthorizationRequest {
        response_type: Some("code".to_owned()),
        scope: Some("read write".to_owned()),
        code_challenge: Some(CHALLENGE.to_owned()),
        code_challenge_method: Some("S256".to_owned()),
        ..AuthorizationRequest::default()
    };
    change(&mut request);
    request
}

fn outcome(change: impl FnOnce(&mut AuthorizationRequest)) -> Result<String, &'static str> {
    let allowed = Scopes::parse("read write").unwrap();
    check_parameters(&request(change), &allowed)
        .map(|(scopes, _)| scopes.to_string())
        .map_err(|(error, _)| error)
}

#[test]
fn requests_are_checked() {
    assert_eq!(outcome(|_| ()), Ok("read write".to_owned()));
    assert_eq!(outcome(|r| r.scope = None), Ok("read".to_owned()));
    assert_eq!(outcome(|r| r.scope = Some("read:statuses".to_owned())), Ok("read:statuses".to_owned()));
    assert_eq!(outcome(|r| r.scope = Some("read admin:read".to_owned())), Err("invalid_scope"));
    assert_eq!(outcome(|r| r.scope = Some("nonsense".to_owned())), Err("invalid_scope"));
    assert_eq!(outcome(|r| r.response_type = None), Err("invalid_request"));
    assert_eq!(outcome(|r| r.response_type = Some("token".to_owned())), Err("unsupported_response_type"));
}

#[test]
fn the_challenge_is_s256_or_nothing() {
    assert!(outcome(|r| (r.code_challenge, r.code_challenge_method) = (None, None)).is_ok());
    for (challenge, method) in [
        (Some(CHALLENGE), None),
        (Some(CHALLENGE), Some("plain")),
        (Some(CHALLENGE), Some("s256")),
        (None, Some("S256")),
        (Some("short"), Some("S256")),
        (Some(&*"A".repeat(64)), Some("S256")),
    ] {
        let result = outcome(|r| {
            r.code_challenge = challenge.map(str::to_owned);
            r.code_challenge_method = method.map(str::to_owned);
        });
        assert_eq!(result, Err("invalid_request"), "{challenge:?} {method:?}");
    }
}

#[test]
fn an_application_without_read_gets_what_it_has() {
    let allowed = Scopes::parse("write:statuses").unwrap();
    assert_eq!(grantable(None, &allowed), Some(allowed.clone()));
    assert_eq!(grantable(Some("read"), &allowed), None);
}
