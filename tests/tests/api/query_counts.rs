//! A page costs a fixed small number of queries, whatever it holds.

use serde_json::{Value, json};
use tests::{Database, Instance, Options, QueryCounter};

/// A page of which nothing is kept in memory yet.
const MOST: usize = 12;

/// Makes 60 accounts elsewhere, who each have a status with two pictures, a mention and a tag, except that 21
/// to 40 have a reblog of those of 41 to 60. Alice follows 1 to 40.
const FILL: &str = "
INSERT INTO accounts (username, domain, uri, url)
SELECT 'author' || n, 'r.example', 'https://r.example/users/author' || n, 'https://r.example/@author' || n
FROM generate_series(1, 60) n;
INSERT INTO account_stats (account_id) SELECT id FROM accounts WHERE domain = 'r.example';
CREATE TEMPORARY TABLE authors AS
SELECT id, uri, substr(username, 7)::int AS n FROM accounts WHERE domain = 'r.example';
INSERT INTO statuses (id, account_id, uri, local, visibility, content, conversation_id, media_count,
    mentions_count, tags_count, created_at)
SELECT new_id(), id, uri || '/1', false, 0, '<p>Text</p>', new_id(), 2, 1, 1, now()
FROM authors WHERE n NOT BETWEEN 21 AND 40;
INSERT INTO status_stats (status_id) SELECT id FROM statuses ON CONFLICT DO NOTHING;
INSERT INTO media_attachments (account_id, status_id, kind, mime, remote_url, position)
SELECT s.account_id, s.id, 1, 'image/png', s.uri || '.png', n
FROM statuses s, generate_series(0, 1) n WHERE NOT s.local;
INSERT INTO mentions (status_id, account_id)
SELECT s.id, a.id FROM statuses s, accounts a WHERE a.username = 'alice' AND a.domain IS NULL AND NOT s.local;
INSERT INTO tags (name, display_name) VALUES ('test', 'Test');
INSERT INTO status_tags (tag_id, status_id) SELECT t.id, s.id FROM tags t, statuses s WHERE NOT s.local;
INSERT INTO cards (url, title) SELECT 'https://page.example/' || n, 'Page' FROM authors;
INSERT INTO status_cards (status_id, card_id)
SELECT s.id, c.id FROM statuses s JOIN authors a ON a.id = s.account_id
JOIN cards c ON c.url = 'https://page.example/' || (a.n % 30 + 1);
INSERT INTO statuses (id, account_id, uri, local, visibility, conversation_id, reblog_of_id, created_at)
SELECT new_id(), a.id, a.uri || '/reblog', false, 0, new_id(), s.id, now()
FROM authors a JOIN authors b ON b.n = a.n + 20 JOIN statuses s ON s.account_id = b.id
WHERE a.n BETWEEN 21 AND 40;
INSERT INTO follows (account_id, target_account_id)
SELECT me.id, a.id FROM accounts me, authors a WHERE me.username = 'alice' AND me.domain IS NULL AND a.n <= 40;
";

/// Alice's only status gets 20 replies, each to the one before; she is notified of 30 statuses, and bookmarks
/// and favourites them.
const FILL_MORE: &str = "
CREATE TEMPORARY TABLE me AS SELECT id FROM accounts WHERE username = 'alice' AND domain IS NULL;
CREATE TEMPORARY TABLE own AS SELECT s.* FROM statuses s, me WHERE s.account_id = me.id;
CREATE TEMPORARY TABLE theirs AS
SELECT s.id, s.account_id, row_number() OVER (ORDER BY s.id) AS n FROM statuses s
WHERE NOT s.local AND s.reblog_of_id IS NULL;
UPDATE statuses s SET conversation_id = own.conversation_id, in_reply_to_id = coalesce(p.id, own.id),
    in_reply_to_account_id = coalesce(p.account_id, own.account_id), in_reply_to_uri = own.uri
