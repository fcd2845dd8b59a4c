//! How often one caller may ask: fixed windows that begin with a caller's first request, counted in Redis for
//! all processes together, or, where there is none, by this process alone.
//!
//! Limited are the client API, OAuth, and the forms that take a password. Other servers (inbox, ActivityPub),
//! media files, streams and health are not.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::Json;
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, AUTHORIZATION, CACHE_CONTROL, RETRY_AFTER,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use chrono::{DateTime, SecondsFormat, Utc};
use config::{Cidr, Config};
use moka::policy::EvictionPolicy;
use moka::sync::Cache;
use serde_json::json;
use sha2::{Digest, Sha256};
use streaming::{Counted, Counters, Step};

use crate::client_address;

const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");
/// What scripts of other origins may read of a refusal, which never reaches the API's own rules for that.
const SHOWN: &str = "retry-after, x-ratelimit-limit, x-ratelimit-remaining, x-ratelimit-reset, x-request-id";

/// Callers remembered for each limit; beyond it, those that have not asked for longest are forgotten.
const MAX_CALLERS: u64 = 100_000;
const MINUTE: u64 = 60;

/// The limits of `[rate_limits]`.
#[derive(Clone, Debug)]
pub(crate) struct RateLimits(Arc<Limits>);

#[derive(Debug)]
struct Limits {
    shared: Option<Arc<Counters>>,
    trusted_proxies: Vec<Cidr>,
    requests: Limit,
    sign_ins: Limit,
    sign_ups: Limit,
    apps: Limit,
    letters: Limit,
    media: Limit,
    deletes: Limit,
}

impl RateLimits {
    /// `None` if nothing is limited.
    pub(crate) fn new(config: &Config, shared: Option<Arc<Counters>>) -> Option<Self> {
        let most = &config.rate_limits;
        most.enabled.then(|| {
            Self(Arc::new(Limits {
                shared,
                trusted_proxies: config.server.trusted_proxies.clone(),
                requests: Limit::new("requests", most.requests_per_5_minutes, 5),
                sign_ins: Limit::new("sign_ins", most.sign_ins_per_5_minutes, 5),
                sign_ups: Limit::new("sign_ups", most.sign_ups_per_30_minutes, 30),
                apps: Limit::new("apps", most.apps_per_hour, 60),
                media: Limit::new("media", most.media_per_30_minutes, 30),
                deletes: Limit::new("deletes", most.deletes_per_30_minutes, 30),
                letters: Limit::new("letters", most.letters_per_hour, 60),
            }))
        })
    }
}

impl Limits {
    /// By which limits a request counts, and for whom. The address comes first: who invents tokens does not
    /// get far.
    fn due(
        &self,
        method: &Method,
        route: &str,
        address: Caller,
        token: Option<Caller>,
    ) -> Vec<(&Limit, Caller)> {
        let general = is_general(route).then_some([Some(address), token]).into_iter().flatten().flatten();
        let general = general.map(|caller| (&self.requests, caller));
        let special = self.special(method, route).map(|(limit, by)| match by {
            By::Address => (limit, address),
            By::User => (limit, token.unwrap_or(address)),
        });
        general.chain(special).collect()
    }

    /// Counts a request; the count that is nearest to its limit, or the first that is beyond.
    async fn count(&self, due: &[(&Limit, Caller)]) -> Option<Count> {
        match self.count_together(due).await {
            Some(counts) => nearest(counts.into_iter()),
            None => nearest(due.iter().map(|(limit, caller)| limit.count(*caller))),
        }
    }

    /// With all other processes; `None` when there is no Redis, or none that answers.
    async fn count_together(&self, due: &[(&Limit, Caller)]) -> Option<Vec<Count>> {
        let shared = self.shared.as_ref().filter(|_| !due.is_empty())?;
        let steps: Vec<Step> = due.iter().map(|(limit, caller)| limit.step(*caller)).collect();
        let counted = shared.count(&steps).await?;
        Some(due.iter().zip(counted).map(|((limit, _), counted)| limit.read(counted)).collect())
    }

