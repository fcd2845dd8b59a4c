//! Making an account that lives here: its row, its actor and its keys.

use chrono::Utc;
use db::Conn;
use db::accounts::{Account, Counter, INSTANCE_ACTOR, NewAccount};
use db::actors::Actor;
use signatures::PrivateKey;
use tokio::sync::Semaphore;

use crate::{Error, Result, Urls};

/// Making a key takes a core for a tenth of a second; sign-ups wait for each other.
static ROOM: Semaphore = Semaphore::const_new(2);

/// A new RSA key, made on a blocking thread. Call it before a transaction, not within one.
pub async fn generate_key() -> Result<PrivateKey> {
    let permit = ROOM.acquire().await.map_err(|error| Error::Internal(error.into()))?;
    let made = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        PrivateKey::generate()
    });
    made.await.map_err(|error| Error::Internal(error.into()))?.map_err(|error| Error::Internal(error.into()))
}

/// What a local account starts with.
#[derive(Clone, Debug)]
pub struct NewLocal {
    /// Checked by the caller.
    pub username: String,
    /// One of [`db::accounts::kind`].
    pub kind: i16,
    /// Whether follows must be granted.
    pub locked: bool,
}

/// Writes account, actor and counters in the caller's transaction; `None` when the username is taken.
pub async fn create_local(
    conn: &mut Conn,
    urls: &Urls,
    new: &NewLocal,
    key: &PrivateKey,
) -> Result<Option<Account>> {
    let private_pem = key.to_pem().map_err(|error| Error::Internal(error.into()))?;
    let public_key_pem = key.public_pem().map_err(|error| Error::Internal(error.into()))?;
    let uri = urls.actor(&new.username);
    let is_instance = new.username == INSTANCE_ACTOR;
    let account = db::accounts::insert(
        conn,
        &NewAccount {
            url: Some(if is_instance { urls.at("/about") } else { urls.profile(&new.username) }),
            kind: new.kind,
            locked: new.locked,
            fields: serde_json::Value::Array(Vec::new()),
            created_at: Utc::now(),
            username: new.username.clone(),
            uri: uri.clone(),
            ..NewAccount::default()
        },
    )
    .await?;
    let Some(account) = account else { return Ok(None) };
    let actor = Actor {
        account_id: account.id,
        inbox_url: format!("{uri}/inbox"),
        shared_inbox_url: Some(urls.at("/inbox")),
        outbox_url: Some(format!("{uri}/outbox")),
        followers_url: (!is_instance).then(|| format!("{uri}/followers")),
        following_url: (!is_instance).then(|| format!("{uri}/following")),
        featured_url: (!is_instance).then(|| format!("{uri}/collections/featured")),
        key_id: format!("{uri}#main-key"),
        public_key_pem,
        fetched_at: Utc::now(),
    };
    db::actors::insert_local(conn, &actor, &private_pem).await?;
    db::accounts::count(conn, account.id, Counter::Followers, 0).await?;
    Ok(Some(account))
}