FROM own, theirs t LEFT JOIN theirs p ON p.n = t.n - 1 WHERE s.id = t.id AND t.n <= 20;
INSERT INTO bookmarks (account_id, status_id) SELECT me.id, t.id FROM me, theirs t WHERE t.n <= 30;
INSERT INTO favourites (account_id, status_id) SELECT me.id, t.id FROM me, theirs t WHERE t.n <= 30;
INSERT INTO notifications (account_id, from_account_id, kind, status_id)
SELECT me.id, t.account_id, 0, t.id FROM me, theirs t WHERE t.n <= 30;
INSERT INTO notifications (account_id, from_account_id, kind, status_id, filtered)
SELECT me.id, t.account_id, 9, t.id, true FROM me, theirs t WHERE t.n <= 30;
INSERT INTO notification_requests (account_id, from_account_id, last_status_id)
SELECT me.id, t.account_id, t.id FROM me, theirs t WHERE t.n <= 30;
";

/// All that Alice follows are in a list of hers.
const FILL_LIST: &str = "
INSERT INTO lists (id, account_id, title, replies_policy) SELECT 1, id, 'All', 0 FROM me;
INSERT INTO list_accounts (list_id, account_id) SELECT 1, target_account_id FROM follows;
";

#[tokio::test(flavor = "multi_thread")]
async fn a_page_costs_at_most_twelve_queries() {
    let database = Database::create().await;
    let counter = QueryCounter::start(&database);
    // Without workers, so that nothing but requests is counted.
    let options =
        Options { database_url: Some(counter.url()), arguments: vec!["--role", "web"], ..Options::default() };
    let a = Instance::start_on(database, options).await;
    let alice = a.user("alice").await;
    let own = alice.publish(json!({ "status": "Something of my own" })).await;
    a.database.execute(&format!("{FILL}{FILL_MORE}{FILL_LIST}")).await;
    let filter = json!({
        "title": "Text", "context": ["home", "public", "account", "thread", "notifications"],
        "keywords_attributes": [{ "keyword": "text" }],
    });
    alice.client.post_json("/api/v2/filters", &filter).await.ok();

    // The first time, a home feed is built; connections are there already.
    for _ in 0..3 {
        alice.client.get("/api/v1/timelines/public").await.ok();
    }
    counter.take();
    let cold = alice.client.get("/api/v1/timelines/home?limit=40").await.ok();
    let queries = counter.take();
    assert_eq!(cold.as_array().map(Vec::len), Some(40));
    assert_eq!(cold[0]["filtered"][0]["keyword_matches"], json!(["text"]));
    assert!(queries <= MOST, "a cold home timeline costs {queries} queries");
    println!("a cold home timeline: {queries} queries");

    let own = own["id"].as_str().unwrap();
    // One query is for the token.
    for (path, least, most) in [
        ("/api/v1/timelines/home?limit=20".to_owned(), 20, 2),
        ("/api/v1/timelines/home?limit=40".to_owned(), 40, 2),
        ("/api/v1/timelines/public?limit=20".to_owned(), 20, 3),
        ("/api/v1/timelines/list/1?limit=20".to_owned(), 20, 5),
        ("/api/v1/timelines/tag/test?limit=20".to_owned(), 20, 3),
        (format!("/api/v1/accounts/{}/statuses", alice.id), 1, 4),
        (format!("/api/v1/accounts/{}/following?limit=40", alice.id), 40, 5),
        ("/api/v1/accounts/lookup?acct=author7%40r.example".to_owned(), 0, 2),
        ("/api/v1/notifications?limit=30".to_owned(), 30, 4),
        ("/api/v2/notifications?limit=30".to_owned(), 30, 6),
        ("/api/v1/notifications/requests?limit=30".to_owned(), 30, 5),
        ("/api/v1/bookmarks?limit=30".to_owned(), 30, 3),
        ("/api/v1/favourites?limit=30".to_owned(), 30, 3),
        (format!("/api/v1/statuses/{own}"), 0, 2),
        (format!("/api/v1/statuses/{own}/context"), 20, 3),
    ] {
        // The first time fills caches and makes connections.
        alice.client.get(&path).await.ok();
        counter.take();
        let page = alice.client.get(&path).await.ok();
        let queries = counter.take();
        let rows = [&page, &page["descendants"], &page["notification_groups"]];
        let rows = rows.into_iter().find_map(Value::as_array).map_or(0, Vec::len);
        assert!(rows >= least, "{path} has {rows} rows");
        assert!(queries <= most, "{path} costs {queries} queries");
        println!("{path}: {rows} rows, {queries} queries");
    }
    // The authors of all pages that are linked to are one more.
    let credit = format!("UPDATE cards SET author_account_id = {}, author_agrees = true", alice.id);
    a.database.execute(&credit).await;
    alice.client.get("/api/v1/timelines/home").await.ok();
    counter.take();
    let page = alice.client.get("/api/v1/timelines/home").await.ok();
    let queries = counter.take();
    let is_hers = |status: &Value| status["reblog"]["card"]["authors"][0]["account"]["id"] == json!(alice.id);
    assert!(page.as_array().unwrap().iter().any(is_hers));
    assert!(queries <= 3, "pages with authors cost {queries} queries");
}

