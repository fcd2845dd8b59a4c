//! Which scope each endpoint wants. No route of the API is missing here: they are read from its sources.

use std::collections::BTreeSet;
use std::path::Path;

use http::{Method, StatusCode};
use serde_json::json;
use tests::Instance;

/// Method, route, and what a token must cover: a scope, or one of several; behind `?`, only if there is a token.
/// `user` wants a login and no scope, `app` any token, `-` nothing.
const ROUTES: &str = "
GET /.well-known/oauth-authorization-server -
GET /api/oembed -
GET /api/v1/accounts ?read:accounts
POST /api/v1/accounts write:accounts
GET /api/v1/accounts/familiar_followers read:follows
GET /api/v1/accounts/lookup ?read:accounts
GET /api/v1/accounts/relationships read:follows
GET /api/v1/accounts/search read:accounts
PATCH /api/v1/accounts/update_credentials write:accounts
GET /api/v1/accounts/verify_credentials profile|read:accounts
GET /api/v1/accounts/{id} ?read:accounts
POST /api/v1/accounts/{id}/block write:blocks
POST /api/v1/accounts/{id}/endorse write:accounts
GET /api/v1/accounts/{id}/endorsements ?read:accounts
GET /api/v1/accounts/{id}/featured_tags ?read:accounts
POST /api/v1/accounts/{id}/follow write:follows
GET /api/v1/accounts/{id}/followers ?read:accounts
GET /api/v1/accounts/{id}/following ?read:accounts
GET /api/v1/accounts/{id}/identity_proofs -
GET /api/v1/accounts/{id}/lists read:lists
POST /api/v1/accounts/{id}/mute write:mutes
POST /api/v1/accounts/{id}/note write:accounts
POST /api/v1/accounts/{id}/pin write:accounts
POST /api/v1/accounts/{id}/remove_from_followers write:follows
GET /api/v1/accounts/{id}/statuses ?read:statuses
POST /api/v1/accounts/{id}/unblock write:blocks
POST /api/v1/accounts/{id}/unendorse write:accounts
POST /api/v1/accounts/{id}/unfollow write:follows
POST /api/v1/accounts/{id}/unmute write:mutes
POST /api/v1/accounts/{id}/unpin write:accounts
GET /api/v1/announcements user
POST /api/v1/announcements/{id}/dismiss write:accounts
DELETE /api/v1/announcements/{id}/reactions/{name} write:favourites
PUT /api/v1/announcements/{id}/reactions/{name} write:favourites
GET /api/v1/annual_reports read:accounts
GET /api/v1/annual_reports/{year} read:accounts
POST /api/v1/annual_reports/{year}/generate write:accounts
POST /api/v1/annual_reports/{year}/read write:accounts
GET /api/v1/annual_reports/{year}/state read:accounts
POST /api/v1/apps -
GET /api/v1/apps/verify_credentials app
GET /api/v1/blocks read:blocks
GET /api/v1/bookmarks read:bookmarks
GET /api/v1/conversations read:statuses
DELETE /api/v1/conversations/{id} write:conversations
POST /api/v1/conversations/{id}/read write:conversations
POST /api/v1/conversations/{id}/unread write:conversations
GET /api/v1/custom_emojis -
GET /api/v1/directory ?read:accounts
DELETE /api/v1/domain_blocks write:blocks
GET /api/v1/domain_blocks read:blocks
POST /api/v1/domain_blocks write:blocks
GET /api/v1/drafts read:statuses
POST /api/v1/drafts write:statuses
DELETE /api/v1/drafts/{id} write:statuses
GET /api/v1/drafts/{id} read:statuses
PUT /api/v1/drafts/{id} write:statuses
GET /api/v1/emails/check_confirmation app
POST /api/v1/emails/confirmations app
GET /api/v1/endorsements read:accounts
GET /api/v1/favourites read:favourites
GET /api/v1/featured_tags read:accounts
POST /api/v1/featured_tags write:accounts
GET /api/v1/featured_tags/suggestions read:accounts
DELETE /api/v1/featured_tags/{id} write:accounts
GET /api/v1/filters read:filters
POST /api/v1/filters write:filters
DELETE /api/v1/filters/{id} write:filters
GET /api/v1/filters/{id} read:filters
PUT /api/v1/filters/{id} write:filters
GET /api/v1/follow_requests read:follows
POST /api/v1/follow_requests/{id}/authorize write:follows
POST /api/v1/follow_requests/{id}/reject write:follows
GET /api/v1/followed_tags read:follows
GET /api/v1/instance -
GET /api/v1/instance/activity -
GET /api/v1/instance/domain_blocks -
GET /api/v1/instance/extended_description -
GET /api/v1/instance/languages -
GET /api/v1/instance/peers -
GET /api/v1/instance/privacy_policy -
GET /api/v1/instance/rules -
GET /api/v1/instance/terms_of_service -
GET /api/v1/instance/terms_of_service/{date} -
GET /api/v1/instance/translation_languages -
GET /api/v1/lists read:lists
POST /api/v1/lists write:lists
DELETE /api/v1/lists/{id} write:lists
GET /api/v1/lists/{id} read:lists
PUT /api/v1/lists/{id} write:lists
DELETE /api/v1/lists/{id}/accounts write:lists
GET /api/v1/lists/{id}/accounts read:lists
POST /api/v1/lists/{id}/accounts write:lists
GET /api/v1/markers read:statuses
POST /api/v1/markers write:statuses
POST /api/v1/media write:media
DELETE /api/v1/media/{id} write:media
GET /api/v1/media/{id} write:media
PUT /api/v1/media/{id} write:media
GET /api/v1/mutes read:mutes
GET /api/v1/notifications read:notifications
POST /api/v1/notifications/clear write:notifications
GET /api/v1/notifications/requests read:notifications
POST /api/v1/notifications/requests/accept write:notifications
POST /api/v1/notifications/requests/dismiss write:notifications
GET /api/v1/notifications/requests/merged read:notifications
GET /api/v1/notifications/requests/{id} read:notifications
POST /api/v1/notifications/requests/{id}/accept write:notifications
POST /api/v1/notifications/requests/{id}/dismiss write:notifications
GET /api/v1/notifications/unread_count read:notifications
GET /api/v1/notifications/{id} read:notifications
POST /api/v1/notifications/{id}/dismiss write:notifications
GET /api/v1/pleroma/statuses/{id}/reactions ?read:statuses
DELETE /api/v1/pleroma/statuses/{id}/reactions/{emoji} write:favourites
GET /api/v1/pleroma/statuses/{id}/reactions/{emoji} ?read:statuses
PUT /api/v1/pleroma/statuses/{id}/reactions/{emoji} write:favourites
GET /api/v1/polls/{id} ?read:statuses
POST /api/v1/polls/{id}/votes write:statuses
GET /api/v1/preferences read:accounts
GET /api/v1/profile profile|read:accounts
PATCH /api/v1/profile write:accounts
DELETE /api/v1/profile/avatar write:accounts
DELETE /api/v1/profile/header write:accounts
DELETE /api/v1/push/subscription push
GET /api/v1/push/subscription push
POST /api/v1/push/subscription push
PUT /api/v1/push/subscription push
GET /api/v1/reports read:reports
POST /api/v1/reports write:reports
GET /api/v1/scheduled_statuses read:statuses
DELETE /api/v1/scheduled_statuses/{id} write:statuses
GET /api/v1/scheduled_statuses/{id} read:statuses
PUT /api/v1/scheduled_statuses/{id} write:statuses
GET /api/v1/statuses ?read:statuses
POST /api/v1/statuses write:statuses
DELETE /api/v1/statuses/{id} write:statuses
GET /api/v1/statuses/{id} ?read:statuses
PUT /api/v1/statuses/{id} write:statuses
POST /api/v1/statuses/{id}/bookmark write:bookmarks
GET /api/v1/statuses/{id}/context ?read:statuses
POST /api/v1/statuses/{id}/favourite write:favourites
GET /api/v1/statuses/{id}/favourited_by ?read:statuses
GET /api/v1/statuses/{id}/history ?read:statuses
POST /api/v1/statuses/{id}/mute write:mutes
POST /api/v1/statuses/{id}/pin write:accounts
POST /api/v1/statuses/{id}/react/{emoji} write:favourites
POST /api/v1/statuses/{id}/reblog write:statuses
PUT /api/v1/statuses/{id}/interaction_policy write:statuses
GET /api/v1/statuses/{id}/quotes read:statuses
POST /api/v1/statuses/{id}/quotes/{quoting_status_id}/revoke write:statuses
GET /api/v1/statuses/{id}/reblogged_by ?read:statuses
GET /api/v1/statuses/{id}/source read:statuses
POST /api/v1/statuses/{id}/translate ?read:statuses
POST /api/v1/statuses/{id}/unbookmark write:bookmarks
POST /api/v1/statuses/{id}/unfavourite write:favourites
POST /api/v1/statuses/{id}/unmute write:mutes
POST /api/v1/statuses/{id}/unpin write:accounts
POST /api/v1/statuses/{id}/unreact/{emoji} write:favourites
POST /api/v1/statuses/{id}/unreblog write:statuses
GET /api/v1/streaming -
GET /api/v1/streaming/health -
GET /api/v1/streaming/{*stream} -
GET /api/v1/suggestions read
DELETE /api/v1/suggestions/{id} read
GET /api/v1/tags/{name} -
POST /api/v1/tags/{name}/feature write:accounts
POST /api/v1/tags/{name}/follow write:follows
POST /api/v1/tags/{name}/unfeature write:accounts
POST /api/v1/tags/{name}/unfollow write:follows
GET /api/v1/timelines/direct read:statuses
GET /api/v1/timelines/home read:statuses
GET /api/v1/timelines/link ?read:statuses
GET /api/v1/timelines/list/{id} read:lists
GET /api/v1/timelines/public ?read:statuses
GET /api/v1/timelines/tag/{hashtag} ?read:statuses
GET /api/v1/trends -
GET /api/v1/trends/links -
GET /api/v1/trends/statuses ?read:statuses
GET /api/v1/trends/tags -
GET /api/v1_alpha/async_refreshes/{id} read
GET /api/v2/filters read:filters
POST /api/v2/filters write:filters
DELETE /api/v2/filters/keywords/{id} write:filters
GET /api/v2/filters/keywords/{id} read:filters
PUT /api/v2/filters/keywords/{id} write:filters
DELETE /api/v2/filters/statuses/{id} write:filters
GET /api/v2/filters/statuses/{id} read:filters
DELETE /api/v2/filters/{id} write:filters
GET /api/v2/filters/{id} read:filters
PUT /api/v2/filters/{id} write:filters
GET /api/v2/filters/{id}/keywords read:filters
POST /api/v2/filters/{id}/keywords write:filters
GET /api/v2/filters/{id}/statuses read:filters
POST /api/v2/filters/{id}/statuses write:filters
GET /api/v2/instance -
POST /api/v2/media write:media
GET /api/v2/notifications read:notifications
GET /api/v2/notifications/policy read:notifications
PATCH /api/v2/notifications/policy write:notifications
PUT /api/v2/notifications/policy write:notifications
GET /api/v2/notifications/unread_count read:notifications
GET /api/v2/notifications/{group_key} read:notifications
GET /api/v2/notifications/{group_key}/accounts read:notifications|write:notifications
POST /api/v2/notifications/{group_key}/dismiss write:notifications
GET /api/v2/search ?read:search
GET /api/v2/suggestions read
GET /avatars/original/missing.png -
GET /headers/original/missing.png -
GET /icon.png -
GET /media/{*key} -
POST /oauth/revoke -
POST /oauth/token -
GET /oauth/userinfo profile
POST /oauth/userinfo profile
";

