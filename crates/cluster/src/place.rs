//! Where a cluster lives: its folders, lock files and socket.

use crate::Error;
use crate::owner::Owner;
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};

/// Longest folder whose socket (`/.s.PGSQL.5432`) still fits into the 107 bytes of a `sockaddr_un`.
const LONGEST_SOCKET_FOLDER: usize = 107 - "/.s.PGSQL.5432".len();

/// Where root's clusters live if their owner cannot reach the folder that was asked for.
const FALLBACK: &str = "/var/lib/stoa";

/// The folders of one cluster.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// Absolute and without links.
    pub(crate) dir: PathBuf,
    /// The folder of the socket: `dir`, or one under `/tmp` if that is too long.
    pub(crate) sockets: PathBuf,
    pub(crate) owner: Owner,
}

impl Place {
    /// Makes the folders, if they do not exist, and settles who owns them.
    pub(crate) fn prepare(dir: &Path, caller: u32) -> Result<Self, Error> {
        fs::create_dir_all(dir).map_err(Error::io("creating", dir))?;
        let asked = dir.canonicalize().map_err(Error::io("finding", dir))?;
        let new_owner = Owner::for_new_cluster(caller)?;
        let dir = if new_owner.is_other && !can_reach(new_owner, &asked) { moved(&asked)? } else { asked };
        let owner = existing_owner(&dir, caller).unwrap_or(new_owner);
        own(&dir, owner)?;
        let sockets = sockets_for(&dir, owner)?;
        Ok(Self { dir, sockets, owner })
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.dir.join("data")
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.dir.join("postgres.log")
    }

    /// Locked, shared, by every process that uses the cluster.
    pub(crate) fn users_lock(&self) -> PathBuf {
        self.dir.join("users.lock")
    }

    /// Locked while a process makes or starts the cluster.
    pub(crate) fn start_lock(&self) -> PathBuf {
        self.dir.join("start.lock")
    }

    pub(crate) fn sockets_bytes(&self) -> &[u8] {
        self.sockets.as_os_str().as_bytes()
    }

    /// Opens a lock file, which belongs to the owner so that the watchdog can open it as well.
    pub(crate) fn open_lock(&self, path: &Path) -> Result<File, Error> {
        let options = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
        let file = options.map_err(Error::io("opening", path))?;
        self.give(path)?;
        Ok(file)
    }

    /// Gives a file to the owner, if that is somebody else.
    pub(crate) fn give(&self, path: &Path) -> Result<(), Error> {
        if self.owner.is_other {
            chown(path, Some(self.owner.uid), Some(self.owner.gid))
                .map_err(Error::io("giving away", path))?;
        }
        Ok(())
    }

    /// The major version that wrote the data, with their folder, if there are any yet.
    pub(crate) fn data_version(&self) -> Result<Option<(u32, &Path)>, Error> {
        let path = self.data().join("PG_VERSION");
        match fs::read_to_string(&path) {
            Ok(text) => Ok(text.trim().parse().ok().map(|version| (version, self.dir.as_path()))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::io("reading", &path)(error)),
        }
    }
}

/// Whether the user may pass through every folder above `dir`.
fn can_reach(owner: Owner, dir: &Path) -> bool {
    dir.ancestors().skip(1).all(|folder| {
        let Ok(folder) = folder.metadata() else { return false };
        let execute = match (folder.uid() == owner.uid, folder.gid() == owner.gid) {
            (true, _) => 0o100,
            (false, true) => 0o010,
            (false, false) => 0o001,
        };
        folder.mode() & execute != 0
    })
}

/// Where the cluster lives instead, remembered by a link, so that it stays with a checkout that is moved.
fn moved(asked: &Path) -> Result<PathBuf, Error> {
    let link = asked.join("cluster");
    if let Ok(place) = link.canonicalize() {
        return Ok(place);
    }
    let place = Path::new(FALLBACK).join(format!("{:016x}", fingerprint(asked)));
    fs::create_dir_all(&place).map_err(Error::io("creating", &place))?;
    fs::set_permissions(FALLBACK, Permissions::from_mode(0o711)).map_err(Error::io("opening", &place))?;
    // A link that leads nowhere any more is replaced.
    let _ = fs::remove_file(&link);
    symlink(&place, &link).map_err(Error::io("linking", &link))?;
    Ok(place)
}

/// Root runs an existing cluster as whoever made it.
fn existing_owner(dir: &Path, caller: u32) -> Option<Owner> {
    let data = dir.join("data").metadata().ok()?;
    (caller == 0 && data.uid() != 0).then(|| Owner { uid: data.uid(), gid: data.gid(), is_other: true })
}

/// Makes `dir` the owner's alone.
fn own(dir: &Path, owner: Owner) -> Result<(), Error> {
    if owner.is_other {
        chown(dir, Some(owner.uid), Some(owner.gid)).map_err(Error::io("giving away", dir))?;
    }
    fs::set_permissions(dir, Permissions::from_mode(0o700)).map_err(Error::io("closing", dir))
}

fn sockets_for(dir: &Path, owner: Owner) -> Result<PathBuf, Error> {
    if dir.as_os_str().len() <= LONGEST_SOCKET_FOLDER {
        return Ok(dir.to_owned());
    }
    // Not the temporary folder of the environment: every process must come to the same place.
    let sockets = Path::new("/tmp").join(format!("stoa-{:016x}", fingerprint(dir)));
    match DirBuilder::new().mode(0o700).create(&sockets) {
        Ok(()) => own(&sockets, owner)?,
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(Error::io("creating", &sockets)(error)),
    }
    // `/tmp` is everybody's: somebody else may have made it first, or put a link there.
    let found = fs::symlink_metadata(&sockets).map_err(Error::io("reading", &sockets))?;
    if found.is_dir() && found.uid() == owner.uid && found.mode().trailing_zeros() >= 6 {
        Ok(sockets)
    } else {
        Err(Error::SocketFolder(sockets))
    }
}

/// FNV-1a of a path: unlike the standard library's hash the same in every build.
fn fingerprint(path: &Path) -> u64 {
    path.as_os_str()
        .as_bytes()
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
