//! Cards of the pages that statuses link to, links that trend, and timelines of links.

use std::time::Duration;

use http::{Method, StatusCode};
use serde_json::{Value, json};
use tests::{Instance, Remote, User, WebPage, WebSite, eventually};

use crate::entities::{self, PNG};

const ARTICLE: &str = r#"<!doctype html><html lang="en"><head><title>No</title>
<meta property="og:title" content="Tea &amp;amp; <i>cake</i>"><meta property="og:description" content="About tea">
<meta property="og:site_name" content="Teahouse"><meta property="og:image" content="/tea.png">
<meta property="og:image:alt" content="A cup"><meta name="author" content="Ada">
<meta property="article:published_time" content="2024-05-01T10:00:00Z"></head><body>"#;

/// Waits for the card of a status.
async fn card_of(user: &User, status: &Value) -> Value {
    eventually("the card comes", async || {
        let card = user.status(&status["id"]).await?["card"].clone();
        card.is_object().then_some(card)
    })
    .await
}

/// Waits until nothing is to be fetched any more.
async fn all_fetched(a: &Instance) {
    eventually("all pages were fetched", async || {
        (a.database.number("SELECT count(*) FROM jobs WHERE kind = 'fetch_card' AND run_at <= now()").await
            == 0)
            .then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_gets_a_card() {
    let (a, site) = (Instance::start().await, WebSite::start().await);
    site.put("/tea.png", WebPage::file("image/png", PNG));
    let url = site.put("/tea", WebPage::html(ARTICLE));
    let alice = a.user("alice").await;
    let status = alice.post(&format!("@alice #tea {url}#part")).await;
    assert_eq!(status["card"], Value::Null);
    let card = card_of(&alice, &status).await;
    assert_eq!((&card["url"], &card["type"]), (&json!(url), &json!("link")));
    assert_eq!((&card["title"], &card["description"]), (&json!("Tea &amp; cake"), &json!("About tea")));
    assert_eq!((&card["provider_name"], &card["author_name"]), (&json!("Teahouse"), &json!("Ada")));
    assert_eq!(card["authors"], json!([{ "name": "Ada", "url": "", "account": null }]));
    assert_eq!(
        (&card["published_at"], &card["language"]),
        (&json!("2024-05-01T10:00:00.000Z"), &json!("en"))
    );
    assert_eq!((&card["html"], &card["embed_url"], &card["width"]), (&json!(""), &json!(""), &json!(1)));
    assert_eq!((&card["image_description"], &card["missing_attribution"]), (&json!("A cup"), &json!(false)));
    assert!(card["blurhash"].is_string());
    // The picture is a copy of ours: nobody asks the site for it.
    let image = card["image"].as_str().unwrap().strip_prefix(&a.url).unwrap().to_owned();
    assert_eq!(a.client().get(&image).await.headers["content-type"], "image/jpeg");
    entities::check("PreviewCard", &card);
    entities::check("Status", &alice.status(&status["id"]).await.unwrap());
    // It follows the text.
    let edited = alice.edit(&status, "no link any more").await;
    eventually("the card is gone", async || {
        let card = alice.status(&edited["id"]).await?["card"].clone();
        card.is_null().then_some(())
    })
    .await;
    let again = alice.edit(&status, &format!("again {url}")).await;
    assert_eq!(card_of(&alice, &again).await["title"], "Tea &amp; cake");
    assert_eq!((site.asked("/tea"), site.asked("/tea.png")), (1, 1));
    alice.delete(&status).await;
    assert_eq!(a.database.number("SELECT count(*) FROM status_cards").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_asked_for() {
    let (a, site) = (Instance::start().await, WebSite::start().await);
    let url = site.put("/tea", WebPage::html(ARTICLE));
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    let known = bob.post("known here").await;
    for visibility in ["private", "direct"] {
        alice.post_for(visibility, &format!("secret {url}?{visibility}")).await;
    }
    alice.publish(json!({ "status": format!("here {url}?local"), "local_only": true })).await;
    let own = known["url"].as_str().unwrap();
    alice.post(&format!("@bob #tag {own} {}/@bob", a.url)).await;
    let part = reqwest::multipart::Part::bytes(PNG).file_name("a.png").mime_str("image/png").unwrap();
    let upload = alice.client.request(Method::POST, "/api/v2/media");
    let form = reqwest::multipart::Form::new().part("file", part);
    let media = alice.client.send(upload.multipart(form)).await.ok();
    alice.publish(json!({ "status": format!("pictured {url}"), "media_ids": [media["id"]] })).await;
    // Behind them all, one that is.
    let last = alice.post(&format!("{own} and {url}?last")).await;
    assert!(card_of(&alice, &last).await["url"].as_str().unwrap().ends_with("?last"));
    assert_eq!(a.database.number("SELECT count(*) FROM cards").await, 1);
    assert_eq!(site.asked("/tea"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_that_say_little_lie_or_do_not_come() {
    let (a, site) = (Instance::start().await, WebSite::start().await);
    let alice = a.user("alice").await;
    let huge = format!("{ARTICLE}{}", "x".repeat(3 << 20));
    let evil = r#"<title>&lt;script&gt;alert(1)&lt;/script&gt;<b>x</b></title>
        <meta property="og:image" content="javascript:alert(1)"><meta name="author" content="<img src=x onerror=alert(1)>E">
        <meta property="article:author" content="javascript:alert(1)//://">
        <meta name="twitter:player" content="https://evil.example/player">
        <link rel=alternate type="application/json+oembed" href="/embed.json">"#;
    let embed = json!({
        "type": "video", "html": "<script>alert(1)</script><iframe src='https://evil.example/'></iframe>",
        "author_url": "javascript:alert(1)", "provider_url": "data:text/html,x", "width": 1e30,
    });
    site.put("/embed.json", WebPage::file("application/json", embed.to_string()));
    let shown = [
        ("/plain", WebPage::html("<title>Only a title</title>"), "Only a title"),
        ("/huge", WebPage::html(huge), "Tea &amp; cake"),
        ("/moved", WebPage::redirect("/plain"), "Only a title"),
        ("/evil", WebPage::html(evil), "<script>alert(1)</script>x"),
    ];
    let slow = WebPage::html(ARTICLE).after(Duration::from_secs(15));
    let hidden = [
        ("/picture", WebPage::file("image/png", PNG)),
        ("/json", WebPage::file("application/json", ARTICLE)),
        ("/broken", WebPage::html(ARTICLE).with_status(StatusCode::INTERNAL_SERVER_ERROR)),
        ("/loop", WebPage::redirect("/loop")),
        ("/file", WebPage::redirect("file:///etc/passwd")),
        ("/empty", WebPage::html("<p>no title")),
        ("/slow", slow),
    ];
    let mut unseen = Vec::new();
    for (path, page) in hidden {
        unseen.push((path, alice.post(&site.put(path, page)).await));
    }
    for (path, page, title) in shown {
        let status = alice.post(&site.put(path, page)).await;
        let card = card_of(&alice, &status).await;
        assert_eq!((&card["title"], &card["url"]), (&json!(title), &json!(site.url(path))));
        if path == "/evil" {
            assert_eq!(
                (&card["type"], &card["html"], &card["image"]),
                (&json!("link"), &json!(""), &Value::Null)
            );
            assert_eq!((&card["author_name"], &card["author_url"]), (&json!("E"), &json!("")));
            assert_eq!(card["provider_url"], site.url(""));
        }
    }
    all_fetched(&a).await;
    for (path, status) in unseen {
        assert_eq!(alice.status(&status["id"]).await.unwrap()["card"], Value::Null, "{path}");
        let asked = site.asked(path);
        assert!(asked == 1 || (path == "/loop" && asked == 4), "{path} was asked for {asked} times");
    }
    // What was refused is not asked for again by the next one; what did not answer is, later.
    alice.post(&site.url("/json")).await;
    site.put("/broken", WebPage::html(ARTICLE));
    a.database.execute("UPDATE cards SET due_at = now() WHERE url LIKE '%/broken'").await;
    a.retry_now().await;
    eventually("it was asked for again", async || (site.asked("/broken") == 2).then_some(())).await;
    assert_eq!(site.asked("/json"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_fetched_once_for_all() {
    let (a, site) = (Instance::start().await, WebSite::start().await);
    let url = site.put("/tea", WebPage::html(ARTICLE).after(Duration::from_millis(300)));
    let alice = a.user("alice").await;
    let posts = (0..20).map(|n| {
        let (alice, text) = (alice.clone(), format!("post {n} {url}"));
        async move { alice.post(&text).await }
    });
    let statuses = futures::future::join_all(posts).await;
    for status in &statuses {
        assert_eq!(card_of(&alice, status).await["title"], "Tea &amp; cake");
    }
    assert_eq!(site.asked("/tea"), 1);
    assert_eq!(a.database.number("SELECT count(*) FROM cards").await, 1);
    // After two weeks, the next one asks again, and all change.
    site.put("/tea", WebPage::html("<title>Coffee</title>"));
    a.database.execute("UPDATE cards SET due_at = now()").await;
    alice.post(&format!("and again {url}")).await;
    a.retry_now().await;
    eventually("the card is another one", async || {
        let card = alice.status(&statuses[0]["id"]).await?["card"].clone();
        (card["title"] == "Coffee" && card["image"].is_null()).then_some(())
    })
    .await;
    assert_eq!(site.asked("/tea"), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn statuses_from_elsewhere_have_cards_a_little_later() {
    let (a, site, remote) = (Instance::start().await, WebSite::start().await, Remote::start());
    let url = site.put("/tea", WebPage::html(ARTICLE));
    let alice = a.user("alice").await;
    let carol = remote.actor("carol");
    let actor = carol.look_up(&alice.handle).await;
    let text = format!(
        "<p><a href=\"{}\" class=\"u-url mention\">@alice</a> <a href=\"{url}\">tea</a></p>",
        alice.id
    );
    let public = "https://www.w3.org/ns/activitystreams#Public";
    let note = carol.note(&text, &[public, actor["id"].as_str().unwrap()]);
    carol.send(actor["inbox"].as_str().unwrap(), &carol.create(&note)).await;
    let waits = "SELECT count(*) FROM jobs WHERE kind = 'fetch_card'";
    eventually("the page is to be fetched", async || (a.database.number(waits).await == 1).then_some(()))
        .await;
    a.retry_now().await;
    let status = alice.find_status(note["id"].as_str().unwrap()).await.unwrap();
    assert_eq!(card_of(&alice, &status).await["title"], "Tea &amp; cake");
}

#[tokio::test(flavor = "multi_thread")]
async fn authors_are_credited_where_they_agree() {
    let (a, site) = (Instance::start().await, WebSite::start().await);
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    let by = |name: &User| format!("{ARTICLE}<meta name=\"fediverse:creator\" content=\"@{}\">", name.handle);
    alice.update(&json!({ "attribution_domains": [site.domain] })).await;
    let status = bob.post(&site.put("/alice", WebPage::html(by(&alice)))).await;
    let card = card_of(&bob, &status).await;
    assert_eq!(card["authors"][0]["account"]["id"], json!(alice.id), "{card}");
    entities::check("PreviewCard", &card);
    // Her account is shown as it is now.
    alice.update(&json!({ "display_name": "Alice" })).await;
    let card = card_of(&bob, &status).await;
    assert_eq!(card["authors"][0]["account"]["display_name"], "Alice");
    // Who does not agree is not shown, and told.
    let status = alice.post(&site.put("/bob", WebPage::html(by(&bob)))).await;
    let card = card_of(&alice, &status).await;
    assert_eq!((&card["authors"][0]["account"], &card["missing_attribution"]), (&Value::Null, &json!(false)));
    assert_eq!(card_of(&bob, &status).await["missing_attribution"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn links_trend_and_have_a_timeline() {
    let (a, site) = (Instance::start().await, WebSite::start().await);
    let url = site.put("/tea", WebPage::html(ARTICLE));
    let other = site.put("/other", WebPage::html("<title>Other</title>"));
    let users = futures::future::join_all(["u1", "u2", "u3", "u4"].map(|name| a.user(name))).await;
    let mut posted = Vec::new();
    for user in &users {
        posted.push(user.post(&format!("read {url}")).await);
    }
    users[0].post_for("unlisted", &format!("quietly {url}")).await;
    card_of(&users[0], &users[0].post(&other).await).await;
    card_of(&users[0], &posted[3]).await;
    // Young accounts alone make no trend.
    a.database.execute("UPDATE accounts SET created_at = now() - interval '30 days'").await;
    a.database
        .execute("INSERT INTO jobs (kind, queue, payload) VALUES ('trends', 'default', '{}'); SELECT pg_notify('stoa_jobs', 'default')")
        .await;
    let trending = eventually("the link trends", async || {
        let list = a.client().get("/api/v1/trends/links").await.ok();
        list[0].is_object().then_some(list)
    })
    .await;
    assert_eq!((trending.as_array().unwrap().len(), &trending[0]["url"]), (1, &json!(url)));
    assert_eq!(trending[0]["history"].as_array().unwrap().len(), 7);
    assert_eq!(
        (&trending[0]["history"][0]["uses"], &trending[0]["history"][0]["accounts"]),
        (&json!("4"), &json!("4"))
    );
    entities::check("PreviewCard", &trending[0]);
    entities::check("Trends::Link", &trending[0]);

    let timeline = async |user: &User, query: &str| {
        let request = user.client.request(Method::GET, &format!("/api/v1/timelines/link{query}"));
        user.client.send(request.query(&[("url", &url)])).await
    };
    let ids =
        |list: &Value| -> Vec<Value> { list.as_array().unwrap().iter().map(|s| s["id"].clone()).collect() };
    let all: Vec<Value> = posted.iter().rev().map(|status| status["id"].clone()).collect();
    assert_eq!(ids(&timeline(&users[0], "").await.ok()), all);
    let page = timeline(&users[0], "?limit=2").await;
    assert_eq!(ids(&page.json()), all[..2]);
    assert!(page.headers["link"].to_str().unwrap().contains("max_id="));
    assert_eq!(
        a.client().get(&format!("/api/v1/timelines/link?url={other}")).await.ok().as_array().unwrap().len(),
        1
    );
    users[0].act_on("accounts", &json!({ "id": users[1].id }), "block").await;
    assert_eq!(ids(&timeline(&users[0], "").await.ok()).len(), 3);
    users[3].delete(&posted[3]).await;
    assert_eq!(ids(&timeline(&users[2], "").await.ok()).len(), 3);
    for bad in ["", "?url=", "?url=nonsense", "?url=https://unknown.example/"] {
        let answer = a.client().get(&format!("/api/v1/timelines/link{bad}")).await;
        assert_eq!(
            (answer.status, &answer.json()["error"]),
            (StatusCode::NOT_FOUND, &json!("Record not found"))
        );
    }
}
