//! Who runs the server.

use crate::Error;
use crate::installation::Installation;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

/// The user whose processes and files the cluster's are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Owner {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    /// Whether that is somebody else than this process, which then is root.
    pub(crate) is_other: bool,
}

impl Owner {
    /// Who owns a new cluster made by this user: the user, or for root an unprivileged one.
    pub(crate) fn for_new_cluster(caller: u32) -> Result<Self, Error> {
        if caller != 0 {
            return Ok(Self { uid: caller, gid: 0, is_other: false });
        }
        let passwd = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
        ["postgres", "nobody"]
            .iter()
            .find_map(|name| ids(&passwd, name))
            .map(|(uid, gid)| Self { uid, gid, is_other: true })
            .ok_or(Error::NoUnprivilegedUser)
    }

    /// A command that runs as this owner in `dir`, deaf to the caller's `PG…` variables and terminal.
    pub(crate) fn command(self, program: &Path, dir: &Path) -> Command {
        let mut command = Command::new(program);
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PG")) {
            command.env_remove(name);
        }
        // Its messages are read by us, so they must not be translated.
        command.env_remove("LC_ALL").env("LC_MESSAGES", "C").current_dir(dir);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        if self.is_other {
            command.uid(self.uid).gid(self.gid);
        }
        command
    }

    /// Runs a program of PostgreSQL to its end; an error holds the last line it printed.
    pub(crate) fn run(
        self,
        installation: &Installation,
        program: &'static str,
        dir: &Path,
        arguments: &[&std::ffi::OsStr],
    ) -> Result<(), Error> {
        let path = installation.program(program);
        let mut command = self.command(&path, dir);
        let output = command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).output();
        let output = output.map_err(Error::io("running", &path))?;
        if output.status.success() {
            return Ok(());
        }
        let said =
            String::from_utf8_lossy(if output.stderr.is_empty() { &output.stdout } else { &output.stderr });
        Err(Error::Program {
            program,
            output: said.trim().lines().last().unwrap_or("it says nothing").to_owned(),
        })
    }
}

/// The effective user of this process.
pub(crate) fn current_uid() -> Result<u32, Error> {
    if let Ok(process) = std::fs::metadata("/proc/self") {
        return Ok(process.uid());
    }
    let output = Command::new("id").arg("-u").output().map_err(Error::io("running", Path::new("id")))?;
    let failed = || Error::Program { program: "id", output: "it did not print a number".to_owned() };
    String::from_utf8_lossy(&output.stdout).trim().parse().map_err(|_| failed())
}

/// User and group of a line of `/etc/passwd` (passwd(5)).
fn ids(passwd: &str, name: &str) -> Option<(u32, u32)> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let is_it = fields.next() == Some(name);
        let (uid, gid) = (fields.nth(1)?.parse().ok()?, fields.next()?.parse().ok()?);
        (is_it && uid != 0).then_some((uid, gid))
    })
}

#[cfg(test)]
mod tests {
    use super::ids;

    #[test]
    fn ids_come_from_the_line_of_that_name() {
        let passwd = "root:x:0:0:root:/root:/bin/bash\npostgres-old:x:7:8::/:/bin/sh\npostgres:x:101:104:,,,:/:/bin/sh\n";
        assert_eq!(ids(passwd, "postgres"), Some((101, 104)));
        assert_eq!(ids(passwd, "nobody"), None);
        assert_eq!(ids("postgres:x:0:0::/:/bin/sh\n", "postgres"), None);
    }
}
