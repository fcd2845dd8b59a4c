//! Other hosts: what we know of them, how they are, and whether we talk to them.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel::sql_types::{Array, Bool, Text};
use diesel_async::RunQueryDsl;
use schema::instances;

use crate::Conn;
use crate::sql::prepared;

/// A row of `instances`, as far as admins and federation read it.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = instances, check_for_backend(diesel::pg::Pg))]
#[expect(missing_docs, reason = "the migration says what the columns mean")]
pub struct Instance {
    pub host: String,
    pub blocked: bool,
    pub failures: i32,
    pub unreachable_since: Option<DateTime<Utc>>,
    pub last_success_at: Option<DateTime<Utc>>,
    pub last_error: Option<String>,
    pub next_attempt_at: DateTime<Utc>,
}

/// The host (with a port, if one is written) of an http(s) id, if it is in its normal form: lower case and
/// A-labels. An id that spells its host otherwise has none, so that nobody comes past a block by spelling.
pub fn host_of(uri: &str) -> Option<&str> {
    let normal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-:[]".contains(&byte);
    spelt_host(uri).filter(|host| host.bytes().all(normal) && !host.ends_with('.'))
}

/// Whether an id is on this host, however it spells it.
pub fn is_on_host(uri: &str, host: &str) -> bool {
    let usual_port = if uri.starts_with("https:") { ":443" } else { ":80" };
    spelt_host(uri).is_some_and(|spelt| {
        let spelt = spelt.strip_suffix(usual_port).unwrap_or(spelt);
        spelt.trim_end_matches('.').eq_ignore_ascii_case(host)
    })
}

fn spelt_host(uri: &str) -> Option<&str> {
    let rest = uri.strip_prefix("https://").or_else(|| uri.strip_prefix("http://"))?;
    let host = rest.split(['/', '?', '#', '\\']).next()?;
    (!host.is_empty() && !host.contains('@')).then_some(host)
}

/// `example.social`, and every domain it is a part of: `a.example.social` gives itself, `example.social`
/// and `social`. Ports do not count.
fn with_parents(host: &str) -> Vec<&str> {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    let mut names = vec![host];
    let mut rest = Some(name);
    while let Some(name) = rest {
        names.push(name);
        rest = name.split_once('.').map(|(_, parent)| parent);
    }
    names
}

#[derive(QueryableByName)]
struct Flag {
    #[diesel(sql_type = Bool)]
    flag: bool,
}

/// Whether we do not talk to this host, or to a domain it is part of.
pub async fn is_blocked(conn: &mut Conn, host: &str) -> QueryResult<bool> {
    let query =
        diesel::sql_query("SELECT EXISTS (SELECT FROM instances WHERE host = ANY($1) AND blocked) AS flag")
            .bind::<Array<Text>, _>(with_parents(host));
    let row: Flag = RunQueryDsl::get_result(prepared(query), conn).await?;
    Ok(row.flag)
}

#[derive(QueryableByName)]
struct Closed {
    #[diesel(sql_type = Text)]
    host: String,
    #[diesel(sql_type = Bool)]
    blocked: bool,
}

/// Of these hosts, those that we do not talk to, by their own name or that of a domain they are part of.
pub async fn blocked_among(conn: &mut Conn, hosts: &[String]) -> QueryResult<Vec<String>> {
    let closed = instances::table
        .filter(instances::host.eq_any(names_of(hosts)))
        .filter(instances::blocked)
        .select(instances::host)
        .load(conn)
        .await?;
    Ok(closed_of(hosts, closed.into_iter().map(|host| (host, true)).collect()))
}

/// Of these hosts, those that we do not talk to, and those that are lost: away for a week and to be left alone
/// for now, or with something waiting for them by which it will be seen that they are back. So each of these is
/// still written to once a day at most.
pub async fn closed_among(conn: &mut Conn, hosts: &[String]) -> QueryResult<Vec<String>> {
    let query = diesel::sql_query(
        "SELECT i.host, i.blocked FROM instances i WHERE i.host = ANY($1) AND (i.blocked OR \
         (i.unreachable_since < now() - interval '7 days' AND (i.next_attempt_at > now() \
         OR (SELECT true FROM deliveries d WHERE d.resting = ANY('{f,t}') \
         AND d.host = i.host LIMIT 1) IS TRUE)))",
    )
    .bind::<Array<Text>, _>(names_of(hosts));
    let closed: Vec<Closed> = RunQueryDsl::load(prepared(query), conn).await?;
    Ok(closed_of(hosts, closed.into_iter().map(|row| (row.host, row.blocked)).collect()))
}

