//! How a Web Push message is encrypted for a device (RFC 8291) and signed for its push service (RFC 8292).
//!
//! No socket, no store: it makes the headers and the body, and somebody else sends them.

mod legacy;
mod message;
mod subscriber;
mod vapid;

pub use message::{MAX_PLAINTEXT, Message, seal};
pub use subscriber::Subscriber;
pub use vapid::VapidKey;

/// What is wrong with keys or with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Not an uncompressed point of P-256 in base64.
    #[error("the key p256dh is not a public key of P-256")]
    PublicKey,
    /// Not 16 bytes in base64.
    #[error("the key auth is not 16 bytes long")]
    Auth,
    /// Not the 32 bytes of a private key of P-256.
    #[error("the stored key is not a private key of P-256")]
    PrivateKey,
    /// Longer than [`MAX_PLAINTEXT`].
    #[error("the message is longer than {MAX_PLAINTEXT} bytes")]
    TooLong,
}
