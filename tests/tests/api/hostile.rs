//! Every endpoint, with what is no text in every text it takes: never a 5xx, and the server goes on.

use futures::{StreamExt, stream};
use http::Method;
use tests::{Client, Instance};

use crate::scopes::routes;

/// What writes take, by method and route.
const WRITES: &str = "
POST /api/v1/apps client_name redirect_uris scopes website
POST /api/v1/domain_blocks domain
DELETE /api/v1/domain_blocks domain
POST /api/v1/emails/confirmations email
POST /api/v1/featured_tags name
POST /api/v2/filters title context[] filter_action expires_in keywords_attributes[][keyword]
POST /api/v2/filters keywords_attributes[][whole_word] keywords_attributes[][id] keywords_attributes[][_destroy]
PUT /api/v2/filters/{id} title context[] filter_action expires_in keywords_attributes[][keyword]
PUT /api/v2/filters/{id} keywords_attributes[][whole_word] keywords_attributes[][id] keywords_attributes[][_destroy]
POST /api/v2/filters/{id}/keywords keyword whole_word
PUT /api/v2/filters/keywords/{id} keyword whole_word
POST /api/v1/filters phrase context[] irreversible whole_word expires_in
PUT /api/v1/filters/{id} phrase context[] irreversible whole_word expires_in
POST /api/v2/filters/{id}/statuses status_id
POST /api/v1/lists title replies_policy exclusive
PUT /api/v1/lists/{id} title replies_policy exclusive
POST /api/v1/lists/{id}/accounts account_ids[]
DELETE /api/v1/lists/{id}/accounts account_ids[]
POST /api/v1/markers home[last_read_id] notifications[last_read_id]
POST /api/v1/media description focus
POST /api/v2/media description focus
PUT /api/v1/media/{id} description focus
PATCH /api/v2/notifications/policy for_not_following for_not_followers for_new_accounts for_private_mentions for_limited_accounts
POST /oauth/token grant_type code client_id client_secret redirect_uri code_verifier scope
POST /oauth/revoke client_id client_secret token
POST /api/v1/polls/{id}/votes choices[]
PATCH /api/v1/accounts/update_credentials display_name note locked bot discoverable hide_collections indexable attribution_domains[]
PATCH /api/v1/accounts/update_credentials fields_attributes[0][name] fields_attributes[0][value] source[privacy] source[sensitive]
PATCH /api/v1/accounts/update_credentials source[language] source[quote_policy]
PATCH /api/v1/profile display_name note avatar_description header_description locked bot discoverable
PATCH /api/v1/profile hide_collections indexable show_media show_media_replies show_featured attribution_domains[]
PATCH /api/v1/profile fields_attributes[0][name] fields_attributes[0][value]
POST /api/v1/push/subscription subscription[endpoint] subscription[keys][p256dh] subscription[keys][auth]
POST /api/v1/push/subscription subscription[standard] data[alerts][mention] data[alerts][quote] data[alerts][status]
POST /api/v1/push/subscription data[alerts][reblog] data[alerts][follow] data[alerts][follow_request] data[alerts][favourite]
POST /api/v1/push/subscription data[alerts][poll] data[alerts][update] data[alerts][quoted_update] data[alerts][admin.sign_up]
POST /api/v1/push/subscription data[alerts][admin.report] data[policy]
PUT /api/v1/push/subscription data[alerts][mention] data[alerts][status] data[alerts][reblog] data[alerts][follow]
PUT /api/v1/push/subscription data[alerts][follow_request] data[alerts][favourite] data[alerts][poll] data[alerts][update]
PUT /api/v1/push/subscription data[alerts][admin.sign_up] data[alerts][admin.report] policy
POST /api/v1/accounts username email password agreement locale reason date_of_birth
POST /api/v1/accounts/{id}/follow reblogs notify languages[]
POST /api/v1/accounts/{id}/mute notifications duration
POST /api/v1/accounts/{id}/note comment
POST /api/v1/reports account_id status_ids[] collection_ids[] comment forward category rule_ids[]
PUT /api/v1/scheduled_statuses/{id} scheduled_at
POST /api/v1/statuses status media_ids[] poll[options][] poll[expires_in] poll[multiple] poll[hide_totals]
POST /api/v1/statuses in_reply_to_id sensitive spoiler_text visibility language scheduled_at quoted_status_id
POST /api/v1/statuses quote_approval_policy
PUT /api/v1/statuses/{id} status spoiler_text sensitive language media_ids[] media_attributes[][id] poll[options][]
PUT /api/v1/statuses/{id} poll[expires_in] poll[multiple] poll[hide_totals] quote_approval_policy
DELETE /api/v1/statuses/{id} delete_media
POST /api/v1/statuses/{id}/reblog visibility
POST /api/v1/statuses/{id}/translate lang
PUT /api/v1/statuses/{id}/interaction_policy quote_approval_policy
POST /api/v1/drafts status spoiler_text visibility language media_ids[] poll[options][] content_type
PUT /api/v1/announcements/{id}/reactions/{name} name
";

/// What readings take, somewhere.
const READINGS: &str = "
account_id acct all[] any[] exclude_reblogs exclude_replies exclude_types[] exclude_unreviewed
expand_accounts following grouped_types[] id[] include_filtered limit local max_id maxheight
maxwidth min_id none[] offset only_media order pinned q remote resolve since_id
supported_types[] tag tagged timeline[] type types[] url with_suspended
";

/// NUL, no UTF-8, numbers out of range, more than any field holds, half an escape, and a picture of an octopus.
const VALUES: [&str; 6] = ["a%00b", "%ff%fe", "-1", "99999999999999999999999", "%zz", "%F0%9F%90%99"];

/// So many at once.
const WIDTH: usize = 8;

