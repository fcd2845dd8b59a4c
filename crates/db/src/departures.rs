//! What an account leaves behind when it goes, removed piece by piece: whoever had thousands of followers or
//! statuses is not removed in one transaction that everybody waits for.

use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel::sql_types::BigInt;
use diesel_async::RunQueryDsl;

use crate::Conn;
use crate::ids::AccountId;
use crate::sql::prepared;

/// Each removes `$2` rows of the account `$1` at most, settles what they were counted in, and says how many
/// those were. Each row is counted once in each statement: PostgreSQL changes a row only once in one. No counter goes
/// below zero: whoever wants to leave is not kept by one that is wrong.
const PIECES: &[&str] = &[
    // Other people's reblogs of its statuses.
    "WITH gone AS (DELETE FROM statuses WHERE id IN (SELECT r.id FROM statuses r \
     JOIN statuses o ON o.id = r.reblog_of_id WHERE o.account_id = $1 AND r.account_id <> $1 LIMIT $2) \
     RETURNING account_id, deleted_at), settled AS (UPDATE account_stats s \
     SET statuses_count = greatest(s.statuses_count - n.count, 0) FROM (SELECT account_id, count(*) AS count \
     FROM gone WHERE deleted_at IS NULL GROUP BY account_id) n WHERE s.account_id = n.account_id) \
     SELECT count(*) AS count FROM gone",
    // Its direct statuses in the conversations of others, and its own conversations.
    "WITH gone AS (DELETE FROM account_conversation_statuses WHERE (account_id, status_id) IN (\
     SELECT l.account_id, l.status_id FROM account_conversation_statuses l JOIN statuses s ON s.id = l.status_id \
     WHERE s.account_id = $1 AND s.visibility = 3 LIMIT $2) RETURNING status_id) \
     SELECT count(*) AS count FROM gone",
    "WITH stale AS (SELECT c.id, (SELECT max(l.status_id) FROM account_conversation_statuses l \
     WHERE l.account_conversation_id = c.id) AS last FROM account_conversations c \
     JOIN statuses s ON s.id = c.last_status_id WHERE s.account_id = $1 AND s.visibility = 3 LIMIT $2), \
     kept AS (UPDATE account_conversations c SET last_status_id = stale.last FROM stale \
     WHERE c.id = stale.id AND stale.last IS NOT NULL), \
     gone AS (DELETE FROM account_conversations c USING stale WHERE c.id = stale.id AND stale.last IS NULL) \
     SELECT count(*) AS count FROM stale",
    "WITH gone AS (DELETE FROM account_conversations WHERE id IN (SELECT id FROM account_conversations \
     WHERE account_id = $1 LIMIT $2) RETURNING id) SELECT count(*) AS count FROM gone",
    // Its quotes, with what they count in others.
    "WITH gone AS (DELETE FROM quotes WHERE status_id IN (SELECT status_id FROM quotes WHERE account_id = $1 \
     LIMIT $2) RETURNING quoted_status_id, state), settled AS (UPDATE status_stats s \
     SET quotes_count = greatest(s.quotes_count - n.count, 0) FROM (SELECT quoted_status_id, count(*) AS count \
     FROM gone WHERE state = 1 GROUP BY quoted_status_id) n WHERE s.status_id = n.quoted_status_id) \
     SELECT count(*) AS count FROM gone",
    // Its statuses, with what they count in others.
    "WITH gone AS (DELETE FROM statuses WHERE id IN (SELECT id FROM statuses WHERE account_id = $1 LIMIT $2) \
     RETURNING reblog_of_id, in_reply_to_id, deleted_at), settled AS (UPDATE status_stats s SET \
     reblogs_count = greatest(s.reblogs_count - n.reblogs, 0), \
     replies_count = greatest(s.replies_count - n.replies, 0) FROM (SELECT w.id, sum(w.reblogs) AS reblogs, \
     sum(w.replies) AS replies FROM gone g CROSS JOIN LATERAL (VALUES (g.reblog_of_id, 1, 0), \
     (g.in_reply_to_id, 0, 1)) AS w(id, reblogs, replies) WHERE g.deleted_at IS NULL AND w.id IS NOT NULL \
     GROUP BY w.id) n WHERE s.status_id = n.id) SELECT count(*) AS count FROM gone",
    "WITH gone AS (DELETE FROM favourites WHERE id IN (SELECT id FROM favourites WHERE account_id = $1 \
     LIMIT $2) RETURNING status_id), settled AS (UPDATE status_stats s \
     SET favourites_count = greatest(s.favourites_count - 1, 0) FROM gone WHERE s.status_id = gone.status_id) \
     SELECT count(*) AS count FROM gone",
    "WITH gone AS (DELETE FROM status_reactions WHERE id IN (SELECT id FROM status_reactions \
     WHERE account_id = $1 LIMIT $2) RETURNING id) SELECT count(*) AS count FROM gone",
    // Polls from elsewhere have the tallies that their authors say.
    "WITH gone AS (DELETE FROM poll_votes WHERE id IN (SELECT id FROM poll_votes WHERE account_id = $1 \
     ORDER BY status_id LIMIT $2) RETURNING id, status_id, position), whole AS (SELECT g.status_id, \
     array_agg(g.position) AS positions, NOT EXISTS (SELECT FROM poll_votes v WHERE v.status_id = g.status_id \
     AND v.account_id = $1 AND v.id NOT IN (SELECT id FROM gone)) AS last FROM gone g \
     JOIN statuses s ON s.id = g.status_id AND s.local GROUP BY g.status_id), settled AS (UPDATE polls p \
     SET voters_count = greatest(p.voters_count - w.last::int, 0), tallies = (SELECT array_agg(greatest(t.tally - \
     CASE WHEN t.number - 1 = ANY(w.positions) THEN 1 ELSE 0 END, 0) ORDER BY t.number) \
     FROM unnest(p.tallies) WITH ORDINALITY AS t(tally, number)) FROM whole w WHERE p.status_id = w.status_id) \
     SELECT count(*) AS count FROM gone",
    "WITH gone AS (DELETE FROM follows WHERE id IN (SELECT id FROM follows WHERE account_id = $1 LIMIT $2) \
     RETURNING target_account_id), settled AS (UPDATE account_stats s \
     SET followers_count = greatest(s.followers_count - 1, 0) FROM gone \
     WHERE s.account_id = gone.target_account_id) SELECT count(*) AS count FROM gone",
    "WITH gone AS (DELETE FROM follows WHERE id IN (SELECT id FROM follows WHERE target_account_id = $1 \
     LIMIT $2) RETURNING account_id), settled AS (UPDATE account_stats s \
     SET following_count = greatest(s.following_count - 1, 0) FROM gone \
     WHERE s.account_id = gone.account_id) SELECT count(*) AS count FROM gone",
    "WITH gone AS (DELETE FROM follow_requests WHERE id IN (SELECT id FROM follow_requests \
     WHERE account_id = $1 OR target_account_id = $1 LIMIT $2) RETURNING id) \
     SELECT count(*) AS count FROM gone",
    "WITH gone AS (DELETE FROM blocks WHERE id IN (SELECT id FROM blocks \
     WHERE account_id = $1 OR target_account_id = $1 LIMIT $2) RETURNING id) \
     SELECT count(*) AS count FROM gone",
    "WITH gone AS (DELETE FROM mutes WHERE id IN (SELECT id FROM mutes \
     WHERE account_id = $1 OR target_account_id = $1 LIMIT $2) RETURNING id) \
     SELECT count(*) AS count FROM gone",
    "WITH gone AS (DELETE FROM notifications WHERE id IN (SELECT id FROM notifications \
     WHERE account_id = $1 OR from_account_id = $1 LIMIT $2) RETURNING id) \
     SELECT count(*) AS count FROM gone",
    "WITH gone AS (DELETE FROM notification_cooldowns c USING (SELECT account_id, kind, from_account_id, target_id \
     FROM notification_cooldowns WHERE account_id = $1 OR from_account_id = $1 LIMIT $2) w \
     WHERE c.account_id = w.account_id AND c.kind = w.kind AND c.from_account_id = w.from_account_id \
     AND c.target_id = w.target_id RETURNING c.kind) SELECT count(*) AS count FROM gone",
    "WITH gone AS (DELETE FROM notification_requests WHERE id IN (SELECT id FROM notification_requests \
     WHERE account_id = $1 OR from_account_id = $1 LIMIT $2) RETURNING id) \
     SELECT count(*) AS count FROM gone",
    "WITH gone AS (DELETE FROM notification_permissions p USING (SELECT account_id, from_account_id \
     FROM notification_permissions WHERE account_id = $1 OR from_account_id = $1 LIMIT $2) w \
     WHERE p.account_id = w.account_id AND p.from_account_id = w.from_account_id RETURNING p.account_id) \
     SELECT count(*) AS count FROM gone",
    "WITH gone AS (DELETE FROM list_accounts WHERE id IN (SELECT id FROM list_accounts WHERE account_id = $1 \
     LIMIT $2) RETURNING id) SELECT count(*) AS count FROM gone",
    "WITH gone AS (DELETE FROM list_accounts WHERE id IN (SELECT m.id FROM lists l \
     JOIN list_accounts m ON m.list_id = l.id WHERE l.account_id = $1 LIMIT $2) RETURNING id) \
     SELECT count(*) AS count FROM gone",
    "WITH gone AS (DELETE FROM bookmarks WHERE id IN (SELECT id FROM bookmarks WHERE account_id = $1 \
     LIMIT $2) RETURNING id) SELECT count(*) AS count FROM gone",
    "WITH gone AS (DELETE FROM mentions WHERE account_id = $1 AND status_id IN (SELECT status_id \
     FROM mentions WHERE account_id = $1 LIMIT $2) RETURNING status_id) SELECT count(*) AS count FROM gone",
    "WITH gone AS (DELETE FROM conversation_mutes WHERE account_id = $1 AND conversation_id IN \
     (SELECT conversation_id FROM conversation_mutes WHERE account_id = $1 LIMIT $2) \
     RETURNING conversation_id) SELECT count(*) AS count FROM gone",
    "WITH gone AS (DELETE FROM domain_mutes WHERE account_id = $1 AND domain IN (SELECT domain \
     FROM domain_mutes WHERE account_id = $1 LIMIT $2) RETURNING domain) SELECT count(*) AS count FROM gone",
    "WITH gone AS (DELETE FROM endorsements WHERE id IN (SELECT id FROM endorsements \
     WHERE account_id = $1 OR target_account_id = $1 LIMIT $2) RETURNING id) \
     SELECT count(*) AS count FROM gone",
    "WITH gone AS (DELETE FROM dismissed_suggestions d USING (SELECT account_id, target_account_id \
     FROM dismissed_suggestions WHERE account_id = $1 OR target_account_id = $1 LIMIT $2) w \
     WHERE d.account_id = w.account_id AND d.target_account_id = w.target_account_id \
     RETURNING d.account_id) SELECT count(*) AS count FROM gone",
    "WITH gone AS (DELETE FROM account_notes n USING (SELECT account_id, target_account_id \
     FROM account_notes WHERE account_id = $1 OR target_account_id = $1 LIMIT $2) w \
     WHERE n.account_id = w.account_id AND n.target_account_id = w.target_account_id \
     RETURNING n.account_id) SELECT count(*) AS count FROM gone",
];

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Removes up to `limit` rows of one kind after the other that a suspended local account made or is named by,
/// attachments excepted, and stops at a kind of which there may be more; true then.
pub async fn remove_some(conn: &mut Conn, account: AccountId, limit: i64) -> QueryResult<bool> {
    for statement in PIECES {
        let query = diesel::sql_query(*statement).bind::<BigInt, _>(account).bind::<BigInt, _>(limit);
        let gone: Count = RunQueryDsl::get_result(prepared(query), conn).await?;
        // What comes later takes with it what is left of this, uncounted.
        if gone.count >= limit {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Removes the little that is left then, but not the account's name and key: the key must go on proving its
/// deletion to other servers, and nobody may take the name.
pub async fn empty(conn: &mut Conn, account: AccountId) -> QueryResult<()> {
    let statements = [
        "DELETE FROM account_stats WHERE account_id = $1",
        "DELETE FROM markers WHERE account_id = $1",
        "DELETE FROM tag_follows WHERE account_id = $1",
        "DELETE FROM featured_tags WHERE account_id = $1",
        "DELETE FROM drafts WHERE account_id = $1",
        "DELETE FROM notification_groups WHERE account_id = $1",
        "DELETE FROM notification_policies WHERE account_id = $1",
        "DELETE FROM lists WHERE account_id = $1",
        "DELETE FROM filters WHERE account_id = $1",
        "DELETE FROM users WHERE account_id = $1",
        "UPDATE accounts SET display_name = '', note = '', fields = '[]', avatar_key = NULL, header_key = NULL, \
         avatar_description = '', header_description = '' WHERE id = $1",
    ];
    for statement in statements {
        let query = prepared(diesel::sql_query(statement).bind::<BigInt, _>(account));
        RunQueryDsl::execute(query, conn).await?;
    }
    Ok(())
}

#[derive(QueryableByName)]
struct Follower {
    #[diesel(sql_type = BigInt)]
    id: AccountId,
}

/// Those here who follow an account: their home feeds change when it goes.
pub async fn local_followers(conn: &mut Conn, account: AccountId) -> QueryResult<Vec<AccountId>> {
    let query = diesel::sql_query(
        "SELECT a.id FROM follows f JOIN accounts a ON a.id = f.account_id \
         WHERE f.target_account_id = $1 AND a.domain IS NULL",
    )
    .bind::<BigInt, _>(account);
    let rows: Vec<Follower> = RunQueryDsl::load(prepared(query), conn).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}
