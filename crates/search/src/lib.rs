//! Meilisearch: what it is told, and what is looked for in it (<https://www.meilisearch.com/docs/reference/api>).
//!
//! It is an index and never the truth: what it finds are ids, newest knowledge of which lies elsewhere, so
//! whoever asks checks each id against the database before it is shown, and goes on without it when it does
//! not answer.

mod documents;
mod engine;
mod http;

pub use documents::{AccountDocument, StatusDocument, TagDocument};
pub use engine::{Error, Meilisearch, Slice, Wanted};
