//! Probe, variants, stores: what an uploaded file really is, what is kept of it, and where.
//!
//! Nothing of an upload reaches a store as it came. A picture is recognised by its bytes, measured by its
//! header, decoded in full and encoded anew by us, so that the type, the extension and the size are ours to
//! state, and neither a place nor a script can travel along in it. Names of files are ours as well ([`Key`]).
//!
//! Absent: this crate knows no accounts, no rows and no HTTP, and starts no threads: [`process_image`] and
//! [`process_avatar`] block, and are called from `spawn_blocking`.

mod animation;
mod avatars;
mod blurhashes;
mod decode;
mod disk;
mod encode;
mod error;
mod format;
mod images;
mod key;
mod meta;
mod placeholders;
mod s3;
mod scale;
mod store;

pub use avatars::{AVATAR_SIZE, Avatar, HEADER_SIZE, process_avatar};
pub use blurhashes::is_blurhash;
pub use decode::MAX_SIDE;
pub use disk::Disk;
pub use encode::Encoded;
pub use error::{Error, Result};
pub use format::Format;
pub use images::{Kind, Options, Processed, process_image};
pub use key::{Folder, Key};
pub use meta::{Focus, meta};
pub use placeholders::{ICON_SIZE, icon, missing_avatar, missing_header};
pub use s3::{S3, S3Settings};
pub use store::{ByteRange, Object, Store};
