//! Reading the `Signature` header.

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use http::HeaderMap;

use crate::{
    Error,
    error::shortened,
    signing_string::{CREATED, EXPIRES, REQUEST_TARGET},
};

/// Longest header value read: a 2048-byte key id, an 8192-bit signature and room.
const MAX_LEN: usize = 8 * 1024;
/// Most headers a signature may cover.
const MAX_HEADERS: usize = 64;

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The signature of a request, well-formed but neither checked nor believed.
#[derive(Debug, Clone)]
pub struct Parsed {
    pub(crate) key_id: String,
    /// Lower case, without repetitions.
    pub(crate) signed: Vec<String>,
    pub(crate) created: Option<u64>,
    pub(crate) expires: Option<u64>,
    pub(crate) signature: Vec<u8>,
}

impl Parsed {
    /// The `keyId`, as sent; usually the actor's id with `#main-key`.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// The raw signature; with the key id it tells repetitions of a request.
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    pub(crate) fn covers(&self, name: &str) -> bool {
        self.signed.iter().any(|signed| signed == name)
    }
}

/// Finds the one signature of a request, in `Signature` or `Authorization: Signature`. Refused are
/// a second one, a repeated parameter, and every algorithm but `rsa-sha256` and `hs2019` (which
/// means the same for the RSA keys of this network); no `algorithm` means `hs2019`.
pub fn parse(headers: &HeaderMap) -> Result<Parsed, Error> {
    let authorization = headers.get_all("authorization").iter().filter_map(|value| {
        let (scheme, rest) = value.as_bytes().split_at_checked("Signature ".len())?;
        scheme.eq_ignore_ascii_case(b"Signature ").then_some(rest)
    });
    let mut found = headers.get_all("signature").iter().map(http::HeaderValue::as_bytes).chain(authorization);
    let value = found.next().ok_or(Error::Unsigned)?;
    if found.next().is_some() {
        return Err(Error::Duplicate);
    }
    if value.len() > MAX_LEN {
        return Err(Error::Malformed("it is too long"));
    }
    let value = std::str::from_utf8(value).map_err(|_| Error::Malformed("it is not text"))?;
    match read(value) {
        Err(_) if headers.contains_key("signature-input") => Err(Error::Rfc9421),
        result => result,
    }
}

fn read(value: &str) -> Result<Parsed, Error> {
    let parameters = Parameters::read(value)?;
    let key_id =
        parameters.get("keyId").filter(|id| !id.is_empty()).ok_or(Error::Malformed("keyId is missing"))?;
    if let Some(algorithm) = parameters.get("algorithm")
        && !["rsa-sha256", "hs2019"].iter().any(|known| algorithm.eq_ignore_ascii_case(known))
    {
        return Err(Error::Algorithm(shortened(algorithm)));
    }
    let signature = parameters.get("signature").ok_or(Error::Malformed("signature is missing"))?;
    let signature = BASE64.decode(signature).map_err(|_| Error::Malformed("signature is not base64"))?;
    Ok(Parsed {
        key_id: key_id.to_owned(),
        // The draft's default; too little for our policy, which then says what is wanted.
        signed: names(parameters.get("headers").unwrap_or(CREATED))?,
        created: parameters.seconds("created")?,
        expires: parameters.seconds("expires")?,
        signature,
    })
}

/// The list of signed headers, each a header name or one of the three pseudo-headers.
fn names(list: &str) -> Result<Vec<String>, Error> {
    let mut names: Vec<String> = Vec::new();
    for name in list.split_ascii_whitespace() {
        let name = name.to_ascii_lowercase();
        let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        if !plain && ![REQUEST_TARGET, CREATED, EXPIRES].contains(&name.as_str()) {
            return Err(Error::Malformed("headers names something that is no header"));
        }
        if names.contains(&name) || names.len() >= MAX_HEADERS {
            return Err(Error::Malformed("headers repeats a name or is too long"));
        }
        names.push(name);
    }
    if names.is_empty() { Err(Error::Malformed("headers is empty")) } else { Ok(names) }
}

/// `name="value"` or `name=value`, separated by commas, with spaces where anyone put them.
struct Parameters<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Parameters<'a> {
    fn read(text: &'a str) -> Result<Self, Error> {
        let mut list: Vec<(&str, &str)> = Vec::new();
        let mut rest = text.trim();
        while !rest.is_empty() {
            let (name, after) = rest.split_once('=').ok_or(Error::Malformed("a parameter has no value"))?;
            let after = after.trim_start();
            let (value, after) = match after.strip_prefix('"') {
                Some(quoted) => quoted.split_once('"').ok_or(Error::Malformed("a quote is not closed"))?,
                None => after.split_at(after.find(',').unwrap_or(after.len())),
            };
            let (name, value, after) = (name.trim(), value.trim(), after.trim_start());
            if list.iter().any(|(known, _)| *known == name) {
                return Err(Error::Malformed("a parameter is repeated"));
            }
            list.push((name, value));
            rest = match after.strip_prefix(',') {
                Some(next) => next.trim_start(),
                None if after.is_empty() => after,
                None => return Err(Error::Malformed("a comma is missing")),
            };
        }
        Ok(Self(list))
    }

    fn get(&self, name: &str) -> Option<&'a str> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }

    /// A Unix time in whole seconds, at most twelve digits.
    fn seconds(&self, name: &str) -> Result<Option<u64>, Error> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let digits = (1..=12).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_digit());
        let seconds = value.parse().ok().filter(|_| digits);
        seconds.map(Some).ok_or(Error::Malformed("created and expires are whole seconds since 1970"))
    }
}