/// These hosts, and every domain that one of them is a part of.
fn names_of(hosts: &[String]) -> Vec<&str> {
    let mut names: Vec<&str> = hosts.iter().flat_map(|host| with_parents(host)).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// The hosts that are named, or part of a domain that is blocked.
fn closed_of(hosts: &[String], closed: HashMap<String, bool>) -> Vec<String> {
    if closed.is_empty() {
        return Vec::new();
    }
    let is_closed = |host: &&String| {
        closed.contains_key(*host)
            || with_parents(host).iter().any(|name| closed.get(*name).is_some_and(|blocked| *blocked))
    };
    hosts.iter().filter(is_closed).cloned().collect()
}

/// What is known before a request is looked at any further.
#[derive(Clone, Copy, Debug, QueryableByName)]
pub struct Admission {
    /// Whether we do not talk to its host.
    #[diesel(sql_type = Bool)]
    pub blocked: bool,
    /// Whether the activity was processed before.
    #[diesel(sql_type = Bool)]
    pub received: bool,
}

/// Whether the host of a request is blocked, and its activity known, in one query.
pub async fn admission(conn: &mut Conn, host: &str, activity: &str) -> QueryResult<Admission> {
    let query = diesel::sql_query(
        "SELECT EXISTS (SELECT FROM instances WHERE host = ANY($1) AND blocked) AS blocked, \
         EXISTS (SELECT FROM received_activities WHERE uri = $2) AS received",
    )
    .bind::<Array<Text>, _>(with_parents(host))
    .bind::<Text, _>(activity);
    RunQueryDsl::get_result(prepared(query), conn).await
}

/// Blocks a host, or lifts the block, and notes it with the accounts there and on parts of it: in the caller's
/// transaction.
pub async fn set_blocked(conn: &mut Conn, host: &str, blocked: bool) -> QueryResult<()> {
    diesel::insert_into(instances::table)
        .values((instances::host.eq(host), instances::blocked.eq(blocked)))
        .on_conflict(instances::host)
        .do_update()
        .set(instances::blocked.eq(blocked))
        .execute(conn)
        .await?;
    let query = diesel::sql_query(
        "UPDATE accounts a SET instance_blocked = w.blocked FROM (\
         SELECT x.id, EXISTS (SELECT FROM instances i WHERE i.blocked \
         AND (host_is_within(x.domain, i.host) OR host_is_within(x.uri_host, i.host))) AS blocked \
         FROM (SELECT id, domain, substring(uri FROM '^https?://([^/?#]+)') AS uri_host FROM accounts \
         WHERE domain IS NOT NULL) x WHERE host_is_within(x.domain, $1) OR host_is_within(x.uri_host, $1)) w \
         WHERE a.id = w.id AND a.instance_blocked <> w.blocked",
    )
    .bind::<Text, _>(host);
    RunQueryDsl::execute(prepared(query), conn).await?;
    Ok(())
}

/// Says why a host is blocked, for those who may see the list.
pub async fn set_public_comment(conn: &mut Conn, host: &str, comment: &str) -> QueryResult<()> {
    diesel::update(instances::table.find(host))
        .set(instances::public_comment.eq(comment))
        .execute(conn)
        .await?;
    Ok(())
}

/// Remembers that a host exists, and that it lives: a lane that was waiting may try again at once.
pub async fn seen(conn: &mut Conn, host: &str) -> QueryResult<()> {
    let query = diesel::sql_query(
        "INSERT INTO instances AS i (host) VALUES ($1) ON CONFLICT (host) DO UPDATE \
         SET failures = 0, unreachable_since = NULL, next_attempt_at = least(i.next_attempt_at, now()) \
         WHERE i.failures > 0",
    )
    .bind::<Text, _>(host);
    RunQueryDsl::execute(prepared(query), conn).await?;
    Ok(())
}

/// Hosts known here that are not blocked.
pub async fn peers(conn: &mut Conn) -> QueryResult<Vec<String>> {
    instances::table
        .filter(instances::blocked.eq(false))
        .order(instances::host)
        .select(instances::host)
        .limit(100_000)
        .load(conn)
        .await
}

/// Hosts we do not talk to, and why, as far as it is said.
pub async fn blocked(conn: &mut Conn) -> QueryResult<Vec<(String, String)>> {
    instances::table
        .filter(instances::blocked)
        .order(instances::host)
        .select((instances::host, instances::public_comment))
        .limit(10_000)
        .load(conn)
        .await
}

/// How many hosts are known here.
pub async fn count(conn: &mut Conn) -> QueryResult<i64> {
    instances::table.filter(instances::blocked.eq(false)).count().get_result(conn).await
}

/// One host.
pub async fn find(conn: &mut Conn, host: &str) -> QueryResult<Option<Instance>> {
    instances::table.find(host).select(Instance::as_select()).first(conn).await.optional()
}

/// What this database was made for, written at the first start. The ids of everything here contain the
/// domain, so a server with another one must not run on it.
pub async fn identity(conn: &mut Conn, domain: &str) -> QueryResult<String> {
    use schema::identity;
    diesel::insert_into(identity::table)
        .values(identity::domain.eq(domain))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    identity::table.select(identity::domain).first(conn).await
}

/// The key by which push services know the server: `fresh` the first time, and then always that one;
/// [`diesel::result::Error::NotFound`] before the first start.
pub async fn vapid_key(conn: &mut Conn, fresh: &[u8]) -> QueryResult<Vec<u8>> {
    use schema::identity;
    diesel::update(identity::table.filter(identity::vapid_key.is_null()))
        .set(identity::vapid_key.eq(fresh))
        .execute(conn)
        .await?;
    identity::table.select(identity::vapid_key.assume_not_null()).first(conn).await
}

/// When this database was made, or [`diesel::result::Error::NotFound`] before the first start.
pub async fn made_at(conn: &mut Conn) -> QueryResult<DateTime<Utc>> {
    use schema::identity;
    identity::table.select(identity::created_at).first(conn).await
}

#[cfg(test)]
mod tests {
    use super::{host_of, is_on_host, with_parents};

    #[test]
    fn hosts_are_read_from_ids() {
        assert_eq!(host_of("https://a.example/users/x"), Some("a.example"));
        assert_eq!(host_of("http://127.0.0.1:3001/x?y"), Some("127.0.0.1:3001"));
        assert_eq!(host_of("https://user@a.example/"), None);
        assert_eq!(host_of("ftp://a.example/"), None);
        for odd in [
            "https://A.example/x",
            "https://b\u{e4}n.example/x",
            "https://a.example./x",
            "https://a%2eexample/",
        ] {
            assert_eq!(host_of(odd), None, "{odd}");
        }
        assert!(is_on_host("https://A.Example./x", "a.example"));
    }

    #[test]
    fn parents_are_part_of_a_block() {
        assert_eq!(with_parents("b.a.example:80"), ["b.a.example:80", "b.a.example", "a.example", "example"]);
    }
}
