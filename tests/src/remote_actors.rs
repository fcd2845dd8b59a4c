//! People on a remote server: their documents, and what they send.

use std::sync::{Arc, Mutex};

use http::Method;
use serde_json::{Value, json};
use signatures::PrivateKey;
use url::Url;

use crate::remote::{Shared, lock};
use crate::users::string;
use crate::{Answer, Client, Mistake, Outgoing, eventually};

pub(crate) const ACTIVITY: &str = "application/activity+json";
pub(crate) const CONTEXT: [&str; 2] =
    ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"];
const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";

/// Somebody on a [`crate::Remote`]; clones are the same person.
#[derive(Clone, Debug)]
pub struct RemoteActor {
    /// The ActivityPub id.
    pub uri: String,
    /// The name before the @.
    pub name: String,
    /// `name@host`.
    pub handle: String,
    pub(crate) key: Arc<Mutex<PrivateKey>>,
    pub(crate) client: Client,
    pub(crate) shared: Arc<Shared>,
}

impl RemoteActor {
    /// The name of the key.
    pub fn key_id(&self) -> String {
        format!("{}#main-key", self.uri)
    }

    /// The key.
    pub fn key(&self) -> PrivateKey {
        lock(&self.key).clone()
    }

    /// Gets another key under the same name, and says so in its document.
    pub fn rotate_key(&self) {
        *lock(&self.key) = PrivateKey::generate().expect("a key can be made");
        self.publish();
    }

    /// Serves its document.
    pub(crate) fn publish(&self) {
        let (uri, host) = (&self.uri, self.host());
        let document = json!({
            "@context": CONTEXT,
            "id": uri,
            "type": "Person",
            "preferredUsername": self.name,
            "name": self.name,
            "url": uri,
            "inbox": format!("{uri}/inbox"),
            "outbox": format!("{uri}/outbox"),
            "followers": format!("{uri}/followers"),
            "following": format!("{uri}/following"),
            "endpoints": { "sharedInbox": format!("http://{host}/inbox") },
            "publicKey": {
                "id": self.key_id(),
                "owner": uri,
                "publicKeyPem": self.key().public_pem().expect("a key can be written"),
            },
        });
        lock(&self.shared.actors).insert(uri.clone(), document);
    }

    fn host(&self) -> &str {
        self.handle.split_once('@').expect("a handle has a host").1
    }

    /// Sends an activity to an inbox, signed as it should be.
    pub async fn send(&self, inbox: &str, activity: &Value) -> Answer {
        self.send_with(inbox, activity, None).await
    }

    /// Sends an activity with something wrong about it.
    pub async fn send_with(&self, inbox: &str, activity: &Value, mistake: Option<Mistake>) -> Answer {
        let body = activity.to_string();
        let url = Url::parse(inbox).expect("an inbox has an address");
        let (key_id, key) = (self.key_id(), self.key());
        let outgoing = Outgoing { url: &url, body: body.as_bytes(), key_id: &key_id, key: &key, mistake };
        let mut request = self.client.request(Method::POST, inbox);
        for (name, value) in outgoing.headers() {
            request = request.header(name, value);
        }
        self.client.send(request.body(body)).await
    }

    /// The document of somebody's actor, found as servers find it: by WebFinger.
    pub async fn look_up(&self, handle: &str) -> Value {
        let (_, host) = handle.split_once('@').expect("a handle has a host");
        let address = format!("http://{host}/.well-known/webfinger?resource=acct:{handle}");
        let found = self.client.get(&address).await.ok();
        let links = found["links"].as_array().expect("a list of links");
        let link = links.iter().find(|link| link["rel"] == "self").expect("a link to the actor");
        let request = self.client.request(Method::GET, string(&link["href"])).header("accept", ACTIVITY);
        self.client.send(request).await.ok()
    }

    /// Follows somebody and waits until that is granted.
    pub async fn follow(&self, target: &Value) -> Value {
        let id = format!("{}#follows/{}", self.uri, rand::random::<u32>());
        let activity = self.activity("Follow", &id, target["id"].clone());
        let answer = self.send(string(&target["inbox"]), &activity).await;
        assert!(answer.status.is_success(), "{}: {}", answer.status, answer.text);
        eventually(&format!("{} is accepted as a follower", self.handle), async || {
            let arrivals = lock(&self.shared.arrivals);
            arrivals
                .iter()
                .map(|arrival| &arrival.activity)
                .any(|activity| accepts(activity, &id))
                .then_some(())
        })
        .await;
        activity
    }

    /// An activity of this actor.
    pub fn activity(&self, kind: &str, id: &str, object: Value) -> Value {
        json!({ "@context": CONTEXT, "id": id, "type": kind, "actor": self.uri, "object": object })
    }

    /// A public note, with a new id at this actor's host.
    pub fn note(&self, text: &str, to: &[&str]) -> Value {
        let id = format!("{}/notes/{}", self.uri, rand::random::<u64>());
        let mentions: Vec<Value> = to.iter().map(|uri| json!({ "type": "Mention", "href": uri })).collect();
        let mut copies = vec![format!("{}/followers", self.uri)];
        copies.extend(to.iter().map(|&uri| uri.to_owned()));
        json!({
            "@context": CONTEXT,
            "id": id,
            "type": "Note",
            "attributedTo": self.uri,
            "content": format!("<p>{text}</p>"),
            "published": chrono::Utc::now().to_rfc3339(),
            "to": [PUBLIC],
            "cc": copies,
            "tag": mentions,
        })
    }

    /// The Create of a note.
    pub fn create(&self, note: &Value) -> Value {
        let id = format!("{}/activity", string(&note["id"]));
        let mut activity = self.activity("Create", &id, note.clone());
        activity["to"] = note["to"].clone();
        activity["cc"] = note["cc"].clone();
        activity
    }

    /// Any other activity, with a new id.
    pub fn does(&self, kind: &str, object: Value) -> Value {
        let id = format!("{}#{}/{}", self.uri, kind.to_lowercase(), rand::random::<u64>());
        let mut activity = self.activity(kind, &id, object);
        activity["to"] = json!([PUBLIC]);
        activity
    }
}

fn accepts(activity: &Value, follow: &str) -> bool {
    activity["type"] == "Accept" && (activity["object"] == follow || activity["object"]["id"] == follow)
}
