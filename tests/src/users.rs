//! People who use an instance through its public API alone.

use std::net::{Ipv4Addr, SocketAddr};

use http::{HeaderMap, Method, StatusCode};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use serde_json::{Value, json};

use crate::{Instance, eventually};

/// Everything that tests may do.
const SCOPES: &str = "read write follow push";
/// Every account's.
const PASSWORD: &str = "correct horse battery";

/// What a server answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status code.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as text.
    pub text: String,
}

impl Answer {
    /// The body as JSON; panics if it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text)
            .unwrap_or_else(|_| panic!("{} is not JSON: {}", self.status, self.text))
    }

    /// The body as JSON; panics unless the status is a success.
    #[track_caller]
    pub fn ok(&self) -> Value {
        assert!(self.status.is_success(), "{}: {}", self.status, self.text);
        self.json()
    }
}

/// Somebody who speaks HTTP to an instance, with a token or without.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    token: Option<String>,
}

impl Client {
    /// Without a token.
    pub fn new(base: &str) -> Self {
        // An error says that a provider is installed, which is all that is wanted.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .tls_certs_only([])
            .dns_resolver(Loopback)
            .timeout(crate::PATIENCE)
            .build();
        Self { http: http.expect("an HTTP client can be made"), base: base.to_owned(), token: None }
    }

