//! Why there is no private PostgreSQL, in sentences for the person at the keyboard.

use std::path::{Path, PathBuf};

/// Why a private cluster could not be made, started, used or stopped.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no PostgreSQL server on this machine.
    #[error("PostgreSQL was not found. Install it with: apt-get install postgresql")]
    NotInstalled,
    /// The data were written by a major version that is no longer installed.
    #[error(
        "{} was made by PostgreSQL {made_by}, which is not installed. Install it with: apt-get install \
         postgresql-{made_by}",
        dir.display()
    )]
    OtherVersion {
        /// The cluster's folder.
        dir: PathBuf,
        /// The major version in `PG_VERSION`.
        made_by: u32,
    },
    /// Root must hand the server to somebody else, and there is nobody.
    #[error("PostgreSQL does not run as root, and there is neither a user postgres nor nobody to run it")]
    NoUnprivilegedUser,
    /// The folder for the socket is somebody else's, or open to others.
    #[error("{} must be a folder that belongs to the owner of the cluster alone; remove it", .0.display())]
    SocketFolder(PathBuf),
    /// A file or folder could not be used.
    #[error("{doing} {}: {source}", path.display())]
    Io {
        /// What was tried, as in "creating".
        doing: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A program of PostgreSQL failed.
    #[error("{program} failed: {output}")]
    Program {
        /// Which one.
        program: &'static str,
        /// The last line of what it printed.
        output: String,
    },
    /// The server ended, or did not answer in time.
    #[error("PostgreSQL did not start: {reason} (see {})", log.display())]
    NotStarted {
        /// The last complaint in its log.
        reason: String,
        /// Its log.
        log: PathBuf,
    },
    /// The runtime is shutting down.
    #[error("the work on the private PostgreSQL was interrupted")]
    Interrupted,
    /// The server refused a statement or a connection.
    #[error("{doing}: {reason}")]
    Database {
        /// What was tried.
        doing: String,
        /// What the server says.
        reason: String,
    },
}

impl Error {
    pub(crate) fn io(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::Io { doing, path, source }
    }
}