    /// The smaller limit of some routes, and who is counted by it.
    fn special(&self, method: &Method, route: &str) -> Option<(&Limit, By)> {
        match (method.as_str(), route) {
            ("POST", "/auth/sign_in" | "/oauth/token" | "/settings/password") => {
                Some((&self.sign_ins, By::Address))
            }
            ("POST", "/auth/sign_up" | "/api/v1/accounts") => Some((&self.sign_ups, By::Address)),
            ("POST", "/api/v1/apps") => Some((&self.apps, By::Address)),
            ("POST", "/auth/password/new" | "/api/v1/emails/confirmations") => {
                Some((&self.letters, By::Address))
            }
            ("POST", "/api/v1/media" | "/api/v2/media") => Some((&self.media, By::User)),
            ("DELETE", "/api/v1/statuses/{id}") | ("POST", "/api/v1/statuses/{id}/unreblog") => {
                Some((&self.deletes, By::User))
            }
            _ => None,
        }
    }
}

/// The count that is nearest to its limit, or the first that is beyond, after which none is taken.
fn nearest(counts: impl Iterator<Item = Count>) -> Option<Count> {
    let mut nearest: Option<Count> = None;
    for count in counts {
        if count.remaining.is_none() {
            return Some(count);
        }
        if nearest.as_ref().is_none_or(|other| count.remaining < other.remaining) {
            nearest = Some(count);
        }
    }
    nearest
}

/// Whether a route counts as a request to the client API; the page that asks other servers does.
fn is_general(route: &str) -> bool {
    let is_api = route.starts_with("/api/") && !route.starts_with("/api/v1/streaming");
    is_api || route.starts_with("/oauth/") || route == "/authorize_interaction"
}

enum By {
    Address,
    User,
}

/// Who asks. The token is kept as its SHA-256.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Caller {
    V4(u32),
    /// The /64, which is one customer's.
    V6(u64),
    Token([u8; 32]),
}

impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::V4(bits) => write!(f, "4:{bits:08x}"),
            Self::V6(bits) => write!(f, "6:{bits:016x}"),
            Self::Token(hash) => write!(f, "t:{}", hex::encode(hash)),
        }
    }
}

impl Caller {
    fn at(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self::V4(address.to_bits()),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                Self::V6([a, b, c, d].into_iter().fold(0, |bits, part| bits << 16 | u64::from(part)))
            }
        }
    }

    /// The holder of the token in the `Authorization` header.
    fn with_token(headers: &HeaderMap) -> Option<Self> {
        let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.trim().split_once(' ')?;
        let token = scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())?;
        Some(Self::Token(Sha256::digest(token.as_bytes()).into()))
    }
}

/// At most so many requests of one caller within a time.
#[derive(Debug)]
struct Limit {
    name: &'static str,
    most: u32,
    span: Duration,
    windows: Cache<Caller, Arc<Window>>,
}

#[derive(Debug)]
struct Window {
    ends: DateTime<Utc>,
    used: AtomicU32,
}

/// How a caller stands after a request.
#[derive(Debug, PartialEq, Eq)]
struct Count {
    most: u32,
    /// Requests that are left; `None` if this one was too many.
    remaining: Option<u32>,
    /// When all are there again.
    reset: DateTime<Utc>,
}

impl Limit {
    fn new(name: &'static str, most: u32, minutes: u64) -> Self {
        let span = Duration::from_secs(minutes * MINUTE);
        let windows = Cache::builder()
            .max_capacity(MAX_CALLERS)
            // A new caller must always find a place, also while somebody tries many addresses.
            .eviction_policy(EvictionPolicy::lru())
            .time_to_live(span)
            .build();
        Self { name, most, span, windows }
    }

