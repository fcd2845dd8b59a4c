//! For whom a message is encrypted.

use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use p256::PublicKey;

use crate::Error;

const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);

/// The keys of a device, as `PushSubscription.getKey` names them.
#[derive(Clone)]
pub struct Subscriber {
    pub(crate) public: PublicKey,
    pub(crate) auth: [u8; 16],
}

impl Subscriber {
    /// Reads both from base64, of either alphabet, padded or not.
    pub fn parse(p256dh: &str, auth: &str) -> Result<Self, Error> {
        let point = decode(p256dh).filter(|point| point.len() == 65).ok_or(Error::PublicKey)?;
        let public = PublicKey::from_sec1_bytes(&point).map_err(|_| Error::PublicKey)?;
        let auth = decode(auth).and_then(|bytes| bytes.try_into().ok()).ok_or(Error::Auth)?;
        Ok(Self { public, auth })
    }
}

impl std::fmt::Debug for Subscriber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Subscriber")
    }
}

fn decode(text: &str) -> Option<Vec<u8>> {
    let text = text.trim();
    let standard = text.contains(['+', '/']);
    let alphabet = if standard { &STANDARD } else { &URL_SAFE };
    GeneralPurpose::new(alphabet, LENIENT).decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str =
        "BLn9b-VR0ca83knDNZ32dCHGyjJp-1riX9ZTN40MqV8K_LpQmLqxC_DoHvqvFXO_nGdAB4W9dogZb_sM-uV4JbY";
    const AUTH: &str = "_ordMnz7uTCmrpBTeUV4Bw";

    #[test]
    fn both_alphabets_are_read_padded_or_not() {
        assert!(Subscriber::parse(KEY, AUTH).is_ok());
        let standard = |text: &str| text.replace('-', "+").replace('_', "/");
        assert!(Subscriber::parse(&format!("{}=", standard(KEY)), &format!("{}==", standard(AUTH))).is_ok());
    }

    #[test]
    fn broken_keys_are_told_apart() {
        let parse = |key: &str, auth: &str| Subscriber::parse(key, auth).err();
        for key in ["", "AAAA", "nonsense!", AUTH, &KEY[..80], &KEY.replacen('b', "c", 1)] {
            assert_eq!(parse(key, AUTH), Some(Error::PublicKey), "{key}");
        }
        for auth in ["", "AAAA", "nonsense!", KEY] {
            assert_eq!(parse(KEY, auth), Some(Error::Auth), "{auth}");
        }
    }
}
