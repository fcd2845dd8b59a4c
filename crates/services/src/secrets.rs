//! Random secrets: what a client holds, and the hash that is kept of it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::TryRngCore;
use rand::rngs::OsRng;
use sha2::{Digest, Sha256};

/// A new secret of 256 bits, as 43 characters of base64url.
///
/// # Panics
/// If the operating system has no random numbers, in which case nothing here is safe.
pub fn generate() -> String {
    let mut bytes = [0_u8; 32];
    OsRng.try_fill_bytes(&mut bytes).expect("the operating system has random numbers");
    URL_SAFE_NO_PAD.encode(bytes)
}

/// What is stored of a secret: its SHA-256. That is enough for 256 random bits, and it can be looked up.
pub fn hash(secret: &str) -> Vec<u8> {
    Sha256::digest(secret.as_bytes()).to_vec()
}

/// A second secret made from one (a form's token from a cookie's), which does not lead back to it.
pub fn derive(secret: &str, purpose: &str) -> String {
    let mut hasher = Sha256::new();
    hasher.update(purpose.as_bytes());
    hasher.update([0]);
    hasher.update(secret.as_bytes());
    URL_SAFE_NO_PAD.encode(hasher.finalize())
}

/// Compares in a time that does not tell where two secrets differ.
pub fn same(a: &[u8], b: &[u8]) -> bool {
    subtle::ConstantTimeEq::ct_eq(a, b).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_long_and_never_the_same() {
        let (one, two) = (generate(), generate());
        assert_eq!(one.len(), 43);
        assert_ne!(one, two);
        assert_eq!(hash(&one).len(), 32);
        assert_ne!(hash(&one), hash(&two));
    }

    #[test]
    fn derived_secrets_depend_on_purpose_and_source() {
        assert_eq!(derive("a", "form"), derive("a", "form"));
        assert_ne!(derive("a", "form"), derive("b", "form"));
        assert_ne!(derive("a", "form"), derive("a", "other"));
        assert_ne!(derive("b", "a"), derive("a\0b", ""));
    }

    #[test]
    fn comparison_is_by_content() {
        assert!(same(b"abc", b"abc"));
        assert!(!same(b"abc", b"abd"));
        assert!(!same(b"abc", b"ab"));
    }
}
