//! What a push service is sent.

use std::time::SystemTime;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use web_push_native::Auth;

use crate::{Error, Subscriber, VapidKey, legacy};

/// Longest message, in bytes: push services take 4096 of ciphertext (RFC 8030 section 7.2), and the header of
/// the encryption is part of it.
pub const MAX_PLAINTEXT: usize = 3_993;

/// A message ready to be posted to the address of its subscription.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// `Content-Encoding`, `Authorization`, and with the legacy encryption two more.
    pub headers: Vec<(&'static str, String)>,
    /// The ciphertext.
    pub body: Vec<u8>,
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Message({} bytes)", self.body.len())
    }
}

/// Encrypts for a device and signs for the push service at `origin`: by the standards, or as in the drafts
/// before them, which clients get that do not ask for `standard`.
pub fn seal(
    plaintext: &[u8],
    to: &Subscriber,
    standard: bool,
    key: &VapidKey,
    origin: &str,
    subject: &str,
) -> Result<Message, Error> {
    if plaintext.len() > MAX_PLAINTEXT {
        return Err(Error::TooLong);
    }
    let (token, public) = (key.token(origin, subject, SystemTime::now()), key.public());
    if standard {
        let auth = Auth::clone_from_slice(&to.auth);
        let body = web_push_native::encrypt(plaintext.to_vec(), &to.public, &auth);
        let headers = vec![
            ("content-encoding", "aes128gcm".to_owned()),
            ("authorization", format!("vapid t={token}, k={public}")),
        ];
        return Ok(Message { headers, body: body.map_err(|_| Error::TooLong)? });
    }
    let sealed = legacy::encrypt(plaintext, to);
    let headers = vec![
        ("content-encoding", "aesgcm".to_owned()),
        ("encryption", format!("salt={}", URL_SAFE_NO_PAD.encode(sealed.salt))),
        ("crypto-key", format!("dh={};p256ecdsa={public}", URL_SAFE_NO_PAD.encode(sealed.public))),
        ("authorization", format!("WebPush {token}")),
    ];
    Ok(Message { headers, body: sealed.body })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use aes_gcm::aead::OsRng;
    use p256::SecretKey;

    use super::*;

    #[test]
    fn the_device_alone_reads_the_longest_message() {
        let secret = SecretKey::random(&mut OsRng);
        let to = Subscriber { public: secret.public_key(), auth: [7; 16] };
        let key = VapidKey::generate();
        let text = vec![b'x'; MAX_PLAINTEXT];
        let message = seal(&text, &to, true, &key, "https://push.example", "mailto:a@b.example").unwrap();
        assert!(message.body.len() <= 4096, "{message:?}");
        assert_eq!(message.headers[0].1, "aes128gcm");
        assert!(message.headers[1].1.ends_with(&format!(", k={}", key.public())));
        let auth = Auth::clone_from_slice(&to.auth);
        let read = web_push_native::decrypt(message.body.clone(), &secret, &auth);
        assert_eq!(read.unwrap(), text);
        let other = SecretKey::random(&mut OsRng);
        assert!(web_push_native::decrypt(message.body, &other, &auth).is_err());
        let longer = vec![b'x'; MAX_PLAINTEXT + 1];
        assert_eq!(seal(&longer, &to, true, &key, "", "").err(), Some(Error::TooLong));
    }
}