async fn survives(client: &Client, method: &str, path: String, form: Option<String>) {
    let mut request = client.request(method.parse::<Method>().unwrap(), &path);
    if let Some(form) = &form {
        request = request.header("content-type", "application/x-www-form-urlencoded").body(form.clone());
    }
    let answer = client.send(request).await;
    assert!(answer.status.as_u16() < 500, "{method} {path} {form:?}: {} {}", answer.status, answer.text);
}

/// A route with something in its places.
fn path_of(route: &str, id: &str) -> String {
    let parts = route.split('/').map(|part| if part.starts_with('{') { id } else { part });
    parts.collect::<Vec<_>>().join("/")
}

/// Some places have an own status, account and so on.
fn filled(route: &str, account: &str, status: &str) -> String {
    let route = route.replace("/accounts/{id}", &format!("/accounts/{account}"));
    path_of(&route, status)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_parameter_of_any_endpoint_is_a_fault_of_ours() {
    let a = Instance::start().await;
    let (alice, bob) = tokio::join!(a.user("alice"), a.user("bob"));
    let status = alice.post("Something #tag").await;
    let id = status["id"].as_str().unwrap();
    let mut asked = Vec::new();
    let long = "x".repeat(3_000);
    for (method, route) in routes().into_iter().filter(|(_, route)| !route.contains("/streaming")) {
        if route.contains('{') {
            for value in VALUES.iter().copied().chain([long.as_str(), "..%2f..%2f", "0"]) {
                asked.push((method, path_of(route, value), None));
            }
        }
        if method == "GET" {
            for (name, value) in
                READINGS.split_whitespace().flat_map(|name| VALUES.map(|value| (name, value)))
            {
                asked.push((method, format!("{}?{name}={value}", filled(route, &bob.id, id)), None));
            }
        }
    }
    let huge = "x".repeat(70_000);
    for line in WRITES.lines().filter(|line| !line.is_empty()) {
        let (method, rest) = line.split_once(' ').unwrap();
        let (route, names) = rest.split_once(' ').unwrap();
        let names: Vec<&str> = names.split(' ').collect();
        for strange in &names {
            for value in VALUES.iter().copied().chain([huge.as_str(), ""]) {
                let fields =
                    names.iter().map(|name| format!("{name}={}", if name == strange { value } else { "1" }));
                let form = fields.collect::<Vec<_>>().join("&");
                asked.push((method, filled(route, &bob.id, id), Some(form)));
            }
        }
    }
    let client = &alice.client;
    stream::iter(asked)
        .for_each_concurrent(WIDTH, async |(method, path, form)| survives(client, method, path, form).await)
        .await;
    alice.client.get("/api/v1/accounts/verify_credentials").await.ok();
}

/// What is read in a browser or by other servers.
const PAGES: &str = "
/ /about /privacy-policy /terms-of-service /terms-of-service/{date} /settings /authorize_interaction /oauth/authorize
/auth/confirm /auth/password/edit /auth/password/new /auth/sign_in /auth/sign_up
/@{name} /@{name}/feed.atom /@{name}/feed.rss /@{name}/tagged/{tag} /@{name}/{id} /@alice/tagged/{tag} /@alice/{id}
/tags/{name} /tags/{name}/feed.atom /tags/{name}/feed.rss /emojis/{shortcode} /media/{key}
/.well-known/webfinger /.well-known/host-meta /.well-known/nodeinfo /nodeinfo/2.0 /nodeinfo/2.1 /actor /actor/outbox
/users/{name} /users/{name}/collections/featured /users/{name}/collections/tags /users/{name}/followers
/users/{name}/following /users/{name}/outbox /users/{name}/statuses/{id} /users/alice/statuses/{id}
/users/alice/statuses/{id}/activity /users/alice/statuses/{id}/likes /users/alice/statuses/{id}/replies
/users/alice/statuses/{id}/shares /users/alice/quote_authorizations/{id} /users/alice/outbox /users/alice/followers
/users/alice/following /@alice /tags/tag
";

/// What they take.
const QUERIES: &str =
    "resource uri max_id min_id page token client_id redirect_uri response_type scope state code";

#[tokio::test(flavor = "multi_thread")]
async fn no_address_of_a_page_or_document_is_a_fault_of_ours() {
    let a = Instance::start().await;
    let alice = a.user("alice").await;
    alice.post("Something #tag").await;
    let mut asked = Vec::new();
    for page in PAGES.split_whitespace() {
        if page.contains('{') {
            let parts = |id: &str| {
                let parts = page.split('/').map(|part| match part.split_once('{') {
                    Some((before, _)) => format!("{before}{id}"),
                    None => part.to_owned(),
                });
                parts.collect::<Vec<_>>().join("/")
            };
            asked.extend(VALUES.iter().copied().chain(["..%2f..%2f", "0", "@", "%2500"]).map(parts));
        } else {
            let queries = QUERIES.split_whitespace().flat_map(|name| VALUES.map(|value| (name, value)));
            asked.extend(queries.map(|(name, value)| format!("{page}?{name}={value}")));
        }
    }
    let nobody = a.client();
    let kinds = ["text/html", "application/activity+json"];
    let asked = asked.iter().flat_map(|path| kinds.map(|kind| (path, kind)));
    let wrong: Vec<String> = stream::iter(asked)
        .map(async |(path, kind)| {
            let answer = nobody.send(nobody.request(Method::GET, path).header("accept", kind)).await;
            let is_wrong = answer.status.as_u16() >= 500;
            is_wrong.then(|| format!("{path} as {kind}: {} {}", answer.status, answer.text))
        })
        .buffer_unordered(WIDTH)
        .filter_map(async |wrong| wrong)
        .collect()
        .await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