/// Method and route of all of them.
pub(crate) fn routes() -> Vec<(&'static str, &'static str)> {
    let lines = ROUTES.lines().filter(|line| !line.is_empty());
    lines.filter_map(|line| line.rsplit_once(' ')?.0.split_once(' ')).collect()
}

/// Routes that answer to any method, with 404.
const UNKNOWN: [&str; 2] = ["/api", "/api/{*rest}"];

const REFUSAL: &str = "This action is outside the authorized scopes";

/// Whatever one of them cannot do without.
const PARAMETERS: &str = "acct=alice&q=a&domain=a.example&name=x&title=x&phrase=x&keyword=x&context[]=home\
    &status_id=1&choices[]=0&scheduled_at=2040-01-01T00:00:00Z&username=x&email=x@a.example&password=password\
    &agreement=true&locale=en&timeline[]=home&limit=1&url=https://a.example/&quote_approval_policy=public&subscription[endpoint]=https://a.example\
    &subscription[keys][p256dh]=x&subscription[keys][auth]=x";

/// What is asked of one route.
struct Wanted {
    method: Method,
    route: &'static str,
    scopes: Vec<&'static str>,
    is_open: bool,
}

fn wanted() -> Vec<Wanted> {
    let read = |line: &'static str| {
        let [method, route, scopes] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let (is_open, scopes) = match scopes {
            "-" => (true, ""),
            "user" | "app" => (false, ""),
            scopes => (scopes.starts_with('?'), scopes.trim_start_matches('?')),
        };
        let scopes = scopes.split('|').filter(|scope| !scope.is_empty()).collect();
        Wanted { method: method.parse().unwrap(), route, scopes, is_open }
    };
    ROUTES.lines().filter(|line| !line.is_empty()).map(read).collect()
}

