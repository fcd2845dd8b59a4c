//! The text that is signed (draft-cavage-12, section 2.3), the same for both directions.

use std::{
    collections::{BTreeMap, HashSet},
    time::Duration,
};

use http_signature_normalization::verify::ParsedHeader;

use crate::Error;

pub(crate) const REQUEST_TARGET: &str = "(request-target)";
pub(crate) const CREATED: &str = "(created)";
pub(crate) const EXPIRES: &str = "(expires)";

/// Longer than any date can be in the past: the window is [`crate::Parsed::check_policy`]'s, which
/// can be told the time.
const ANY_AGE: Duration = Duration::from_hours(100 * 365 * 24);

/// Joins the `names` (lower case, without repetitions) with their `values` in the given order.
///
/// `http-signature-normalization` does the joining, and is given nothing but a list of names that
/// was checked before: its own parser knows no spaces between parameters, lets a repeated one
/// win silently, and panics on a `created` beyond the range of the clock.
pub(crate) fn signing_string(
    method: &str,
    target: &str,
    names: &[String],
    mut values: BTreeMap<String, String>,
) -> Result<String, Error> {
    let header = format!("keyId=\"\",signature=\"\",headers=\"{}\"", names.join(" "));
    let parsed: ParsedHeader = header.parse().map_err(|_| Error::Malformed("headers"))?;
    let unvalidated =
        parsed.into_unvalidated(method, target, &mut values, HashSet::new()).map_err(|missing| {
            Error::MissingHeader(missing.headers().iter().min().cloned().unwrap_or_default())
        })?;
    let unverified = unvalidated.validate(ANY_AGE).map_err(|_| Error::Date)?;
    Ok(unverified.signing_string().to_owned())
}
