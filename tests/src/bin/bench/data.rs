//! What the instance holds: written by SQL, since other servers' statuses would take minutes to arrive.

use anyhow::Result;
use tokio_postgres::Client;

use crate::remote::{FOLLOWERS, Remotes, WRITERS};

/// Statuses of the writers, all followed by the reader.
const STATUSES: i32 = 2_000;
/// Words of a status.
const WORDS: i32 = 24;

/// The threads that are read, with how many replies each has.
pub(crate) const THREADS: [(&str, usize); 2] = [("short", 50), ("long", 100)];

/// Notifications of the reader: half of them mentions, half of them follows.
pub(crate) const NOTIFICATIONS: usize = 40;

/// People here. They have accounts already; the reader follows the author and all writers, and the
/// broadcaster is followed by one account on each of the followers' hosts. The speaker gets listeners later.
pub(crate) const PEOPLE: [&str; 4] = ["reader", "author", "broadcaster", "speaker"];

const VOCABULARY: &str = "market,square,harbour,evening,letter,bridge,garden,window,coffee,winter,north,river,\
    paper,music,stone,quiet,road,mountain,ticket,orange,table,candle,summer,travel,lantern,pocket,salt,silver,\
    morning,neighbour,story,wheel,yellow,thread,basket,copper,kettle,meadow,anchor,rain";

/// Text of [`WORDS`] words, as PostgreSQL is told to make it for the number `$number`.
fn words(number: &str) -> String {
    format!(
        "(SELECT string_agg((string_to_array('{VOCABULARY}', ','))[1 + ({number} * 7 + w * (1 + {number} / 40 % 39)) % 40], \
         ' ' ORDER BY w) FROM generate_series(1, {WORDS}) AS w)"
    )
}

/// A text of as many words, different for each number.
pub(crate) fn text(number: usize) -> String {
    let words: Vec<&str> = VOCABULARY.split(',').collect();
    let count = usize::try_from(WORDS).unwrap_or_default();
    let chosen = (1..=count).map(|word| words[(number * 7 + word * (1 + number / 40 % 39)) % words.len()]);
    chosen.collect::<Vec<_>>().join(" ")
}

/// Fills the database, and returns the ids of the statuses that [`THREADS`] begin with.
pub(crate) async fn fill(client: &Client, remotes: &Remotes) -> Result<[i64; 2]> {
    client.batch_execute(&people_elsewhere(remotes)).await?;
    client.execute(ACTORS, &[&&*remotes.public_pem]).await?;
    client.batch_execute(FOLLOWS).await?;
    client.batch_execute(&statuses()).await?;
    let mut roots = [0; 2];
    for (root, (name, length)) in roots.iter_mut().zip(THREADS) {
        *root = client.query_one(&beginning(name), &[]).await?.get(0);
        client.execute(&replies(name, length), &[root]).await?;
    }
    client.batch_execute(REPLY_DETAILS).await?;
    client.batch_execute(&notifications()).await?;
    client.batch_execute(COUNTERS).await?;
    // What autovacuum does in time on a server that has run for a while.
    client.batch_execute("VACUUM (ANALYZE)").await?;
    Ok(roots)
}

fn people_elsewhere(remotes: &Remotes) -> String {
    let port = remotes.port;
    let people = |name: &str, net: u8, count: u8| {
        format!(
            "INSERT INTO instances (host) SELECT '127.0.{net}.' || n || ':{port}' FROM generate_series(1, {count}) n; \
             INSERT INTO accounts (username, domain, uri, url, display_name, note, created_at) \
             SELECT '{name}' || n, host, 'http://' || host || '/users/{name}' || n, \
             'http://' || host || '/@{name}' || n, '{name} ' || n, '<p>Lives at ' || host || '</p>', \
             now() - interval '1 year' \
             FROM (SELECT n, '127.0.{net}.' || n || ':{port}' AS host FROM generate_series(1, {count}) n) AS hosts;"
        )
    };
    people("writer", 10, WRITERS) + &people("follower", 20, FOLLOWERS)
}

