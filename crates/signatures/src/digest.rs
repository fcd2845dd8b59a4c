//! The `Digest` header (RFC 3230), which binds the body to the signature.

use aws_lc_rs::digest::{SHA256, SHA512, digest};
use base64::{Engine, engine::general_purpose::STANDARD};
use http::HeaderMap;

use crate::Error;

/// The value of a `Digest` header for `body`: `SHA-256=` in upper case, since some peers compare
/// it literally.
pub fn digest_header(body: &[u8]) -> String {
    format!("SHA-256={}", STANDARD.encode(digest(&SHA256, body)))
}

/// Compares the raw `body` with the `Digest` headers: every SHA-256 and SHA-512 value given must be
/// its hash, and a SHA-256 value must be given. Values of other algorithms prove nothing and are
/// passed over. Whether `digest` was signed is the business of [`crate::Parsed::check_policy`].
pub fn check_digest(headers: &HeaderMap, body: &[u8]) -> Result<(), Error> {
    let mut proven = false;
    for value in headers.get_all("digest") {
        let value = value.to_str().map_err(|_| Error::DigestMalformed)?;
        for item in value.split(',').map(str::trim).filter(|item| !item.is_empty()) {
            let (algorithm, encoded) = item.split_once('=').ok_or(Error::DigestMalformed)?;
            let (algorithm, suffices) = match algorithm.trim().to_ascii_lowercase().as_str() {
                "sha-256" => (&SHA256, true),
                "sha-512" => (&SHA512, false),
                _ => continue,
            };
            let given = STANDARD.decode(encoded.trim()).map_err(|_| Error::DigestMalformed)?;
            if digest(algorithm, body).as_ref() != given {
                return Err(Error::DigestMismatch);
            }
            proven |= suffices;
        }
    }
    if proven { Ok(()) } else { Err(Error::DigestMissing) }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn check(digests: &[&str]) -> Result<(), Error> {
        let mut headers = HeaderMap::new();
        for digest in digests {
            headers.append("digest", digest.parse().unwrap());
        }
        check_digest(&headers, b"hello")
    }

    #[test]
    fn every_form_of_a_digest() {
        let sha256 = "SHA-256=LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=";
        let sha512 = format!("SHA-512={}", STANDARD.encode(digest(&SHA512, b"hello")));
        let wrong512 = format!("sha-512={}", STANDARD.encode(digest(&SHA512, b"other")));
        assert_eq!(digest_header(b"hello"), sha256);
        assert_eq!(check(&[sha256]), Ok(()));
        assert_eq!(check(&[&sha256.replace("SHA", "sha")]), Ok(()));
        assert_eq!(check(&[&format!("MD5=XUFAKrxLKna5cZ2REBfFkg==, {sha256},{sha512}")]), Ok(()));
        assert_eq!(check(&[&sha512, sha256]), Ok(()));
        assert_eq!(check(&[&format!("{sha256},{wrong512}")]), Err(Error::DigestMismatch));
        assert_eq!(check(&[sha256, &digest_header(b"other")]), Err(Error::DigestMismatch));
        assert_eq!(check(&[&sha512]), Err(Error::DigestMissing));
        assert_eq!(check(&["MD5=XUFAKrxLKna5cZ2REBfFkg=="]), Err(Error::DigestMissing));
        assert_eq!(check(&[]), Err(Error::DigestMissing));
        assert_eq!(check(&[""]), Err(Error::DigestMissing));
        assert_eq!(check(&["SHA-256="]), Err(Error::DigestMismatch));
        assert_eq!(check(&["SHA-256"]), Err(Error::DigestMalformed));
        assert_eq!(check(&["SHA-256=%%"]), Err(Error::DigestMalformed));
    }
}
