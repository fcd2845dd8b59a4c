//! What stops the server when the process that uses it is killed.

use crate::installation::Installation;
use crate::owner::Owner;
use crate::place::Place;
use crate::{Error, Options};
use std::io::Write;
use std::path::Path;
use std::process::{Child, Stdio};

/// Reads from a pipe whose other end only our process holds: a line means that all is in order, its end
/// that the process is gone. Then the server is stopped, if nobody holds a lock as a user of it. Whoever
/// starts meanwhile waits for that lock, so nobody joins a server that is about to stop.
const SCRIPT: &str = r#"
read -r word && exit 0
command -v flock >/dev/null || exit 0
sleep "$1"
exec flock -n -x "$2" "$3" stop -D "$4" -m fast -w
"#;

/// Seconds a test cluster lives on after a kill: the next test of a run, in a process of its own, finds it
/// running.
const LINGER: &str = "3";

/// A shell that waits for our end.
#[derive(Debug)]
pub(crate) struct Watchdog(Child);

impl Watchdog {
    pub(crate) fn spawn(
        installation: &Installation,
        owner: &Owner,
        place: &Place,
        options: Options,
    ) -> Result<Self, Error> {
        let shell = Path::new("/bin/sh");
        let mut command = owner.command(shell, &place.dir);
        command.args(["-c", SCRIPT, "stoa-watchdog", if options.durable { "0" } else { LINGER }]);
        command.arg(place.users_lock()).arg(installation.program("pg_ctl")).arg(place.data());
        let child = command.stdin(Stdio::piped()).spawn().map_err(Error::io("running", shell))?;
        Ok(Self(child))
    }

    /// Sends it home: the server is being left in order.
    pub(crate) fn dismiss(mut self) {
        if let Some(mut pipe) = self.0.stdin.take() {
            let _ = pipe.write_all(b"done\n");
        }
        let _ = self.0.wait();
    }
}
