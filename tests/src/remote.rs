//! A remote server inside the test: it serves actors and objects, signs what it sends, and records what
//! arrives. All names below `localhost` lead to it, so it may be two hundred hosts at once.

use std::collections::{HashMap, HashSet};
use std::net::TcpListener;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST};
use http::{HeaderMap, Method, StatusCode, Uri};
use serde_json::{Value, json};
use signatures::{Incoming, PrivateKey, PublicKey};
use tokio::runtime::Runtime;
use tokio::sync::Semaphore;
use url::Url;

use crate::instance::free_port;
use crate::remote_actors::{ACTIVITY, CONTEXT};
use crate::users::string;
use crate::{Client, RemoteActor, eventually};

/// Larger than anything a test sends.
const MAX_BODY: usize = 1 << 22;

/// An activity that was accepted: the answer was on its way when it was recorded.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// The inbox, `http://host/users/name/inbox`.
    pub inbox: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as it came.
    pub body: Bytes,
    /// The body as JSON.
    pub activity: Value,
}

impl Arrival {
    /// Panics unless digest and signature are right and made with this key.
    pub fn assert_signed_by(&self, public_key_pem: &str) {
        let parsed = signatures::parse(&self.headers).expect("it is signed");
        signatures::check_digest(&self.headers, &self.body).expect("the digest is the body's");
        let path = Url::parse(&self.inbox).expect("an inbox has an address").path().to_owned();
        let request = Incoming { method: &Method::POST, path_and_query: &path, headers: &self.headers };
        let key = PublicKey::from_pem(public_key_pem).expect("the actor has a key");
        parsed.verify(&request, &key).expect("the signature is the actor's");
    }
}

/// A server that never was: see the module.
#[derive(Debug)]
pub struct Remote {
    /// `127.0.0.1:port`.
    pub domain: String,
    port: u16,
    shared: Arc<Shared>,
    client: Client,
    runtime: Option<Runtime>,
}

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) actors: Mutex<HashMap<String, Value>>,
    objects: Mutex<HashMap<String, Value>>,
    pub(crate) arrivals: Mutex<Vec<Arrival>>,
    requests: Mutex<Vec<String>>,
    status: Mutex<StatusCode>,
    obstacle: Mutex<Option<&'static str>>,
    delay: Mutex<Duration>,
    document_delay: Mutex<Duration>,
    buried: Mutex<HashSet<String>>,
    /// Each answer of an inbox takes one.
    answers: Semaphore,
}

impl Remote {
    /// Starts one.
    pub fn start() -> Self {
        let port = free_port();
        let domain = format!("127.0.0.1:{port}");
        let shared = Shared {
            actors: Mutex::default(),
            objects: Mutex::default(),
            arrivals: Mutex::default(),
            requests: Mutex::default(),
            status: Mutex::new(StatusCode::ACCEPTED),
            obstacle: Mutex::default(),
            delay: Mutex::default(),
            document_delay: Mutex::default(),
            buried: Mutex::default(),
            answers: Semaphore::new(Semaphore::MAX_PERMITS),
        };
        let client = Client::new("");
        let mut remote = Self { domain, port, shared: Arc::new(shared), client, runtime: None };
        remote.go_up();
        remote
    }

    /// Ends everything at once: connections are refused, what was being answered is dropped.
    pub fn go_down(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }

