//! Client programs: how they register, what they learn of the server and of people, and how people end it.

use http::{Method, StatusCode};
use serde_json::{Value, json};
use tests::{Browser, Instance};

use crate::command_line::text;

#[tokio::test(flavor = "multi_thread")]
async fn several_addresses_come_as_a_list_or_as_lines() {
    let a = Instance::start().await;
    let nobody = a.client();
    let both = json!(["https://app.example/cb", "urn:ietf:wg:oauth:2.0:oob"]);
    for uris in [both.clone(), json!("https://app.example/cb\nurn:ietf:wg:oauth:2.0:oob")] {
        let app =
            json!({ "client_name": "App", "redirect_uris": uris, "scopes": "read profile", "website": "" });
        let app = nobody.post_json("/api/v1/apps", &app).await.ok();
        assert_eq!(app["redirect_uris"], both);
        assert_eq!(app["redirect_uri"], "https://app.example/cb\nurn:ietf:wg:oauth:2.0:oob");
        assert_eq!((&app["website"], &app["scopes"]), (&Value::Null, &json!(["read", "profile"])));
        let grant = json!({
            "grant_type": "client_credentials", "client_id": app["client_id"], "client_secret": app["client_secret"],
        });
        let token = nobody.post_json("/oauth/token", &grant).await.ok();
        let own = nobody.with_token(token["access_token"].as_str().unwrap());
        let seen = own.get("/api/v1/apps/verify_credentials").await.ok();
        assert_eq!((&seen["name"], &seen["redirect_uris"]), (&json!("App"), &both));
        assert_eq!((seen.get("client_id"), seen.get("client_secret")), (None, None));
        assert_eq!(
            own.get("/oauth/userinfo").await.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "nobody's token"
        );
    }
    assert_eq!(nobody.get("/api/v1/apps/verify_credentials").await.status, StatusCode::UNAUTHORIZED);
    for uris in [
        json!([]),
        json!(""),
        json!(["https://a.example/", "javascript:alert(1)"]),
        json!(vec!["https://a.example/"; 21]),
    ] {
        let app = json!({ "client_name": "App", "redirect_uris": uris });
        let refused = nobody.post_json("/api/v1/apps", &app).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{uris}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_describes_itself() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    let server = a.client().get("/.well-known/oauth-authorization-server").await.ok();
    assert_eq!(server["issuer"], format!("{}/", a.url));
    for (name, path) in [
        ("authorization_endpoint", "/oauth/authorize"),
        ("token_endpoint", "/oauth/token"),
        ("revocation_endpoint", "/oauth/revoke"),
        ("userinfo_endpoint", "/oauth/userinfo"),
        ("app_registration_endpoint", "/api/v1/apps"),
    ] {
        assert_eq!(server[name], format!("{}{path}", a.url));
        let there = a.client().post_json(path, &json!({})).await.status;
        assert_ne!(there, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(server["grant_types_supported"], json!(["authorization_code", "client_credentials"]));
    for scope in ["read", "write:statuses", "follow", "push", "profile", "admin:read:accounts"] {
        assert!(server["scopes_supported"].as_array().unwrap().contains(&json!(scope)), "{scope}");
    }

    let token = text(&a.run(&["token", "create", "alice", "--scopes", "profile"]).await).0;
    let known = a.client().with_token(&token);
    for method in [Method::GET, Method::POST] {
        let claims = known.send(known.request(method, "/oauth/userinfo")).await.ok();
        assert_eq!(claims["iss"], format!("{}/", a.url));
        assert_eq!(
            (&claims["sub"], &claims["preferred_username"]),
            (&json!(format!("{}/users/alice", a.url)), &json!("alice"))
        );
        assert_eq!(claims["profile"], format!("{}/@alice", a.url));
        let picture = claims["picture"].as_str().unwrap().strip_prefix(&a.url).unwrap().to_owned();
        assert_eq!(a.client().get(&picture).await.status, StatusCode::OK);
    }
    let refused = alice.client.get("/oauth/userinfo").await;
    assert_eq!(refused.json()["error"], "This action is outside the authorized scopes");
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(a.client().get("/oauth/userinfo").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test(flavor = "multi_thread")]
async fn people_sign_in_anew_for_some_and_end_it_for_all() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    let redirect = "urn:ietf:wg:oauth:2.0:oob";
    let app = json!({ "client_name": "Gadget", "redirect_uris": redirect, "scopes": "read" });
    let app = a.client().post_json("/api/v1/apps", &app).await.ok();
    let address = |more: &str| {
        let id = app["client_id"].as_str().unwrap();
        format!(
            "{}/oauth/authorize?client_id={id}&response_type=code&scope=read&redirect_uri={redirect}{more}",
            a.url
        )
    };
    let (mut browser, page) = Browser::open(&address("")).await;
    let me = [("username", alice.email.as_str()), ("password", alice.password)];
    let page = browser.submit(&page, &me).await;
    assert!(page.text.contains("Let <bdi>Gadget</bdi> in?"), "{}", page.text);
    let page = browser.go(&address("&lang=de&force_login=false")).await;
    assert!(page.text.contains("Gadget"), "who is signed in is asked at once: {}", page.text);
    let page = browser.go(&address("&force_login=true")).await;
    assert!(page.text.contains("type=\"password\""), "{}", page.text);
    let page = browser.submit(&page, &me).await;
    let page = browser.submit(&page, &[("decision", "approve")]).await;
    let code = Browser::value(&page, "code").unwrap();
    let grant = json!({
        "grant_type": "authorization_code", "client_id": app["client_id"], "client_secret": app["client_secret"],
        "code": code, "redirect_uri": redirect,
    });
    let token = a.client().post_json("/oauth/token", &grant).await.ok();
    let gadget = a.client().with_token(token["access_token"].as_str().unwrap());
    gadget.get("/api/v1/accounts/verify_credentials").await.ok();

    let settings = browser.go("/settings").await;
    assert!(settings.text.contains("Gadget"), "{}", settings.text);
    let id = app["id"].as_str().unwrap();
    let settings = browser.submit(&settings, &[("application", id)]).await;
    assert!(!settings.text.contains("Gadget"), "{}", settings.text);
    assert_eq!(gadget.get("/api/v1/accounts/verify_credentials").await.status, StatusCode::UNAUTHORIZED);
    alice.client.get("/api/v1/accounts/verify_credentials").await.ok();
}
