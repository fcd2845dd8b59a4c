//! The harness: real `stoa` processes, each with a database of its own in a private PostgreSQL, people who
//! use them through the public API, and a remote server that signs, serves and records.
//!
//! A test reads as a story:
//!
//! ```no_run
//! # async fn story() {
//! let [a, b] = tests::Instance::start_many().await;
//! let (alice, bob) = (a.user("alice").await, b.user("bob").await);
//! bob.follow(&alice.handle).await;
//! let status = alice.post("Hello").await;
//! bob.sees_at_home("Hello").await;
//! # }
//! ```
//!
//! Tests need the multi-threaded runtime: `#[tokio::test(flavor = "multi_thread")]`. The server comes from
//! `STOA_TEST_BIN`, else from the target folder, where `cargo build --bin stoa` puts it.

#![expect(clippy::missing_panics_doc, reason = "a harness fails by panicking")]

mod browser;
mod crowd;
mod databases;
mod encrypted_postgres;
mod instance;
mod mail_server;
mod meilisearch;
mod push_service;
mod remote;
mod remote_actors;
mod schema_printer;
mod signing;
mod users;
mod waiting;
mod web_site;
mod wire;

pub use browser::Browser;
pub use crowd::Crowd;
pub use databases::Database;
pub use encrypted_postgres::EncryptedPostgres;
pub use instance::{Instance, Neighbour, Options};
pub use mail_server::MailServer;
pub use meilisearch::Meilisearch;
pub use push_service::{PushService, Pushed};
pub use remote::{Arrival, Remote};
pub use remote_actors::RemoteActor;
pub use schema_printer::print_schema;
pub use signing::{Mistake, Outgoing};
pub use users::{Answer, Client, User};
pub use waiting::{PATIENCE, eventually, never};
pub use web_site::{WebPage, WebSite};
pub use wire::QueryCounter;