/// Method and route of everything that the API's sources hang up.
fn routes_of_sources() -> BTreeSet<String> {
    let mut sources = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/api/src"), &mut sources);
    let mut found = BTreeSet::new();
    for source in sources {
        for (start, _) in source.match_indices(".route(") {
            let call = balanced(&source[start + ".route".len()..]);
            let name = call.split('"').nth(1).expect("a route is written out");
            // One noun hangs its routes up twice, under a version each.
            let name = if call.starts_with("(&path(") {
                format!("/api/v2/notifications{name}")
            } else {
                name.to_owned()
            };
            for method in ["get", "post", "put", "patch", "delete"] {
                let is_call = |at: usize| {
                    !call[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '"' || c == '/')
                };
                if call.match_indices(&format!("{method}(")).any(|(at, _)| is_call(at)) {
                    found.insert(format!("{} {name}", method.to_uppercase()));
                }
            }
            let is_known = UNKNOWN.contains(&name.as_str())
                || found.iter().any(|route| route.ends_with(&format!(" {name}")));
            assert!(is_known, "what {name} answers to cannot be read: {call}");
        }
    }
    found
}

fn collect(folder: &Path, sources: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, sources);
        } else {
            sources.push(std::fs::read_to_string(path).unwrap());
        }
    }
}

