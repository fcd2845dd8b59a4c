//! Where PostgreSQL's programs are.

use crate::Error;
use std::cmp::Reverse;
use std::path::{Path, PathBuf};
use std::process::Command;

/// One installed version of PostgreSQL's server programs.
#[derive(Clone, Debug)]
pub(crate) struct Installation {
    bin: PathBuf,
}

/// Folders that hold one `…/<version>/…bin` for each major version: Debian, the PGDG packages, Homebrew.
const VERSIONED: [(&str, &str, &str); 4] = [
    ("/usr/lib/postgresql", "", "bin"),
    ("/usr", "pgsql-", "bin"),
    ("/opt/homebrew/opt", "postgresql@", "bin"),
    ("/usr/local/opt", "postgresql@", "bin"),
];

impl Installation {
    /// The newest installation, or the one of the major version that wrote existing data. Those of the
    /// system's packages come before whatever is in `PATH`.
    pub(crate) fn find(needed: Option<(u32, &Path)>) -> Result<Self, Error> {
        let mut versioned: Vec<(u32, PathBuf)> = VERSIONED
            .into_iter()
            .flat_map(|(parent, prefix, bin)| versions_in(Path::new(parent), prefix, bin))
            .collect();
        versioned.sort_by_key(|(version, _)| Reverse(*version));
        let path = std::env::var_os("PATH").unwrap_or_default();
        let in_path = std::env::split_paths(&path)
            .filter(|dir| dir.is_absolute() && is_complete(dir))
            .filter_map(|dir| Some((version_of(&dir)?, dir)));
        let mut all = versioned.into_iter().filter(|(_, dir)| is_complete(dir)).chain(in_path).peekable();
        if all.peek().is_none() {
            return Err(Error::NotInstalled);
        }
        match needed {
            None => all.next().map(|(_, bin)| Self { bin }).ok_or(Error::NotInstalled),
            Some((version, dir)) => all
                .find(|(found, _)| *found == version)
                .map(|(_, bin)| Self { bin })
                .ok_or_else(|| Error::OtherVersion { dir: dir.to_owned(), made_by: version }),
        }
    }

    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.bin.join(name)
    }
}

fn versions_in(parent: &Path, prefix: &str, bin: &str) -> Vec<(u32, PathBuf)> {
    let Ok(entries) = std::fs::read_dir(parent) else { return Vec::new() };
    entries
        .flatten()
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.strip_prefix(prefix)?.parse().ok()?;
            Some((version, entry.path().join(bin)))
        })
        .collect()
}

fn is_complete(bin: &Path) -> bool {
    ["initdb", "postgres", "pg_ctl"].iter().all(|program| bin.join(program).is_file())
}

/// The major version, from `pg_ctl (PostgreSQL) 15.18 (…)`.
fn version_of(bin: &Path) -> Option<u32> {
    let output = Command::new(bin.join("pg_ctl")).arg("--version").output().ok()?;
    major_version(std::str::from_utf8(&output.stdout).ok()?)
}

fn major_version(text: &str) -> Option<u32> {
    let version = text.split_once("(PostgreSQL) ")?.1;
    version.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::major_version;

    #[test]
    fn the_major_version_is_read_from_what_pg_ctl_prints() {
        assert_eq!(major_version("pg_ctl (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"), Some(15));
        assert_eq!(major_version("pg_ctl (PostgreSQL) 18beta1\n"), Some(18));
        assert_eq!(major_version("something else 3.1\n"), None);
    }
}
