//! How a server says who it is to push services (RFC 8292).

use std::time::{Duration, SystemTime};

use aes_gcm::aead::OsRng;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::json;

use crate::Error;

/// How long a token is good; push services accept a day at most.
const VALID_FOR: Duration = Duration::from_hours(12);

/// The key by which push services know this server; devices subscribe to it, so it is made once.
#[derive(Clone)]
pub struct VapidKey(SigningKey);

impl VapidKey {
    /// A new one.
    pub fn generate() -> Self {
        Self(SigningKey::random(&mut OsRng))
    }

    /// The one that [`VapidKey::to_bytes`] gave.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        SigningKey::from_slice(bytes).map(Self).map_err(|_| Error::PrivateKey)
    }

    /// The 32 secret bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.to_bytes().to_vec()
    }

    /// The public key as devices take it: the uncompressed point in base64url.
    pub fn public(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0.verifying_key().to_encoded_point(false).as_bytes())
    }

    /// A token for the push service at this origin; `subject` is where its people find ours.
    pub(crate) fn token(&self, origin: &str, subject: &str, now: SystemTime) -> String {
        let expires = (now + VALID_FOR).duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
        let header = json!({ "typ": "JWT", "alg": "ES256" }).to_string();
        let claims = json!({ "aud": origin, "exp": expires, "sub": subject }).to_string();
        let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
        let signature: Signature = self.0.sign(signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes()))
    }
}

impl std::fmt::Debug for VapidKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "VapidKey({})", self.public())
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use p256::ecdsa::VerifyingKey;
    use p256::ecdsa::signature::Verifier;
    use serde_json::Value;

    use super::*;

    #[test]
    fn a_key_survives_being_stored() {
        let key = VapidKey::generate();
        assert_eq!(VapidKey::from_bytes(&key.to_bytes()).unwrap().public(), key.public());
        assert_ne!(VapidKey::generate().public(), key.public());
        assert_eq!(key.public().len(), 87);
        assert_eq!(VapidKey::from_bytes(&[0; 32]).err(), Some(Error::PrivateKey));
        assert_eq!(VapidKey::from_bytes(b"short").err(), Some(Error::PrivateKey));
    }

    #[test]
    fn tokens_are_signed_and_expire_within_a_day() {
        let key = VapidKey::generate();
        let now = SystemTime::now();
        let token = key.token("https://push.example", "https://stoa.example", now);
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let point = URL_SAFE_NO_PAD.decode(key.public()).unwrap();
        let public = VerifyingKey::from_sec1_bytes(&point).unwrap();
        let signature = Signature::from_slice(&URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();
        public.verify(signed.as_bytes(), &signature).unwrap();
        let (_, claims) = signed.split_once('.').unwrap();
        let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
        assert_eq!(
            (&claims["aud"], &claims["sub"]),
            (&json!("https://push.example"), &json!("https://stoa.example"))
        );
        let seconds = now.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
        assert!((1..=86_400).contains(&(claims["exp"].as_u64().unwrap() - seconds)));
    }
}
