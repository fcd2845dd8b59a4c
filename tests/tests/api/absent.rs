//! What is not offered here is said as the documentation has it: nothing is promised, and nothing is revealed.

use http::StatusCode;
use serde_json::json;
use tests::Instance;

use crate::command_line::text;

#[tokio::test(flavor = "multi_thread")]
async fn nobody_translates() {
    let a = Instance::start().await;
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    let (open, direct) = (alice.post("open").await, alice.post_for("direct", "secret").await);
    let path =
        |status: &serde_json::Value| format!("/api/v1/statuses/{}/translate", status["id"].as_str().unwrap());
    for (reader, status, code) in [
        (&bob, &open, StatusCode::NOT_FOUND),
        (&bob, &direct, StatusCode::NOT_FOUND),
        (&alice, &direct, StatusCode::FORBIDDEN),
    ] {
        let answer = reader.client.post_json(&path(status), &json!({ "lang": "de" })).await;
        assert_eq!(answer.status, code, "{}", answer.text);
    }
    assert_eq!(a.client().post_json(&path(&open), &json!({})).await.status, StatusCode::UNAUTHORIZED);
    let writer = text(&a.run(&["token", "create", "bob", "--scopes", "write"]).await).0;
    let refused = a.client().with_token(&writer).post_json(&path(&open), &json!({})).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(a.client().get("/api/v1/instance/translation_languages").await.ok(), json!({}));
    let instance = a.client().get("/api/v2/instance").await.ok();
    assert_eq!(instance["configuration"]["translation"]["enabled"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn there_are_no_years_refreshes_and_proofs() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    let years = alice.client.get("/api/v1/annual_reports").await.ok();
    assert_eq!(years, json!({ "annual_reports": [], "accounts": [], "statuses": [] }));
    assert_eq!(
        alice.client.get("/api/v1/annual_reports/2025/state").await.ok(),
        json!({ "state": "ineligible" })
    );
    for path in ["/api/v1/annual_reports/2025", "/api/v1/annual_reports/x", "/api/v1_alpha/async_refreshes/1"]
    {
        assert_eq!(alice.client.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    for verb in ["read", "generate"] {
        let answer = alice.client.post_json(&format!("/api/v1/annual_reports/2025/{verb}"), &json!({})).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{verb}");
    }
    let proofs = format!("/api/v1/accounts/{}/identity_proofs", alice.id);
    assert_eq!(alice.client.get(&proofs).await.ok(), json!([]));
    assert_eq!(alice.client.get("/api/v1/accounts/1/identity_proofs").await.status, StatusCode::NOT_FOUND);
    for path in ["/api/v1/annual_reports", "/api/v1_alpha/async_refreshes/1", &proofs] {
        assert_eq!(a.client().get(path).await.status, StatusCode::UNAUTHORIZED, "{path}");
    }
}