    /// The same count in Redis.
    fn step(&self, caller: Caller) -> Step {
        Step { key: format!("{}:{caller}", self.name), most: self.most, span: self.span }
    }

    fn read(&self, Counted { used, left }: Counted) -> Count {
        Count { most: self.most, remaining: self.most.checked_sub(used), reset: Utc::now() + left }
    }

    fn count(&self, caller: Caller) -> Count {
        let begin = || Arc::new(Window { ends: Utc::now() + self.span, used: AtomicU32::new(0) });
        let window = self.windows.get_with(caller, begin);
        let counted = window.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
            (used < self.most).then_some(used + 1)
        });
        let remaining = counted.ok().map(|before| self.most - before - 1);
        Count { most: self.most, remaining, reset: window.ends }
    }
}

/// Lets a request pass and says in the answer how many are left, or answers 429.
pub(crate) async fn limit(State(limits): State<RateLimits>, request: Request, next: Next) -> Response {
    let due = due(&limits.0, &request).unwrap_or_default();
    let count = limits.0.count(&due).await;
    let mut answer = match &count {
        Some(count) if count.remaining.is_none() => refusal(request.uri().path(), count),
        _ => next.run(request).await,
    };
    if let Some(count) = &count {
        describe(answer.headers_mut(), count);
    }
    answer
}

fn due<'a>(limits: &'a Limits, request: &Request) -> Option<Vec<(&'a Limit, Caller)>> {
    // Browsers ask by themselves whether they may ask.
    if request.method() == Method::OPTIONS {
        return None;
    }
    let route = request.extensions().get::<MatchedPath>()?;
    let ConnectInfo(peer) = request.extensions().get::<ConnectInfo<SocketAddr>>()?;
    let address = client_address::of(peer.ip(), request.headers(), &limits.trusted_proxies);
    let token = Caller::with_token(request.headers());
    Some(limits.due(request.method(), route.as_str(), Caller::at(address), token))
}

/// In the form of the place that was asked: a page for people, JSON for programs.
fn refusal(path: &str, count: &Count) -> Response {
    let seconds = (count.reset - Utc::now()).num_seconds().max(0) + 1;
    let is_page = path.starts_with("/auth/")
        || path.starts_with("/oauth/authorize")
        || path == "/authorize_interaction";
    let mut answer = if is_page {
        Html(page(seconds)).into_response()
    } else {
        let mut answer = Json(json!({ "error": "Too many requests" })).into_response();
        answer.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        answer.headers_mut().insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(SHOWN));
        answer
    };
    *answer.status_mut() = StatusCode::TOO_MANY_REQUESTS;
    answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    answer
}

fn page(seconds: i64) -> String {
    let wait = match (seconds + 59) / 60 {
        1 => "a minute".to_owned(),
        minutes => format!("{minutes} minutes"),
    };
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>Too many requests</title></head>\n\
         <body><h1>Too many requests</h1>\n<p>This was tried too often from your address. Wait {wait}, then \
         try again.</p></body>\n</html>\n"
    )
}

