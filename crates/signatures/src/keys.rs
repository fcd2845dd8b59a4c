//! RSA keys: parsed once, cloned for the price of a counter.

use std::{fmt, sync::Arc};

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der},
    rand::SystemRandom,
    rsa::{self, KeySize},
    signature::{KeyPair, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256},
};

use crate::{Error, pem};

/// A private key of one of our actors. Its `Debug` shows nothing.
#[derive(Clone)]
pub struct PrivateKey(Arc<rsa::KeyPair>);

impl PrivateKey {
    /// A new RSA-2048 key. Takes tens to hundreds of milliseconds of processor time: call it on a
    /// blocking thread.
    pub fn generate() -> Result<Self, Error> {
        let pair =
            rsa::KeyPair::generate(KeySize::Rsa2048).map_err(|_| Error::Key("it was not generated"))?;
        Ok(Self(Arc::new(pair)))
    }

    /// Reads an unencrypted PKCS#8 PEM (`PRIVATE KEY`), 2048 to 8192 bits.
    pub fn from_pem(text: &str) -> Result<Self, Error> {
        let ("PRIVATE KEY", der) = pem::decode(text)? else {
            return Err(Error::Key("it is not a PKCS#8 PRIVATE KEY"));
        };
        let pair = rsa::KeyPair::from_pkcs8(&der)
            .map_err(|_| Error::Key("it is not an RSA key of 2048 to 8192 bits"))?;
        Ok(Self(Arc::new(pair)))
    }

    /// The key as PKCS#8 PEM, to be stored.
    pub fn to_pem(&self) -> Result<String, Error> {
        let der: Pkcs8V1Der<'_> = self.0.as_der().map_err(|_| Error::Key("it cannot be written"))?;
        Ok(pem::encode("PRIVATE KEY", der.as_ref()))
    }

    /// The public half as `SubjectPublicKeyInfo` PEM (`PUBLIC KEY`), as `publicKeyPem` wants it.
    pub fn public_pem(&self) -> Result<String, Error> {
        let der: PublicKeyX509Der<'_> =
            self.0.public_key().as_der().map_err(|_| Error::Key("it cannot be written"))?;
        Ok(pem::encode("PUBLIC KEY", der.as_ref()))
    }

    /// RSASSA-PKCS1-v1_5 with SHA-256 over `message`.
    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
            .map_err(|_| Error::Signing("the key refused"))?;
        Ok(signature)
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey(…)")
    }
}

/// The public key of an actor, ours or another's.
#[derive(Clone)]
pub struct PublicKey(Arc<ParsedPublicKey>);

impl PublicKey {
    /// Reads `SubjectPublicKeyInfo` (`PUBLIC KEY`) or PKCS#1 (`RSA PUBLIC KEY`) PEM. Only RSA with
    /// 2048 to 8192 bits and the exponent 65537 is accepted; every other exponent in use is a
    /// mistake or an attack.
    pub fn from_pem(text: &str) -> Result<Self, Error> {
        let (label, der) = pem::decode(text)?;
        if !matches!(label, "PUBLIC KEY" | "RSA PUBLIC KEY") {
            return Err(Error::Key("it is neither a PUBLIC KEY nor an RSA PUBLIC KEY"));
        }
        let key = rsa::PublicKey::from_der(&der).map_err(|_| Error::Key("it is not an RSA public key"))?;
        let (modulus, exponent) =
            components(key.as_ref()).ok_or(Error::Key("it is not an RSA public key"))?;
        // A modulus of n bytes has more than 8 (n - 1) bits and at most 8 n.
        let bits = modulus.len() * 8 - modulus.first().map_or(0, |byte| byte.leading_zeros() as usize);
        if !(2048..=8192).contains(&bits) {
            return Err(Error::Key("its size is not within 2048 to 8192 bits"));
        }
        if exponent != [1, 0, 1] {
            return Err(Error::Key("its exponent is not 65537"));
        }
        let parsed = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.as_ref())
            .map_err(|_| Error::Key("it is not an RSA public key"))?;
        Ok(Self(Arc::new(parsed)))
    }

    /// Whether `signature` is that of `message`.
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        self.0.verify_sig(message, signature).is_ok()
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PublicKey(RSA)")
    }
}

/// Modulus and exponent, without leading zeros, of a DER `RSAPublicKey` (RFC 8017 A.1.1):
/// a sequence of two integers.
fn components(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (sequence, _) = element(der, 0x30)?;
    let (modulus, rest) = element(sequence, 0x02)?;
    let (exponent, _) = element(rest, 0x02)?;
    Some((without_zeros(modulus), without_zeros(exponent)))
}

