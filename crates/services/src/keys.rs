//! The keys with which local actors, and the instance towards push services, sign.

use std::sync::Arc;

use db::{AccountId, actors, instances};
use moka::sync::Cache;
use push::VapidKey;
use signatures::PrivateKey;
use tokio::sync::OnceCell;

use crate::{App, Error, Result};

/// Parsed keys are kept, since parsing costs more than a query; at most so many.
const KEPT: u64 = 2_000;

/// Keys that were used lately.
#[derive(Clone, Debug)]
pub struct Keyring {
    keys: Cache<AccountId, (Arc<str>, PrivateKey)>,
    vapid: Arc<OnceCell<VapidKey>>,
}

impl Default for Keyring {
    fn default() -> Self {
        Self { keys: Cache::new(KEPT), vapid: Arc::default() }
    }
}

/// The key id and the private key of a local account.
///
/// # Errors
/// [`Error::NotFound`] for accounts that have no key here.
pub async fn signer(app: &App, account: AccountId) -> Result<(Arc<str>, PrivateKey)> {
    if let Some(signer) = app.keys.keys.get(&account) {
        return Ok(signer);
    }
    let mut conn = app.conn().await?;
    let (id, pem) = actors::signing_key(&mut conn, account).await?.ok_or(Error::NotFound)?;
    let key = PrivateKey::from_pem(&pem).map_err(|error| Error::Internal(error.into()))?;
    let signer = (Arc::from(id), key);
    app.keys.keys.insert(account, signer.clone());
    Ok(signer)
}

/// The key by which push services know this instance; made at the first start.
pub async fn vapid(app: &App) -> Result<VapidKey> {
    let read = async || {
        let mut conn = app.conn().await?;
        let bytes = instances::vapid_key(&mut conn, &VapidKey::generate().to_bytes()).await?;
        VapidKey::from_bytes(&bytes).map_err(|error| Error::Internal(error.into()))
    };
    Ok(app.keys.vapid.get_or_try_init(read).await?.clone())
}