    /// Is there again, at the same port.
    pub fn go_up(&mut self) {
        // A runtime of its own, so that all its connections can be dropped at once.
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let runtime = builder.worker_threads(1).enable_all().build().expect("a runtime can be made");
        let listener = (0..100).find_map(|_| {
            // The socket of before may take a moment to go.
            let listener = TcpListener::bind(("127.0.0.1", self.port)).ok();
            if listener.is_none() {
                std::thread::sleep(Duration::from_millis(20));
            }
            listener
        });
        let listener = listener.expect("the port is free");
        listener.set_nonblocking(true).expect("a socket can be made non-blocking");
        let routes = Router::new().fallback(answer).with_state(Arc::clone(&self.shared));
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).expect("the socket listens");
            axum::serve(listener, routes).await
        });
        self.runtime = Some(runtime);
    }

    /// Inboxes answer with this status from now on; what is not a success is not recorded.
    pub fn answer_with(&self, status: StatusCode) {
        *lock(&self.shared.status) = status;
    }

    /// Inboxes answer 500 to what contains this text.
    pub fn stumble_over(&self, text: &'static str) {
        *lock(&self.shared.obstacle) = Some(text);
    }

    /// Inboxes take this long to answer.
    pub fn answer_after(&self, delay: Duration) {
        *lock(&self.shared.delay) = delay;
    }

    /// Documents take this long to come.
    pub fn serve_after(&self, delay: Duration) {
        *lock(&self.shared.document_delay) = delay;
    }

    /// Says from now on that what had this id is gone (410).
    pub fn bury(&self, id: &str) {
        self.forget(id);
        lock(&self.shared.buried).insert(id.to_owned());
    }

    /// Inboxes answer so many times more, and then not at all until [`Remote::answer_again`].
    pub fn hold_after(&self, answers: usize) {
        self.shared.answers.forget_permits(Semaphore::MAX_PERMITS);
        self.shared.answers.add_permits(answers);
    }

    /// Ends what [`Remote::hold_after`] began.
    pub fn answer_again(&self) {
        self.shared.answers.add_permits(1 << 20);
    }

    /// Makes an actor at the main host.
    pub fn actor(&self, name: &str) -> RemoteActor {
        self.actor_at(&self.domain, name)
    }

    /// Makes an actor at another host of this server, such as `h1` for `h1.localhost`.
    pub fn actor_on(&self, host: &str, name: &str, key: &PrivateKey) -> RemoteActor {
        self.actor_with_key(&format!("{host}.localhost:{}", self.port), name, key.clone())
    }

    fn actor_at(&self, domain: &str, name: &str) -> RemoteActor {
        self.actor_with_key(domain, name, PrivateKey::generate().expect("a key can be made"))
    }

    fn actor_with_key(&self, domain: &str, name: &str, key: PrivateKey) -> RemoteActor {
        let key = Arc::new(Mutex::new(key));
        let actor = RemoteActor {
            uri: format!("http://{domain}/users/{name}"),
            name: name.to_owned(),
            handle: format!("{name}@{domain}"),
            key,
            client: self.client.clone(),
            shared: Arc::clone(&self.shared),
        };
        actor.publish();
        actor
    }

    /// Serves an object under its id.
    pub fn serve(&self, object: &Value) {
        lock(&self.shared.objects).insert(string(&object["id"]).to_owned(), object.clone());
    }

    /// Stops serving what has this id.
    pub fn forget(&self, id: &str) {
        lock(&self.shared.objects).remove(id);
        lock(&self.shared.actors).remove(id);
    }

    /// Everything accepted so far, in order.
    pub fn arrivals(&self) -> Vec<Arrival> {
        lock(&self.shared.arrivals).clone()
    }

    /// Activities of this type accepted so far, in order.
    pub fn arrivals_of(&self, kind: &str) -> Vec<Arrival> {
        let all = lock(&self.shared.arrivals);
        all.iter().filter(|arrival| arrival.activity["type"] == kind).cloned().collect()
    }

    /// Waits until so many activities of a type have been accepted.
    pub async fn receives(&self, kind: &str, count: usize) -> Vec<Arrival> {
        eventually(&format!("{count} activities of type {kind} arrive"), async || {
            let arrivals = self.arrivals_of(kind);
            (arrivals.len() >= count).then_some(arrivals)
        })
        .await
    }

    /// The addresses that were asked for by GET, in order.
    pub fn requests(&self) -> Vec<String> {
        lock(&self.shared.requests).clone()
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        self.go_down();
    }
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let host = request.uri().authority().map_or_else(|| host.to_owned(), ToString::to_string);
    let uri = request.uri().clone();
    let address = format!("http://{host}{}", uri.path());
    match *request.method() {
        Method::POST if uri.path().ends_with("/inbox") => receive(&shared, address, request).await,
        Method::GET if uri.path() == "/.well-known/webfinger" => webfinger(&shared, &host, &uri),
        Method::GET => {
            let delay = *lock(&shared.document_delay);
            tokio::time::sleep(delay).await;
            document(&shared, &address)
        }
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn receive(shared: &Shared, inbox: String, request: Request<Body>) -> Response {
    let headers = request.headers().clone();
    let Ok(body) = axum::body::to_bytes(request.into_body(), MAX_BODY).await else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let delay = *lock(&shared.delay);
    tokio::time::sleep(delay).await;
    shared.answers.acquire().await.expect("the semaphore is never closed").forget();
    let stumbles = lock(&shared.obstacle).is_some_and(|text| String::from_utf8_lossy(&body).contains(text));
    let status = if stumbles { StatusCode::INTERNAL_SERVER_ERROR } else { *lock(&shared.status) };
    if status.is_success() {
        let activity = serde_json::from_slice(&body).unwrap_or_default();
        lock(&shared.arrivals).push(Arrival { inbox, headers, body, activity });
    }
    status.into_response()
}

fn webfinger(shared: &Shared, host: &str, uri: &Uri) -> Response {
    let address = format!("http://{host}{uri}");
    let url = Url::parse(&address).expect("a request has an address");
    let resource =
        url.query_pairs().find_map(|(name, value)| (name == "resource").then(|| value.into_owned()));
    let resource = resource.unwrap_or_default();
    let name = resource.trim_start_matches("acct:").split('@').next().unwrap_or_default();
    let actor = format!("http://{host}/users/{name}");
    if !lock(&shared.actors).contains_key(&actor) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let document = json!({
        "subject": format!("acct:{name}@{host}"),
        "links": [{ "rel": "self", "type": ACTIVITY, "href": actor }],
    });
    ([(CONTENT_TYPE, "application/jrd+json")], document.to_string()).into_response()
}

fn document(shared: &Shared, address: &str) -> Response {
    lock(&shared.requests).push(address.to_owned());
    let found = lock(&shared.actors).get(address).cloned();
    let found = found.or_else(|| lock(&shared.objects).get(address).cloned());
    let collection = ["/followers", "/following", "/outbox"].iter().any(|end| address.ends_with(end));
    let found = found.or_else(|| {
        let empty = json!({
            "@context": CONTEXT, "id": address, "type": "OrderedCollection", "totalItems": 0, "orderedItems": [],
        });
        collection.then_some(empty)
    });
    match found {
        Some(document) => ([(CONTENT_TYPE, ACTIVITY)], document.to_string()).into_response(),
        None if lock(&shared.buried).contains(address) => StatusCode::GONE.into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Mistake;

    /// What the gate of a server does, in short.
    fn is_good(arrival: &Arrival, host: &str, key: &PrivateKey) -> bool {
        let path = Url::parse(&arrival.inbox).expect("an address").path().to_owned();
        let request = Incoming { method: &Method::POST, path_and_query: &path, headers: &arrival.headers };
        let key = PublicKey::from_pem(&key.public_pem().expect("a key")).expect("a key");
        let check = || {
            let parsed = signatures::parse(&arrival.headers)?;
            parsed.check_policy(&request, true, host, std::time::SystemTime::now())?;
            signatures::check_digest(&arrival.headers, &arrival.body)?;
            parsed.verify(&request, &key)
        };
        check().is_ok()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_is_signed_is_good_and_each_mistake_is_one() {
        let remote = Remote::start();
        let (carol, dave) = (remote.actor("carol"), remote.actor("dave"));
        let inbox = format!("{}/inbox", dave.uri);
        let like = carol.does("Like", json!(dave.uri));
        let day = Duration::from_hours(24);
        for (what, mistake) in [
            ("nothing", None),
            ("unsigned", Some(Mistake::Unsigned)),
            ("wrong digest", Some(Mistake::WrongDigest)),
            ("changed", Some(Mistake::ChangedAfterSigning)),
            ("no digest", Some(Mistake::WithoutDigest)),
            ("wrong key", Some(Mistake::WrongKey(dave.key()))),
            ("old", Some(Mistake::Old(day))),
            ("future", Some(Mistake::Future(day))),
            ("other target", Some(Mistake::OtherTarget)),
            ("other host", Some(Mistake::OtherHost)),
        ] {
            let is_bad = mistake.is_some();
            carol.send_with(&inbox, &like, mistake).await;
            let arrival = remote.arrivals().pop().expect("it was recorded");
            assert_eq!(is_good(&arrival, &remote.domain, &carol.key()), !is_bad, "{what}");
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_is_not_answered_is_not_recorded() {
        let mut remote = Remote::start();
        let carol = remote.actor("carol");
        let inbox = format!("{}/inbox", carol.uri);
        let like = carol.does("Like", json!(carol.uri));
        remote.hold_after(1);
        carol.send(&inbox, &like).await;
        let held = {
            let (carol, inbox, like) = (carol.clone(), inbox.clone(), like.clone());
            tokio::spawn(async move { carol.send(&inbox, &like).await })
        };
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert_eq!(remote.arrivals().len(), 1);
        remote.go_down();
        assert!(held.await.is_err(), "the connection was dropped");
        remote.answer_again();
        remote.go_up();
        assert_eq!(remote.arrivals().len(), 1);
        carol.send(&inbox, &like).await;
        assert_eq!(remote.arrivals().len(), 2);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn it_is_many_hosts_at_once() {
        let remote = Remote::start();
        let key = PrivateKey::generate().expect("a key can be made");
        let (one, two) = (remote.actor_on("h1", "fan", &key), remote.actor_on("h2", "fan", &key));
        for (actor, other) in [(&one, &two), (&two, &one)] {
            let found = actor.look_up(&actor.handle).await;
            assert_eq!(found["id"], actor.uri.as_str());
            assert_ne!(found["id"], other.uri.as_str());
        }
    }
}
