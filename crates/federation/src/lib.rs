//! ActivityPub: the gate, activities, objects, delivery, discovery.
//!
//! What comes in passes the gate ([`inbox`]): limits, digest, signature, key owner; is kept as a job; and
//! ends in the use case of `services` that the client API calls too. What goes out is built in
//! [`outgoing`] from an event and sent by [`delivery`], one lane for each host.
//!
//! Architecture invariant: the wire's words (actor, activity, object, inbox) stay in this crate.

mod activities;
mod actors;
pub mod cards;
mod collections;
mod context;
pub mod delivery;
mod discovery;
mod documents;
mod error;
mod fault;
pub mod fetching;
mod gate;
pub mod inbox;
mod json;
mod negotiation;
mod notes;
mod objects;
pub mod outgoing;
mod reactions;
mod resolver;
mod router;
pub mod verification;
mod webfinger;
mod wire;

pub use context::Federation;
pub use error::Error;
pub use inbox::InboxJob;
pub use negotiation::wants_activity;
pub use objects::{FederatedAccount, FederatedStatus};
pub use router::{negotiate, router};
