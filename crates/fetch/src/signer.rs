//! Who asks.

use std::sync::Arc;

use signatures::PrivateKey;

/// The actor in whose name a request is signed. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Signer {
    /// The actor's `publicKey.id`.
    pub key_id: Arc<str>,
    /// The private half.
    pub key: PrivateKey,
}

impl Signer {
    /// `key_id` is the actor's `publicKey.id`, usually its id with `#main-key`.
    pub fn new(key_id: impl Into<Arc<str>>, key: PrivateKey) -> Self {
        Self { key_id: key_id.into(), key }
    }
}
