//! The keys with which local actors sign.

use std::sync::Arc;

use db::{AccountId, actors};
use moka::sync::Cache;
use signatures::PrivateKey;

use crate::{App, Error, Result};

/// Parsed keys are kept, since parsing costs more than a query; at most so many.
const KEPT: u64 = 2_000;

/// Keys that were used lately.
#[derive(Clone, Debug)]
pub struct Keyring {
    keys: Cache<AccountId, (Arc<str>, PrivateKey)>,
}

impl Default for Keyring {
    fn default() -> Self {
        Self { keys: Cache::new(KEPT) }
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
