//! Quotes as we send them (FEP-044f), with the older names beside.

use serde::Serialize;

/// What a Note quotes.
#[derive(Debug, Serialize)]
pub(crate) struct Quoting {
    /// Its id; whoever knows this name asks for the approval.
    pub quote: String,
    /// The older names, which know of no approval: absent once that was refused or taken back.
    #[serde(flatten)]
    pub older: Option<OlderNames>,
    /// The id of the approval; absent without one.
    #[serde(rename = "quoteAuthorization", skip_serializing_if = "Option::is_none")]
    pub authorization: Option<String>,
}

/// The same id under each.
#[derive(Debug, Serialize)]
pub(crate) struct OlderNames {
    #[serde(rename = "_misskey_quote")]
    misskey: String,
    #[serde(rename = "quoteUrl")]
    url: String,
    #[serde(rename = "quoteUri")]
    uri: String,
}

impl OlderNames {
    /// Of what has this id.
    pub(crate) fn of(id: &str) -> Self {
        Self { misskey: id.to_owned(), url: id.to_owned(), uri: id.to_owned() }
    }
}

/// The type of [`QuoteRequest`].
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) enum QuoteRequestType {
    #[default]
    QuoteRequest,
}

/// Somebody asks to quote something: `I` is the status that quotes, or its id.
#[derive(Debug, Serialize)]
pub(crate) struct QuoteRequest<I> {
    /// Its id.
    pub id: String,
    #[serde(rename = "type")]
    pub kind: QuoteRequestType,
    /// Who asks.
    pub actor: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub to: Vec<String>,
    /// What is quoted.
    pub object: String,
    /// What quotes it.
    pub instrument: I,
}

/// The type of [`QuoteAuthorization`].
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) enum QuoteAuthorizationType {
    #[default]
    QuoteAuthorization,
}

/// The approval of a quote, at its id.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct QuoteAuthorization {
    /// Its id.
    pub id: String,
    #[serde(rename = "type")]
    pub kind: QuoteAuthorizationType,
    /// Who approves: the author of what is quoted.
    pub attributed_to: String,
    /// What quotes.
    pub interacting_object: String,
    /// What is quoted.
    pub interaction_target: String,
}
