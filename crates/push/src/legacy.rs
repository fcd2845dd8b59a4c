//! The encryption of the drafts before RFC 8291, `aesgcm`
//! (<https://datatracker.ietf.org/doc/html/draft-ietf-webpush-encryption-04>): what clients decrypt that do not
//! ask for the standard. No maintained library has it.

use aes_gcm::aead::rand_core::RngCore;
use aes_gcm::aead::{Aead, KeyInit, OsRng};
use aes_gcm::{Aes128Gcm, Nonce};
use hkdf::Hkdf;
use p256::elliptic_curve::sec1::ToEncodedPoint;
use p256::{PublicKey, SecretKey};
use sha2::Sha256;

use crate::Subscriber;

/// A message, and what its reader needs beside the own keys.
pub(crate) struct Sealed {
    pub(crate) salt: [u8; 16],
    /// The uncompressed point of the sender's key, made for this message.
    pub(crate) public: Vec<u8>,
    pub(crate) body: Vec<u8>,
}

/// Encrypts one record without padding.
pub(crate) fn encrypt(plaintext: &[u8], to: &Subscriber) -> Sealed {
    let mut salt = [0_u8; 16];
    OsRng.fill_bytes(&mut salt);
    let secret = SecretKey::random(&mut OsRng);
    let (sender, receiver) = (point(&secret.public_key()), point(&to.public));
    let shared = p256::ecdh::diffie_hellman(secret.to_nonzero_scalar(), to.public.as_affine());
    let (key, nonce) = derive(shared.raw_secret_bytes(), &to.auth, &salt, &receiver, &sender);
    // Two bytes say how much padding follows: none.
    let record = [&[0, 0], plaintext].concat();
    let cipher = Aes128Gcm::new(&key.into());
    let body = cipher.encrypt(Nonce::from_slice(&nonce), record.as_slice());
    Sealed { salt, public: sender, body: body.expect("a message is shorter than AES-GCM's 64 GB") }
}

fn point(key: &PublicKey) -> Vec<u8> {
    key.to_encoded_point(false).as_bytes().to_vec()
}

/// The key and the nonce of the only record.
fn derive(
    shared: &[u8],
    auth: &[u8; 16],
    salt: &[u8; 16],
    receiver: &[u8],
    sender: &[u8],
) -> ([u8; 16], [u8; 12]) {
    let ikm: [u8; 32] = expand(auth, shared, b"Content-Encoding: auth\0");
    // Both points are 65 bytes long, and say so in two.
    let context = [b"P-256\0".as_slice(), &[0, 65], receiver, &[0, 65], sender].concat();
    let info = |label: &[u8]| [label, &context].concat();
    let key = expand(salt, &ikm, &info(b"Content-Encoding: aesgcm\0"));
    (key, expand(salt, &ikm, &info(b"Content-Encoding: nonce\0")))
}

fn expand<const N: usize>(salt: &[u8], secret: &[u8], info: &[u8]) -> [u8; N] {
    let mut out = [0; N];
    let made = Hkdf::<Sha256>::new(Some(salt), secret).expand(info, &mut out);
    made.expect("32 bytes are within what HKDF gives");
    out
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn the_device_alone_reads_it() {
        let secret = SecretKey::random(&mut OsRng);
        let to = Subscriber { public: secret.public_key(), auth: [9; 16] };
        let sealed = encrypt(b"hello", &to);
        let read = |secret: &SecretKey, auth: &[u8; 16]| {
            let sender = PublicKey::from_sec1_bytes(&sealed.public).unwrap();
            let shared = p256::ecdh::diffie_hellman(secret.to_nonzero_scalar(), sender.as_affine());
            let receiver = point(&secret.public_key());
            let (key, nonce) =
                derive(shared.raw_secret_bytes(), auth, &sealed.salt, &receiver, &sealed.public);
            Aes128Gcm::new(&key.into()).decrypt(Nonce::from_slice(&nonce), sealed.body.as_slice())
        };
        assert_eq!(read(&secret, &to.auth).unwrap(), b"\0\0hello");
        assert!(read(&secret, &[1; 16]).is_err());
        assert!(read(&SecretKey::random(&mut OsRng), &to.auth).is_err());
    }
}
