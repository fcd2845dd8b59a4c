//! A push service inside the test, and a device that reads what arrives there.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, Method, StatusCode, Uri};
use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{Signature, VerifyingKey};
use p256::elliptic_curve::sec1::ToEncodedPoint;
use serde_json::{Value, json};
use web_push_native::Auth;

use crate::{Answer, User, eventually};

/// What a server pushed.
#[derive(Clone, Debug)]
pub struct Pushed {
    /// The headers.
    pub headers: HeaderMap,
    body: Bytes,
}

#[derive(Debug)]
struct Shared {
    pushed: Mutex<Vec<Pushed>>,
    status: Mutex<StatusCode>,
}

/// A push service with one device.
#[derive(Debug)]
pub struct PushService {
    /// Where messages for the device go.
    pub endpoint: String,
    /// `http://127.0.0.1:port`.
    pub origin: String,
    secret: p256::SecretKey,
    auth: Auth,
    shared: Arc<Shared>,
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl PushService {
    /// Starts one, which accepts everything.
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let origin = format!("http://{}", listener.local_addr().expect("a listener has an address"));
        let shared = Arc::new(Shared { pushed: Mutex::default(), status: Mutex::new(StatusCode::CREATED) });
        let routes = Router::new().fallback(take).with_state(Arc::clone(&shared));
        tokio::spawn(axum::serve(listener, routes).into_future());
        let secret = p256::SecretKey::from_slice(&rand::random::<[u8; 32]>()).expect("nearly all are keys");
        let auth = Auth::from(rand::random::<[u8; 16]>());
        Self { endpoint: format!("{origin}/device/1"), origin, secret, auth, shared }
    }

    /// What it answers from now on.
    pub fn answer_with(&self, status: StatusCode) {
        *held(&self.shared.status) = status;
    }

    /// What a client posts to subscribe the device to everything.
    pub fn subscription(&self, standard: bool) -> Value {
        let point = self.secret.public_key().to_encoded_point(false);
        let kinds = ["mention", "status", "reblog", "follow", "follow_request", "favourite", "admin.sign_up"];
        let alerts: serde_json::Map<String, Value> =
            kinds.into_iter().map(|kind| (kind.to_owned(), json!(true))).collect();
        json!({
            "subscription": {
                "endpoint": self.endpoint,
                "keys": {
                    "p256dh": URL_SAFE_NO_PAD.encode(point.as_bytes()),
                    "auth": URL_SAFE_NO_PAD.encode(self.auth),
                },
                "standard": standard,
            },
            "data": { "alerts": alerts, "policy": "all" },
        })
    }

    /// Subscribes the device with the token of somebody.
    pub async fn subscribe(&self, user: &User) -> Answer {
        user.client.post_json("/api/v1/push/subscription", &self.subscription(true)).await
    }

    /// Everything that was accepted.
    pub fn pushed(&self) -> Vec<Pushed> {
        held(&self.shared.pushed).clone()
    }

    /// Waits until so many messages were accepted.
    pub async fn gets(&self, count: usize) -> Vec<Pushed> {
        eventually(&format!("{count} messages are pushed"), async || {
            let pushed = self.pushed();
            (pushed.len() >= count).then_some(pushed)
        })
        .await
    }

    /// What the device reads; panics unless it was encrypted for it by RFC 8291.
    pub fn read(&self, pushed: &Pushed) -> Value {
        assert_eq!(pushed.headers["content-encoding"], "aes128gcm");
        let text = web_push_native::decrypt(pushed.body.to_vec(), &self.secret, &self.auth);
        serde_json::from_slice(&text.expect("it is for this device")).expect("it is JSON")
    }

    /// Panics unless the message was signed for this service (RFC 8292) with the key that the device subscribed to.
    pub fn assert_signed_by(&self, pushed: &Pushed, server_key: &str) {
        let authorization = pushed.headers["authorization"].to_str().expect("it is text");
        let (token, key) = authorization
            .strip_prefix("vapid t=")
            .and_then(|rest| rest.split_once(", k="))
            .expect("it is VAPID");
        assert_eq!(key, server_key);
        let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).expect("it is base64url");
        let public = VerifyingKey::from_sec1_bytes(&decode(key)).expect("it is a key");
        let (signed, signature) = token.rsplit_once('.').expect("a token has a signature");
        let signature = Signature::from_slice(&decode(signature)).expect("it is a signature");
        public.verify(signed.as_bytes(), &signature).expect("the signature is the server's");
        let (_, claims) = signed.split_once('.').expect("a token has claims");
        let claims: Value = serde_json::from_slice(&decode(claims)).expect("they are JSON");
        assert_eq!(claims["aud"], self.origin);
        assert!(claims["sub"].as_str().is_some_and(|subject| subject.starts_with("http")), "{claims}");
        let left = claims["exp"].as_i64().expect("it expires") - chrono::Utc::now().timestamp();
        assert!((1..=86_400).contains(&left), "{claims}");
    }
}

async fn take(
    State(shared): State<Arc<Shared>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    assert_eq!((method, uri.path()), (Method::POST, "/device/1"));
    let status = *held(&shared.status);
    if status.is_success() {
        held(&shared.pushed).push(Pushed { headers, body });
    }
    status
}
