//! How an HTTP request is signed and how a signature is checked.
//!
//! The scheme is draft-cavage-http-signatures-12 with RSASSA-PKCS1-v1_5 and SHA-256, which every
//! server of the fediverse speaks. This crate opens no socket, reads no clock and looks up no key:
//! the caller brings the request, the time and the key.
//!
//! Sending: [`sign`] gives the headers to add. Receiving, in this order: [`parse`] finds the
//! signature and names its key, [`Parsed::check_policy`] refuses what a good signature must not
//! leave open (replay to another host or path, old requests, an unsigned body), [`check_digest`]
//! binds the body, and [`Parsed::verify`] does the mathematics.

mod digest;
mod error;
mod keys;
mod parse;
mod pem;
mod sign;
mod signing_string;
mod verify;

pub use digest::{check_digest, digest_header};
pub use error::Error;
pub use keys::{PrivateKey, PublicKey};
pub use parse::{Parsed, parse};
pub use sign::{SignedHeaders, SigningInput, host_header, sign};
pub use verify::Incoming;