const ACTORS: &str = "INSERT INTO actors (account_id, inbox_url, shared_inbox_url, outbox_url, followers_url, \
    key_id, public_key_pem) SELECT id, uri || '/inbox', 'http://' || domain || '/inbox', uri || '/outbox', \
    uri || '/followers', uri || '#main-key', $1 FROM accounts WHERE domain IS NOT NULL";

const FOLLOWS: &str = "INSERT INTO follows (account_id, target_account_id) \
    SELECT r.id, w.id FROM accounts r, accounts w WHERE r.username = 'reader' AND r.domain IS NULL \
    AND (w.username LIKE 'writer%' AND w.domain IS NOT NULL OR w.username = 'author' AND w.domain IS NULL); \
    INSERT INTO follows (account_id, target_account_id, uri) \
    SELECT f.id, b.id, f.uri || '/follows/1' FROM accounts f, accounts b \
    WHERE f.username LIKE 'follower%' AND f.domain IS NOT NULL AND b.username = 'broadcaster' AND b.domain IS NULL";

/// One every five minutes, the writers taking turns, the last one just now.
fn statuses() -> String {
    format!(
        "INSERT INTO statuses (id, account_id, uri, url, local, visibility, content, language, conversation_id, \
         created_at) SELECT m.id, m.account, m.uri || '/statuses/' || m.n, m.uri || '/' || m.n, false, 0, \
         '<p>' || m.words || '</p>', 'en', m.id, m.at FROM (SELECT t.n, new_id(t.at) AS id, t.at, \
         a.id AS account, a.uri, {words} AS words FROM (SELECT n, now() - ({STATUSES} - n) * interval '5 minutes' AS at \
         FROM generate_series(1, {STATUSES}) AS n) AS t \
         JOIN accounts a ON a.username = 'writer' || (1 + t.n % {WRITERS}) AND a.domain IS NOT NULL) AS m",
        words = words("t.n")
    )
}

fn beginning(name: &str) -> String {
    format!(
        "INSERT INTO statuses (id, account_id, uri, url, local, visibility, content, language, conversation_id, \
         created_at) SELECT m.id, m.account, m.uri || '/statuses/{name}', m.uri || '/{name}', false, 0, \
         '<p>' || {words} || '</p>', 'en', m.id, m.at FROM (SELECT new_id(now() - interval '8 days') AS id, \
         now() - interval '8 days' AS at, id AS account, uri FROM accounts WHERE username = 'writer1' \
         AND domain IS NOT NULL) AS m RETURNING id",
        words = words("3")
    )
}

/// Half of them answer the root, the others the reply before them; each mentions the root's author.
fn replies(name: &str, length: usize) -> String {
    format!(
        "WITH RECURSIVE made AS (SELECT n, new_id(now() - interval '8 days' + n * interval '1 minute') AS id, \
         now() - interval '8 days' + n * interval '1 minute' AS at FROM generate_series(1, {length}) AS n), \
         placed AS (SELECT m.*, a.id AS account, a.uri AS actor, \
         CASE WHEN m.n % 2 = 0 THEN p.id ELSE $1::bigint END AS parent, \
         CASE WHEN m.n % 2 = 0 THEN p.n ELSE 0 END AS parent_n \
         FROM made m LEFT JOIN made p ON p.n = m.n - 1 \
         JOIN accounts a ON a.username = 'writer' || (1 + m.n % {WRITERS}) AND a.domain IS NOT NULL) \
         INSERT INTO statuses (id, account_id, uri, url, local, visibility, content, language, conversation_id, \
         in_reply_to_id, in_reply_to_account_id, in_reply_to_uri, mentions_count, created_at) \
         SELECT c.id, c.account, c.actor || '/statuses/{name}' || c.n, c.actor || '/{name}' || c.n, false, 0, \
         '<p>' || {words} || '</p>', 'en', $1, c.parent, coalesce(p.account, r.account_id), \
         coalesce(p.actor || '/statuses/{name}' || c.parent_n, r.uri), 1, c.at \
         FROM placed c LEFT JOIN placed p ON p.n = c.parent_n JOIN statuses r ON r.id = $1",
        words = words("c.n")
    )
}

