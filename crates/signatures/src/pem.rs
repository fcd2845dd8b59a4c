//! The textual form of keys (RFC 7468): one block, read leniently, written strictly.

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::Error;

/// Longest text accepted; an 8192-bit private key takes 6.5 kB.
const MAX_LEN: usize = 16 * 1024;

/// The first block of `text` as (label, DER bytes).
pub(crate) fn decode(text: &str) -> Result<(&str, Vec<u8>), Error> {
    if text.len() > MAX_LEN {
        return Err(Error::Key("it is too long"));
    }
    let not_pem = Error::Key("it is not PEM");
    let (_, rest) = text.split_once("-----BEGIN ").ok_or_else(|| not_pem.clone())?;
    let (label, rest) = rest.split_once("-----").ok_or_else(|| not_pem.clone())?;
    let (content, rest) = rest.split_once("-----END ").ok_or_else(|| not_pem.clone())?;
    if !rest.starts_with(label) {
        return Err(not_pem);
    }
    let content: String = content.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let der = STANDARD.decode(content).map_err(|_| Error::Key("its base64 is broken"))?;
    Ok((label, der))
}

/// `der` as one block in lines of 64, with a line feed at the end.
pub(crate) fn encode(label: &str, der: &[u8]) -> String {
    let content = STANDARD.encode(der);
    let mut text = format!("-----BEGIN {label}-----\n");
    let mut rest = content.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(64));
        text.push_str(line);
        text.push('\n');
        rest = after;
    }
    text.push_str("-----END ");
    text.push_str(label);
    text.push_str("-----\n");
    text
}