/// `X-RateLimit-…` (<https://docs.joinmastodon.org/api/rate-limits/>).
fn describe(headers: &mut HeaderMap, count: &Count) {
    headers.insert(LIMIT, HeaderValue::from(count.most));
    headers.insert(REMAINING, HeaderValue::from(count.remaining.unwrap_or(0)));
    if let Ok(reset) = HeaderValue::try_from(count.reset.to_rfc3339_opts(SecondsFormat::Millis, true)) {
        headers.insert(RESET, reset);
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn limits(changes: &str) -> Arc<Limits> {
        let toml = format!("[instance]\ndomain = \"example.org\"\n[rate_limits]\n{changes}");
        RateLimits::new(&Config::from_sources(&toml, []).unwrap(), None).unwrap().0
    }

    fn at(address: &str) -> Caller {
        Caller::at(address.parse().unwrap())
    }

    fn token(text: &str) -> Option<Caller> {
        let value = HeaderValue::try_from(format!("Bearer {text}")).unwrap();
        Caller::with_token(&HeaderMap::from_iter([(AUTHORIZATION, value)]))
    }

    fn counted(
        limits: &Limits,
        method: &Method,
        route: &str,
        from: Caller,
        by: Option<Caller>,
    ) -> Option<Count> {
        nearest(limits.due(method, route, from, by).into_iter().map(|(limit, caller)| limit.count(caller)))
    }

    fn asks(limits: &Limits, method: &Method, route: &str, by: Option<Caller>) -> Option<u32> {
        counted(limits, method, route, at("203.0.113.9"), by).unwrap().remaining
    }

    #[test]
    fn a_caller_is_an_address_or_a_64_block() {
        assert_eq!(at("::ffff:203.0.113.9"), at("203.0.113.9"));
        assert_ne!(at("203.0.113.8"), at("203.0.113.9"));
        assert_eq!(at("2001:db8:0:1::1"), at("2001:db8:0:1:ffff::2"));
        assert_ne!(at("2001:db8:0:1::1"), at("2001:db8:0:2::1"));
        assert_ne!(token("a"), token("b"));
    }

    #[test]
    fn what_is_beyond_the_limit_is_refused() {
        let limits = limits("sign_ins_per_5_minutes = 2\nrequests_per_5_minutes = 100");
        let sign_in = || asks(&limits, &Method::POST, "/auth/sign_in", None);
        assert_eq!((sign_in(), sign_in(), sign_in(), sign_in()), (Some(1), Some(0), None, None));
        assert_eq!(asks(&limits, &Method::POST, "/oauth/token", None), None, "a way in as well");
        assert_eq!(asks(&limits, &Method::GET, "/api/v1/instance", None), Some(98));
        let other = counted(&limits, &Method::POST, "/auth/sign_in", at("203.0.113.8"), None).unwrap();
        assert_eq!((other.most, other.remaining), (2, Some(1)));
    }

    #[test]
    fn tokens_and_addresses_count_apart() {
        let limits = limits("requests_per_5_minutes = 3\ndeletes_per_30_minutes = 1");
        let get = |by| asks(&limits, &Method::GET, "/api/v1/timelines/home", by);
        assert_eq!(asks(&limits, &Method::DELETE, "/api/v1/statuses/{id}", token("a")), Some(0));
        assert_eq!(get(token("b")), Some(1), "the address has asked twice");
        assert_eq!(get(token("b")), Some(0));
        assert_eq!(get(token("c")), None);
        let elsewhere = at("198.51.100.1");
        let delete =
            counted(&limits, &Method::DELETE, "/api/v1/statuses/{id}", elsewhere, token("a")).unwrap();
        assert_eq!((delete.most, delete.remaining), (1, None));
    }

    #[test]
    fn every_way_to_a_letter_is_counted() {
        let limits = limits("letters_per_hour = 1");
        assert_eq!(asks(&limits, &Method::POST, "/auth/password/new", None), Some(0));
        assert_eq!(asks(&limits, &Method::POST, "/api/v1/emails/confirmations", token("a")), None);
        assert_eq!(counted(&limits, &Method::GET, "/auth/password/new", at("203.0.113.9"), None), None);
    }

    #[test]
    fn other_servers_files_and_streams_are_not_counted() {
        let limits = limits("");
        for route in
            ["/inbox", "/users/{name}", "/media/{*key}", "/health", "/api/v1/streaming", "/auth/sign_in"]
        {
            assert_eq!(counted(&limits, &Method::GET, route, at("203.0.113.9"), None), None, "{route}");
        }
        let off = "[instance]\ndomain = \"example.org\"\n[rate_limits]\nenabled = false";
        assert!(RateLimits::new(&Config::from_sources(off, []).unwrap(), None).is_none());
    }
}