/// Up to the parenthesis that closes the first one.
fn balanced(text: &str) -> &str {
    let mut depth = 0;
    let end = text.find(|c| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        depth == 0
    });
    &text[..end.expect("a call ends")]
}

#[test]
fn every_route_is_named_here() {
    let named: BTreeSet<String> =
        wanted().iter().map(|one| format!("{} {}", one.method, one.route)).collect();
    let there = routes_of_sources();
    let missing: Vec<_> = there.difference(&named).collect();
    let gone: Vec<_> = named.difference(&there).collect();
    assert!(
        missing.is_empty() && gone.is_empty(),
        "not named here: {missing:?}; named, and not there: {gone:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn each_endpoint_wants_its_scope() {
    let a = Instance::start().await;
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    let status = alice.post("Mine").await;
    let (nobody, wanted) = (a.client(), wanted());
    let scopes: BTreeSet<&str> = wanted.iter().flat_map(|one| one.scopes.iter().copied()).collect();
    // Mastodon has no such scope; what wants it, a token with all of `read` gets.
    let scopes: BTreeSet<&str> = scopes.into_iter().filter(|scope| *scope != "read:reports").collect();
    let sets: BTreeSet<&[&str]> = wanted.iter().map(|one| one.scopes.as_slice()).collect();
    let mut wrong = Vec::new();
    for set in sets {
        // Everything but what the endpoint wants, and what includes that.
        let includes =
            |scope: &str| set.iter().any(|one| *one == scope || one.starts_with(&format!("{scope}:")));
        let others: Vec<&str> = scopes.iter().copied().filter(|scope| !includes(scope)).collect();
        let made = a.run(&["token", "create", "alice", "--scopes", &others.join(" ")]).await;
        assert!(made.status.success(), "{others:?}: {}", String::from_utf8_lossy(&made.stderr));
        let token = String::from_utf8(made.stdout).unwrap();
        let client = nobody.with_token(token.trim());
        for Wanted { method, route, is_open, .. } in wanted.iter().filter(|one| one.scopes == set) {
            let path = route.replace("/accounts/{id}", &format!("/accounts/{}", bob.id));
            let path =
                path.replace("/statuses/{id}", &format!("/statuses/{}", status["id"].as_str().unwrap()));
            let path = path.split('/').map(|part| if part.starts_with('{') { "1" } else { part });
            let path = format!("{}?{PARAMETERS}", path.collect::<Vec<_>>().join("/"));
            if !set.is_empty() {
                let answer = client.send(client.request(method.clone(), &path)).await;
                if answer.status != StatusCode::FORBIDDEN || !answer.text.contains(REFUSAL) {
                    wrong.push(format!("{method} {path}: {} {}", answer.status, answer.text));
                }
            }
            if !is_open {
                let answer = nobody.send(nobody.request(method.clone(), &path)).await;
                if answer.status != StatusCode::UNAUTHORIZED {
                    wrong.push(format!("{method} {path} by nobody: {} {}", answer.status, answer.text));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let same = alice.status(&status["id"]).await.unwrap();
    assert_eq!((&same["favourited"], &same["pinned"]), (&json!(false), &json!(false)));
    assert_eq!(alice.relationship(&json!({ "id": bob.id })).await["following"], false);
}
