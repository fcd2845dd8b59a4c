//! Every endpoint, with what is no text in every text it takes: never a 5xx, and the server goes on.

use futures::{StreamExt, stream};
use http::Method;
use tests::{Client, Instance};

use crate::openapi::{Description, Operation};

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
    // A server that refuses a body unread closes the connection, which nobody else should have then.
    let request = client.request(method.parse::<Method>().unwrap(), &path);
    let mut request = request.header("connection", "close");
    if let Some(form) = &form {
        request = request.header("content-type", "application/x-www-form-urlencoded").body(form.clone());
    }
    let answer = client.send(request).await;
    // What oEmbed answers where XML is asked for.
    let is_xml = path.starts_with("/api/oembed") && answer.status.as_u16() == 501;
    let is_good = answer.status.as_u16() < 500 || is_xml;
    assert!(is_good, "{method} {path} {form:?}: {} {}", answer.status, answer.text);
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
    let about = Description::of(&a).await;
    let operations: Vec<Operation> =
        about.operations().into_iter().filter(|operation| !operation.path.contains("/streaming")).collect();
    let mut asked = Vec::new();
    let (long, huge) = ("x".repeat(3_000), "x".repeat(70_000));
    for operation in &operations {
        let (method, route) = (operation.method.as_str(), operation.path.as_str());
        if route.contains('{') {
            for value in VALUES.iter().copied().chain([long.as_str(), "..%2f..%2f", "0"]) {
                asked.push((method, path_of(route, value), None));
            }
        }
        let taken = operation.names(&about);
        let is_whole = |name: &&String| !taken.iter().any(|other| other.starts_with(&format!("{name}[")));
        let names = taken.iter().filter(is_whole).map(|name| name.replace("[*]", "[mention]"));
        let names: Vec<String> = names.collect();
        if method == "GET" {
            let names = names.iter().map(String::as_str).chain(READINGS.split_whitespace());
            for (name, value) in names.flat_map(|name| VALUES.map(|value| (name, value))) {
                asked.push((method, format!("{}?{name}={value}", filled(route, &bob.id, id)), None));
            }
            continue;
        }
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