/// The content of the DER element with this tag at the start of `der`, and what follows it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&found, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    if found != tag {
        return None;
    }
    if first < 0x80 {
        return rest.split_at_checked(usize::from(first));
    }
    let (length, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
    if length.len() > 4 {
        return None;
    }
    let length = length.iter().fold(0_usize, |sum, &byte| sum << 8 | usize::from(byte));
    rest.split_at_checked(length)
}

fn without_zeros(integer: &[u8]) -> &[u8] {
    let zeros = integer.iter().take_while(|&&byte| byte == 0).count();
    &integer[zeros..]
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
pub(crate) mod tests {
    use std::sync::LazyLock;

    use aws_lc_rs::signature::KeyPair;
    use proptest::prelude::*;

    use super::*;

    /// One key for all tests, since making one is slow.
    pub(crate) static KEY: LazyLock<PrivateKey> = LazyLock::new(|| PrivateKey::generate().unwrap());

    pub(crate) fn public(key: &PrivateKey) -> PublicKey {
        PublicKey::from_pem(&key.public_pem().unwrap()).unwrap()
    }

    /// `RSAPublicKey` with a modulus of so many bytes beginning with `first`.
    fn pkcs1(first: u8, len: u16, exponent: &[u8]) -> String {
        let integer = |bytes: &[u8]| {
            let length = u16::try_from(bytes.len()).unwrap().to_be_bytes();
            [&[0x02, 0x82], &length[..], bytes].concat()
        };
        let mut modulus = vec![0xff; usize::from(len)];
        modulus[0] = first;
        let short = u8::try_from(exponent.len()).unwrap();
        let content = [integer(&[&[0], &modulus[..]].concat()), vec![2, short], exponent.to_vec()].concat();
        let length = u16::try_from(content.len()).unwrap().to_be_bytes();
        pem::encode("RSA PUBLIC KEY", &[&[0x30, 0x82], &length[..], &content].concat())
    }

    #[test]
    fn a_key_survives_its_pem() {
        let again = PrivateKey::from_pem(&KEY.to_pem().unwrap()).unwrap();
        let signature = again.sign(b"text").unwrap();
        assert!(public(&KEY).verify(b"text", &signature));
        assert!(!public(&KEY).verify(b"Text", &signature));
    }

    #[test]
    fn both_public_forms_are_read() {
        let pkcs1 = pem::encode("RSA PUBLIC KEY", KEY.0.public_key().as_ref());
        let signature = KEY.sign(b"text").unwrap();
        assert!(PublicKey::from_pem(&pkcs1).unwrap().verify(b"text", &signature));
        let crlf = KEY.public_pem().unwrap().replace('\n', "\r\n");
        assert!(PublicKey::from_pem(&crlf).unwrap().verify(b"text", &signature));
        assert!(KEY.public_pem().unwrap().starts_with("-----BEGIN PUBLIC KEY-----\n"));
    }

    #[test]
    fn weak_huge_and_odd_keys_are_refused() {
        let good = [1, 0, 1];
        assert!(PublicKey::from_pem(&pkcs1(0x80, 256, &good)).is_ok());
        assert!(PublicKey::from_pem(&pkcs1(0x80, 1024, &good)).is_ok());
        for bad in [
            pkcs1(0x7f, 256, &good),
            pkcs1(0x80, 128, &good),
            pkcs1(0x01, 1025, &good),
            pkcs1(0x80, 256, &[3]),
            "hello".to_owned(),
            KEY.to_pem().unwrap(),
            "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----".to_owned(),
        ] {
            assert!(matches!(PublicKey::from_pem(&bad), Err(Error::Key(_))), "{bad}");
        }
    }

    #[test]
    fn nothing_secret_is_printed() {
        assert_eq!(format!("{:?}", *KEY), "PrivateKey(…)");
    }

    proptest! {
        #[test]
        fn any_der_is_survived(der in proptest::collection::vec(any::<u8>(), 0..600)) {
            let _ = PublicKey::from_pem(&pem::encode("PUBLIC KEY", &der));
            let _ = components(&der);
        }

        #[test]
        fn any_pem_is_survived(text in "(-----BEGIN )?.{0,40}(-----)?.{0,80}(-----END )?.{0,40}") {
            let _ = PublicKey::from_pem(&text);
            let _ = PrivateKey::from_pem(&text);
        }
    }
}