    /// The access token that is sent, if any.
    #[must_use]
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// The same with a token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// A request to a path, to be completed and sent by [`Client::send`].
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Sends a request; panics if there is no answer.
    pub async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        Self::try_send(request).await.expect("the server answers")
    }

    /// Sends a request that may get no answer.
    pub async fn attempt(&self, request: reqwest::RequestBuilder) -> Option<Answer> {
        Self::try_send(request).await.ok()
    }

    async fn try_send(request: reqwest::RequestBuilder) -> Result<Answer, reqwest::Error> {
        let response = request.send().await?;
        let (status, headers) = (response.status(), response.headers().clone());
        Ok(Answer { status, headers, text: response.text().await? })
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    /// GET from a server that may not be there.
    pub async fn try_get(&self, path: &str) -> Option<Answer> {
        Self::try_send(self.request(Method::GET, path)).await.ok()
    }

    /// POST with a JSON body.
    pub async fn post_json(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    /// DELETE.
    pub async fn delete(&self, path: &str) -> Answer {
        self.send(self.request(Method::DELETE, path)).await
    }
}

/// All names lead to this machine: the names below `localhost` that a [`crate::Remote`] has.
struct Loopback;

impl Resolve for Loopback {
    fn resolve(&self, _: Name) -> Resolving {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Box::pin(async move { Ok(Box::new(std::iter::once(address)) as Addrs) })
    }
}

/// Somebody with an account.
#[derive(Clone, Debug)]
pub struct User {
    /// With the account's token.
    pub client: Client,
    /// `name`.
    pub name: String,
    /// `name@host`, as others find it.
    pub handle: String,
    /// The id of the account, on its own instance.
    pub id: String,
    /// To sign in with.
    pub email: String,
    /// To sign in with.
    pub password: &'static str,
    /// The access token.
    pub token: String,
}

impl User {
    /// As an app does it: registers itself, gets a token of its own, and signs the person up.
    pub(crate) async fn sign_up(instance: &Instance, name: &str) -> Self {
        let nobody = instance.client();
        let app = json!({
            "client_name": "Tests", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob", "scopes": SCOPES,
        });
        let app = nobody.post_json("/api/v1/apps", &app).await.ok();
        let grant = json!({
            "grant_type": "client_credentials", "client_id": app["client_id"],
            "client_secret": app["client_secret"], "scope": SCOPES,
        });
        let token = nobody.post_json("/oauth/token", &grant).await.ok();
        let email = format!("{name}@example.org");
        let person = json!({
            "username": name, "email": email, "password": PASSWORD, "agreement": true, "locale": "en",
        });
        let registrar = nobody.with_token(string(&token["access_token"]));
        let token = registrar.post_json("/api/v1/accounts", &person).await.ok();
        Self::with_token(instance, name, string(&token["access_token"])).await
    }

    /// Somebody whose account and token were made otherwise.
    pub async fn with_token(instance: &Instance, name: &str, token: &str) -> Self {
        let client = instance.client().with_token(token);
        let account = client.get("/api/v1/accounts/verify_credentials").await.ok();
        Self {
            client,
            name: name.to_owned(),
            handle: format!("{name}@{}", instance.domain),
            id: string(&account["id"]).to_owned(),
            email: format!("{name}@example.org"),
            password: PASSWORD,
            token: token.to_owned(),
        }
    }

    /// Posts publicly.
    pub async fn post(&self, text: &str) -> Value {
        self.publish(json!({ "status": text })).await
    }

    /// Posts for somebody: `public`, `unlisted`, `private` or `direct`.
    pub async fn post_for(&self, visibility: &str, text: &str) -> Value {
        self.publish(json!({ "status": text, "visibility": visibility })).await
    }

    /// Answers a status, given by its id on this instance.
    pub async fn reply(&self, to: &Value, text: &str) -> Value {
        self.publish(json!({ "status": text, "in_reply_to_id": to["id"] })).await
    }

    /// Posts with any parameters.
    pub async fn publish(&self, parameters: Value) -> Value {
        self.client.post_json("/api/v1/statuses", &parameters).await.ok()
    }

    /// Changes the text of a status.
    pub async fn edit(&self, status: &Value, text: &str) -> Value {
        let path = format!("/api/v1/statuses/{}", string(&status["id"]));
        let request = self.client.request(Method::PUT, &path).json(&json!({ "status": text }));
        self.client.send(request).await.ok()
    }

    /// Deletes a status.
    pub async fn delete(&self, status: &Value) -> Value {
        self.client.delete(&format!("/api/v1/statuses/{}", string(&status["id"]))).await.ok()
    }

    /// Favourites a status.
    pub async fn favourite(&self, status: &Value) -> Value {
        self.act_on("statuses", status, "favourite").await
    }

    /// Takes a favourite back.
    pub async fn unfavourite(&self, status: &Value) -> Value {
        self.act_on("statuses", status, "unfavourite").await
    }

    /// Reblogs a status.
    pub async fn reblog(&self, status: &Value) -> Value {
        self.act_on("statuses", status, "reblog").await
    }

    /// `POST /api/v1/{things}/{id}/{verb}`, as in `("accounts", &account, "mute")`.
    pub async fn act_on(&self, things: &str, thing: &Value, verb: &str) -> Value {
        let path = format!("/api/v1/{things}/{}/{verb}", string(&thing["id"]));
        self.client.post_json(&path, &json!({})).await.ok()
    }

    /// The account with this handle, fetched if it lives elsewhere.
    pub async fn find(&self, handle: &str) -> Value {
        let resource = format!("@{}", handle.trim_start_matches('@'));
        let search = self.client.request(Method::GET, "/api/v2/search");
        let search = search.query(&[("q", resource.as_str()), ("resolve", "true"), ("type", "accounts")]);
        let found = self.client.send(search).await.ok();
        assert!(found["accounts"][0].is_object(), "{} does not find {handle}: {found}", self.handle);
        found["accounts"][0].clone()
    }

    /// The status at this address, fetched if it lives elsewhere.
    pub async fn find_status(&self, url: &str) -> Option<Value> {
        let search = self.client.request(Method::GET, "/api/v2/search");
        let search = search.query(&[("q", url), ("resolve", "true"), ("type", "statuses")]);
        let found = self.client.send(search).await.ok();
        found["statuses"].get(0).cloned()
    }

    /// Asks to follow somebody, and does not wait for the answer.
    pub async fn ask_to_follow(&self, handle: &str) -> Value {
        let account = self.find(handle).await;
        self.act_on("accounts", &account, "follow").await;
        account
    }

    /// Follows somebody and waits until that is granted.
    pub async fn follow(&self, handle: &str) -> Value {
        let account = self.ask_to_follow(handle).await;
        eventually(&format!("{} follows {handle}", self.handle), async || {
            let relationship = self.relationship(&account).await;
            (relationship["following"] == true).then_some(())
        })
        .await;
        account
    }

    /// What this account has with another.
    pub async fn relationship(&self, account: &Value) -> Value {
        let path = format!("/api/v1/accounts/relationships?id[]={}", string(&account["id"]));
        self.client.get(&path).await.ok()[0].clone()
    }

    /// The newest 40 of the home timeline.
    pub async fn home(&self) -> Vec<Value> {
        list(&self.client.get("/api/v1/timelines/home?limit=40").await.ok())
    }

    /// The newest 40 notifications.
    pub async fn notifications(&self) -> Vec<Value> {
        list(&self.client.get("/api/v1/notifications?limit=40").await.ok())
    }

    /// Waits until a status with this text is in the home timeline.
    pub async fn sees_at_home(&self, text: &str) -> Value {
        eventually(&format!("{} sees {text:?} at home", self.handle), async || {
            self.home().await.into_iter().find(|status| holds(status, text))
        })
        .await
    }

    /// Whether a status with this text is in the home timeline now.
    pub async fn has_at_home(&self, text: &str) -> bool {
        self.home().await.iter().any(|status| holds(status, text))
    }

    /// Waits for a notification of this type from this name.
    pub async fn is_notified(&self, kind: &str, from: &str) -> Value {
        eventually(&format!("{} gets a {kind} from {from}", self.handle), async || {
            let mut all = self.notifications().await.into_iter();
            all.find(|news| news["type"] == kind && news["account"]["username"] == from)
        })
        .await
    }

    /// A status by its id on this instance; `None` if it is not there for this viewer.
    pub async fn status(&self, id: &Value) -> Option<Value> {
        let answer = self.client.get(&format!("/api/v1/statuses/{}", string(id))).await;
        match answer.status {
            StatusCode::NOT_FOUND | StatusCode::GONE => None,
            _ => Some(answer.ok()),
        }
    }

    /// Wants to be notified of private messages by people whom it does not follow.
    pub async fn hears_strangers(&self) {
        let policy = self.client.request(Method::PATCH, "/api/v2/notifications/policy");
        self.client.send(policy.json(&json!({ "for_private_mentions": "accept" }))).await.ok();
    }

    /// Sets something of the own profile.
    pub async fn update(&self, changes: &Value) -> Value {
        let request = self.client.request(Method::PATCH, "/api/v1/accounts/update_credentials").json(changes);
        self.client.send(request).await.ok()
    }
}

/// Whether a status, or what it reblogs, has this text.
fn holds(status: &Value, text: &str) -> bool {
    let has = |content: &Value| content.as_str().is_some_and(|content| content.contains(text));
    has(&status["content"]) || has(&status["reblog"]["content"])
}

/// A JSON text; panics if it is none.
#[track_caller]
pub(crate) fn string(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is not a text"))
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().unwrap_or_else(|| panic!("{value} is not a list")).clone()
}