const REPLY_DETAILS: &str = "INSERT INTO mentions (status_id, account_id) \
    SELECT s.id, r.account_id FROM statuses s JOIN statuses r ON r.id = s.conversation_id WHERE s.id <> r.id; \
    INSERT INTO status_stats (status_id, replies_count) \
    SELECT in_reply_to_id, count(*) FROM statuses WHERE in_reply_to_id IS NOT NULL GROUP BY 1";

/// By one writer each: one mention in a status, one follow.
fn notifications() -> String {
    format!(
        "INSERT INTO notifications (account_id, from_account_id, kind, status_id) \
         SELECT r.id, w.id, k.kind, CASE WHEN k.kind = 0 THEN (SELECT max(id) FROM statuses WHERE account_id = w.id) END \
         FROM accounts r, accounts w, (VALUES (0::smallint), (3)) AS k (kind) \
         WHERE r.username = 'reader' AND r.domain IS NULL AND w.domain IS NOT NULL AND w.username LIKE 'writer%' \
         ORDER BY w.id, k.kind LIMIT {NOTIFICATIONS}"
    )
}

const COUNTERS: &str = "INSERT INTO account_stats AS t (account_id, statuses_count, followers_count, \
    following_count, last_status_at) SELECT a.id, (SELECT count(*) FROM statuses WHERE account_id = a.id), \
    (SELECT count(*) FROM follows WHERE target_account_id = a.id), \
    (SELECT count(*) FROM follows WHERE account_id = a.id), \
    (SELECT max(created_at) FROM statuses WHERE account_id = a.id) FROM accounts a \
    ON CONFLICT (account_id) DO UPDATE SET statuses_count = excluded.statuses_count, \
    followers_count = excluded.followers_count, following_count = excluded.following_count, \
    last_status_at = excluded.last_status_at";

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use ::tests::Database;

    use super::*;

    #[test]
    fn texts_have_24_words_and_differ() {
        assert_eq!(text(1).split(' ').count(), 24);
        assert_ne!(text(1), text(2));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_data_are_what_the_report_says() {
        let database = Database::create().await;
        let client = database.client().await;
        for name in PEOPLE {
            let insert = "INSERT INTO accounts (username, uri) VALUES ($1, 'http://here/users/' || $1)";
            client.execute(insert, &[&name]).await.unwrap();
        }
        let remotes = Remotes::start().await.unwrap();
        let roots = fill(&client, &remotes).await.unwrap();
        let count = async |statement: &str| -> i64 { client.query_one(statement, &[]).await.unwrap().get(0) };
        assert_eq!(count("SELECT count(*) FROM statuses WHERE mentions_count = 0").await, 2_002);
        for (root, replies) in roots.into_iter().zip([50, 100]) {
            let thread =
                format!("SELECT count(*) FROM statuses WHERE conversation_id = {root} AND id > {root}");
            assert_eq!(count(&thread).await, replies);
        }
        assert_eq!(count("SELECT count(*) FROM notifications").await, 40);
        let words = "SELECT count(*) FROM statuses WHERE cardinality(string_to_array(content, ' ')) <> 24";
        assert_eq!(count(words).await, 0);
        assert!(count("SELECT count(DISTINCT content) FROM statuses").await > 1000);
        let following = "SELECT following_count FROM account_stats s JOIN accounts a ON a.id = s.account_id \
            WHERE a.username = 'reader'";
        assert_eq!(count(following).await, 51);
        assert_eq!(count("SELECT count(*) FROM follows WHERE uri IS NOT NULL").await, 200);
        assert_eq!(count("SELECT sum(replies_count)::bigint FROM status_stats").await, 150);
    }
}
