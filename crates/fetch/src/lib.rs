//! The only way out: SSRF guard, limits, signing, user agent.
//!
//! Everything that leaves this server for an address somebody else chose goes through [`Client`].
//! It decides which URLs may be asked for ([`RemoteUrl`] is the proof), connects only to addresses
//! of the public internet, looks at each redirect anew, ends in time whatever the other side does,
//! and never holds more than the caller allowed.

mod addresses;
mod body;
mod client;
mod deliveries;
mod documents;
mod error;
mod guard;
mod links;
mod media_types;
mod pages;
mod registrable;
mod resolver;
mod signer;

#[cfg(test)]
mod tests;

pub use client::{Client, Settings};
pub use deliveries::Posted;
pub use documents::{Document, Download};
pub use error::{Error, Refusal};
pub use guard::RemoteUrl;
pub use pages::Page;
pub use registrable::registrable;
pub use signer::Signer;
