//! `[mail]`

use crate::{Secret, unset};
use serde::{Deserialize, Serialize};

/// How letters leave: confirmations of addresses, new passwords.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mail {
    /// The mail server: `smtps://name:password@host:port` (TLS from the start) or
    /// `smtp://name:password@host:port?tls=required` (STARTTLS); without `tls`, `smtp://` is not encrypted.
    /// Without it no letter is sent.
    #[serde(with = "unset")]
    pub smtp_url: Option<Secret>,
    /// Whom letters are from, such as `Stoa <noreply@example.org>`; `noreply@` and the host of
    /// `instance.domain` unless set.
    #[serde(with = "unset")]
    pub from: Option<String>,
}