/// Everybody whom Alice follows quotes somebody else, who quotes in turn.
const FILL_QUOTES: &str = "
INSERT INTO quotes (status_id, account_id, quoted_status_id, quoted_account_id, quoted_uri, state)
SELECT s.id, s.account_id, o.id, o.account_id, o.uri, 1 FROM authors a JOIN authors b
ON b.n = CASE WHEN a.n <= 20 THEN a.n + 40 ELSE (a.n - 40) % 20 + 41 END
JOIN statuses s ON s.account_id = a.id AND s.reblog_of_id IS NULL
JOIN statuses o ON o.account_id = b.id AND o.reblog_of_id IS NULL;
UPDATE statuses s SET has_quote = true FROM quotes q WHERE q.status_id = s.id;
";

#[tokio::test(flavor = "multi_thread")]
async fn a_page_full_of_quotes_costs_two_more() {
    let database = Database::create().await;
    let counter = QueryCounter::start(&database);
    let options =
        Options { database_url: Some(counter.url()), arguments: vec!["--role", "web"], ..Options::default() };
    let a = Instance::start_on(database, options).await;
    let alice = a.user("alice").await;
    a.database.execute(&format!("{FILL}{FILL_QUOTES}")).await;
    for _ in 0..3 {
        alice.client.get("/api/v1/accounts/verify_credentials").await.ok();
    }
    counter.take();
    let cold = alice.client.get("/api/v1/timelines/home?limit=40").await.ok();
    let queries = counter.take();
    assert!(queries <= MOST, "a cold page of quotes costs {queries} queries");
    let quote = &cold.as_array().unwrap().last().unwrap()["quote"];
    assert_eq!(quote["quoted_status"]["quote"]["state"], "accepted", "{quote}");
    for limit in [2, 20] {
        let page = alice.client.get(&format!("/api/v1/timelines/home?limit={limit}")).await.ok();
        assert_eq!(page.as_array().map(Vec::len), Some(limit));
        let queries = counter.take();
        assert!(queries <= 4, "{limit} statuses with quotes cost {queries} queries");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_longer_page_costs_no_more() {
    let database = Database::create().await;
    let counter = QueryCounter::start(&database);
    let options =
        Options { database_url: Some(counter.url()), arguments: vec!["--role", "web"], ..Options::default() };
    let a = Instance::start_on(database, options).await;
    let alice = a.user("alice").await;
    a.database.execute(FILL).await;
    let cost = async |path: &str| {
        alice.client.get(path).await.ok();
        counter.take();
        alice.client.get(path).await.ok();
        counter.take()
    };
    for path in ["/api/v1/timelines/home", "/api/v1/timelines/public"] {
        let (short, long) = (cost(&format!("{path}?limit=2")).await, cost(&format!("{path}?limit=20")).await);
        assert!(long <= short + 2, "{path}: {short} queries for 2 rows, {long} for 20");
    }
}
