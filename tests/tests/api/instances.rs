//! What the instance says of itself, as a document for programs and as pages for people.

use http::{Method, StatusCode};
use serde_json::{Value, json};
use tests::{Instance, Options};

use crate::command_line::text;
use crate::entities::Documentation;

async fn run(a: &Instance, arguments: &[&str]) -> String {
    let output = a.run(arguments).await;
    assert!(output.status.success(), "{arguments:?}: {:?}", text(&output));
    text(&output).0
}

fn file(content: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), content).unwrap();
    file
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_are_written_down_in_every_language() {
    let a = Instance::start().await;
    let nobody = a.client();
    assert_eq!(nobody.get("/api/v1/instance/rules").await.ok(), json!([]));
    assert!(nobody.get("/about").await.text.contains("Be kind"), "there is something to keep to");
    let first = run(&a, &["instance", "rule", "add", "No <b>lies</b>", "--hint", "Sources help"]).await;
    let first = first.split(' ').next().unwrap().to_owned();
    let second = run(&a, &["instance", "rule", "add", "No spam"]).await;
    let second = second.split(' ').next().unwrap().to_owned();
    run(&a, &["instance", "rule", "translate", &first, "de", "Keine Lügen", "--hint", "Quellen helfen"])
        .await;
    let rules = nobody.get("/api/v1/instance/rules").await.ok();
    assert_eq!((&rules[0]["id"], &rules[1]["id"]), (&json!(first), &json!(second)));
    assert_eq!((&rules[0]["text"], &rules[0]["hint"]), (&json!("No <b>lies</b>"), &json!("Sources help")));
    let german = json!({ "de": { "text": "Keine Lügen", "hint": "Quellen helfen" } });
    assert_eq!((&rules[0]["translations"], &rules[1]["translations"]), (&german, &json!({})));
    for path in ["/api/v1/instance", "/api/v2/instance"] {
        assert_eq!(nobody.get(path).await.ok()["rules"], rules, "{path}");
    }
    if let Some(documentation) = Documentation::read() {
        let mut wrong = Vec::new();
        documentation.check("Rule", &rules[0], "rules", &mut wrong);
        assert!(wrong.is_empty(), "{wrong:?}");
    }
    let about = nobody.get("/about").await.text;
    assert!(about.contains("Sources help") && !about.contains("<b>lies"), "{about}");

    run(&a, &["instance", "rule", "translate", &first, "de"]).await;
    assert!(run(&a, &["instance", "rule", "list"]).await.contains("No spam"));
    run(&a, &["instance", "rule", "remove", &second]).await;
    let rules = nobody.get("/api/v1/instance/rules").await.ok();
    assert_eq!((rules.as_array().unwrap().len(), &rules[0]["translations"]), (1, &json!({})));
    for wrong in [
        &["remove", "7"][..],
        &["remove", &second],
        &["translate", &first, "no language", "x"],
        &["translate", "7", "de", "x"],
        &["add", "  "],
    ] {
        let refused = a.run(&[&["instance", "rule"], wrong].concat()).await;
        assert_eq!(refused.status.code(), Some(1), "{wrong:?}: {:?}", text(&refused));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_are_written_in_markdown() {
    let a = Instance::start().await;
    let nobody = a.client();
    let policy = nobody.get("/api/v1/instance/privacy_policy").await.ok();
    assert!(
        policy["content"].as_str().unwrap().contains("not encrypted"),
        "one that is always true: {policy}"
    );
    let markdown = file("# Ours\n\nWe keep *little*. <script>alert(1)</script>");
    let path = markdown.path().to_str().unwrap();
    for (kind, place, page) in [
        ("privacy-policy", "privacy_policy", "/privacy-policy"),
        ("extended-description", "extended_description", "/about"),
    ] {
        run(&a, &["instance", "text", "set", kind, path]).await;
        let document = nobody.get(&format!("/api/v1/instance/{place}")).await.ok();
        let content = document["content"].as_str().unwrap();
        assert!(content.contains("<em>little</em>") && !content.contains("<script"), "{content}");
        let page = nobody.get(page).await;
        assert!(page.text.contains("<em>little</em>") && !page.text.contains("<script"), "{}", page.text);
        assert!(run(&a, &["instance", "text", "show", kind]).await.starts_with("# Ours"));
        run(&a, &["instance", "text", "remove", kind]).await;
        let after = nobody.get(&format!("/api/v1/instance/{place}")).await.ok();
        assert!(!after["content"].as_str().unwrap().contains("little"), "{after}");
        assert_eq!(a.run(&["instance", "text", "remove", kind]).await.status.code(), Some(1));
    }
    let empty = file("  \n");
    let empty = a.run(&["instance", "text", "set", "privacy-policy", empty.path().to_str().unwrap()]).await;
    assert_eq!(empty.status.code(), Some(1));
    let missing = a.run(&["instance", "text", "set", "privacy-policy", "/no/such/file"]).await;
    assert!(text(&missing).1.contains("/no/such/file"));
}

#[tokio::test(flavor = "multi_thread")]
async fn terms_come_into_force_on_their_day() {
    let a = Instance::start().await;
    let nobody = a.client();
    let terms = "/api/v1/instance/terms_of_service";
    for path in [terms, "/terms-of-service", "/api/v1/instance/terms_of_service/2020-01-01"] {
        assert_eq!(nobody.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let urls = nobody.get("/api/v2/instance").await.ok()["configuration"]["urls"].clone();
    assert_eq!(urls["terms_of_service"], Value::Null);
    let (old, new) = (file("Old terms"), file("New terms"));
    let set = ["instance", "text", "set", "terms-of-service"];
    let (old, new) = (old.path().to_str().unwrap(), new.path().to_str().unwrap());
    run(&a, &[&set[..], &[old, "--effective", "2020-01-01"]].concat()).await;
    run(&a, &[&set[..], &[new, "--effective", "2999-01-01"]].concat()).await;
    let present = nobody.get(terms).await.ok();
    assert_eq!((&present["effective_date"], &present["effective"]), (&json!("2020-01-01"), &json!(true)));
    assert_eq!(
        (&present["content"], &present["succeeded_by"]),
        (&json!("<p>Old terms</p>"), &json!("2999-01-01"))
    );
    let next = nobody.get(&format!("{terms}/2999-01-01")).await.ok();
    assert_eq!((&next["effective"], &next["succeeded_by"]), (&json!(false), &Value::Null));
    for day in ["2021-01-01", "yesterday", "2020-13-01"] {
        assert_eq!(nobody.get(&format!("{terms}/{day}")).await.status, StatusCode::NOT_FOUND, "{day}");
    }
    let urls = nobody.get("/api/v2/instance").await.ok()["configuration"]["urls"].clone();
    let page = urls["terms_of_service"].as_str().unwrap().strip_prefix(&a.url).unwrap().to_owned();
    assert!(nobody.get(&page).await.text.contains("Old terms"));
    assert!(nobody.get("/terms-of-service/2999-01-01").await.text.contains("New terms"));
    if let Some(documentation) = Documentation::read() {
        let mut wrong = Vec::new();
        documentation.check("TermsOfService", &present, terms, &mut wrong);
        assert!(wrong.is_empty(), "{wrong:?}");
    }
    run(&a, &["instance", "text", "remove", "terms-of-service"]).await;
    assert_eq!(nobody.get(terms).await.ok()["effective_date"], "2999-01-01", "the first to come");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_settings_are_in_the_documents() {
    let settings = [
        ("STOA_INSTANCE__CONTACT_ACCOUNT", "carol"),
        ("STOA_INSTANCE__CONTACT_EMAIL", "help@example.org"),
        ("STOA_INSTANCE__MINIMUM_AGE", "16"),
        ("STOA_INSTANCE__REGISTRATIONS_URL", "https://join.example/"),
        ("STOA_INSTANCE__SHOW_DOMAIN_BLOCKS", "everybody"),
    ];
    let settings = settings.map(|(name, value)| (name, value.to_owned())).to_vec();
    let a = Instance::start_with(Options { settings, ..Options::default() }).await;
    let nobody = a.client();
    let instance = nobody.get("/api/v2/instance").await.ok();
    assert_eq!(instance["contact"]["account"], Value::Null, "nobody has that name yet");
    let registrations = &instance["registrations"];
    assert_eq!((&registrations["min_age"], &registrations["enabled"]), (&json!(16), &json!(true)));
    assert_eq!(registrations["url"], "https://join.example/");
    let create = [
        "account",
        "create",
        "carol",
        "--email",
        "c@example.org",
        "--password",
        "long enough",
        "--confirmed",
    ];
    run(&a, &create).await;
    let instance = nobody.get("/api/v2/instance").await.ok();
    assert_eq!(instance["contact"]["account"]["username"], "carol");
    let about = nobody.get("/about").await.text;
    assert!(about.contains("help@example.org") && about.contains("/@carol"), "{about}");
    let icon = instance["icon"][0]["src"].as_str().unwrap().strip_prefix(&a.url).unwrap().to_owned();
    let thumbnail = instance["thumbnail"]["url"].as_str().unwrap().strip_prefix(&a.url).unwrap().to_owned();
    for path in [icon, thumbnail] {
        let picture = nobody.get(&path).await;
        assert_eq!(
            (picture.status, &picture.headers["content-type"]),
            (StatusCode::OK, &"image/png".parse().unwrap())
        );
    }

    // Everybody sees the hosts, and who has an account why.
    run(&a, &["instance", "block", "evil.example", "--comment", "Nothing but spam"]).await;
    let blocks = nobody.get("/api/v1/instance/domain_blocks").await.ok();
    assert_eq!((&blocks[0]["domain"], &blocks[0]["severity"]), (&json!("evil.example"), &json!("suspend")));
    assert_eq!((blocks[0]["digest"].as_str().unwrap().len(), blocks[0].get("comment")), (64, None));
    let token = run(&a, &["token", "create", "carol"]).await;
    let blocks = a.client().with_token(&token).get("/api/v1/instance/domain_blocks").await.ok();
    assert_eq!(blocks[0]["comment"], "Nothing but spam");
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_the_instance_blocks_is_said_to_whom_it_wants() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    run(&a, &["instance", "block", "evil.example"]).await;
    assert_eq!(a.client().get("/api/v1/instance/domain_blocks").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(alice.client.get("/api/v1/instance/domain_blocks").await.ok()[0]["comment"], "");
    let settings = vec![("STOA_INSTANCE__SHOW_DOMAIN_BLOCKS", "nobody".to_owned())];
    let b = Instance::start_with(Options { settings, ..Options::default() }).await;
    let bob = b.user("bob").await;
    assert_eq!(bob.client.get("/api/v1/instance/domain_blocks").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn closed_instances_say_why_and_young_people_wait() {
    let settings = [
        ("STOA_INSTANCE__REGISTRATIONS", "closed"),
        ("STOA_INSTANCE__REGISTRATIONS_MESSAGE", "Full, see <us> next year"),
    ];
    let settings = settings.map(|(name, value)| (name, value.to_owned())).to_vec();
    let a = Instance::start_with(Options { settings, ..Options::default() }).await;
    let registrations = a.client().get("/api/v2/instance").await.ok()["registrations"].clone();
    assert_eq!(registrations["message"], "<p>Full, see &lt;us&gt; next year</p>");
    assert_eq!((&registrations["enabled"], &registrations["min_age"]), (&json!(false), &Value::Null));

    let settings = vec![("STOA_INSTANCE__MINIMUM_AGE", "16".to_owned())];
    let b = Instance::start_with(Options { settings, ..Options::default() }).await;
    let nobody = b.client();
    let app =
        json!({ "client_name": "App", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob", "scopes": "read write" });
    let app = nobody.post_json("/api/v1/apps", &app).await.ok();
    let grant = json!({
        "grant_type": "client_credentials", "client_id": app["client_id"], "client_secret": app["client_secret"],
        "scope": "read write",
    });
    let token = nobody.post_json("/oauth/token", &grant).await.ok();
    let registrar = nobody.with_token(token["access_token"].as_str().unwrap());
    let this_year = chrono::Datelike::year(&chrono::Utc::now());
    for (born, code) in [
        (Value::Null, Some("ERR_BLANK")),
        (json!(format!("{}-01-01", this_year - 10)), Some("ERR_BELOW_LIMIT")),
        (json!("2999-01-01"), Some("ERR_BELOW_LIMIT")),
        (json!(format!("{}-01-01", this_year - 17)), None),
    ] {
        let person = json!({
            "username": "dora", "email": "dora@example.org", "password": "long enough", "agreement": true,
            "locale": "en", "date_of_birth": born,
        });
        let answer = registrar.post_json("/api/v1/accounts", &person).await;
        match code {
            None => assert_eq!(answer.status, StatusCode::OK, "{born}: {}", answer.text),
            Some(code) => {
                assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{born}");
                assert_eq!(answer.json()["details"]["date_of_birth"][0]["error"], code, "{born}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn health_is_a_word_or_json() {
    let a = Instance::start().await;
    let nobody = a.client();
    assert_eq!(nobody.get("/health").await.text, "OK");
    let request = nobody.request(Method::GET, "/health").header("accept", "application/json");
    assert_eq!(nobody.send(request).await.ok(), json!({ "status": "OK" }));
}
