//! Processor time and memory of processes, from `/proc`.

use std::fs;
use std::ops::Sub;
use std::path::Path;

use anyhow::{Context, Result};

/// Milliseconds of a clock tick as `/proc` counts them: Linux shows programs 100 a second on all machines.
const TICK: u64 = 10;

/// Processor time, user and system together, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cpu {
    pub(crate) server: u64,
    pub(crate) database: u64,
}

impl Sub for Cpu {
    type Output = Self;

    /// A process that ends while its parent is being read may be missed for a moment, never for long.
    fn sub(self, before: Self) -> Self {
        Self {
            server: self.server.saturating_sub(before.server),
            database: self.database.saturating_sub(before.database),
        }
    }
}

/// Resident memory in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Memory {
    /// Of the server.
    pub(crate) server: u64,
    /// The same without its share of pages that others use too.
    pub(crate) server_share: u64,
    /// Of all processes of PostgreSQL, pages in common counted once.
    pub(crate) database: u64,
}

impl Memory {
    /// The larger one of each number.
    pub(crate) fn max(self, other: Self) -> Self {
        Self {
            server: self.server.max(other.server),
            server_share: self.server_share.max(other.server_share),
            database: self.database.max(other.database),
        }
    }
}

/// A server and its PostgreSQL.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Processes {
    pub(crate) server: u32,
    pub(crate) postmaster: u32,
}

impl Processes {
    pub(crate) fn cpu(self) -> Result<Cpu> {
        let server = Stat::read(self.server).context("the server has ended")?;
        let postmaster = Stat::read(self.postmaster).context("PostgreSQL has ended")?;
        // Backends that ended are in the postmaster's count of children it has waited for.
        let backends: u64 = self.backends().map(|(_, stat)| stat.own + stat.ended).sum();
        Ok(Cpu {
            server: (server.own + server.ended) * TICK,
            database: (postmaster.own + postmaster.ended + backends) * TICK,
        })
    }

    pub(crate) fn memory(self) -> Result<Memory> {
        let backends = self.backends().map(|(process, _)| process);
        let of_database = backends.chain([self.postmaster]).filter_map(|process| {
            // A backend may end meanwhile.
            kilobytes(process, "smaps_rollup", "Pss:")
        });
        Ok(Memory {
            server: kilobytes(self.server, "status", "VmRSS:").context("the server has ended")? * 1024,
            server_share: kilobytes(self.server, "smaps_rollup", "Pss:").unwrap_or_default() * 1024,
            database: of_database.sum::<u64>() * 1024,
        })
    }

    /// The most memory that the server ever had, in bytes.
    pub(crate) fn peak(self) -> Result<u64> {
        Ok(kilobytes(self.server, "status", "VmHWM:").context("the server has ended")? * 1024)
    }

    fn backends(self) -> impl Iterator<Item = (u32, Stat)> {
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        entries
            .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
            .filter_map(|process| Some((process, Stat::read(process)?)))
            .filter(move |(_, stat)| stat.parent == self.postmaster)
    }
}

/// What `/proc/PID/stat` says (proc(5)), in clock ticks.
struct Stat {
    parent: u32,
    /// utime + stime.
    own: u64,
    /// cutime + cstime.
    ended: u64,
}

impl Stat {
    fn read(process: u32) -> Option<Self> {
        Self::parse(&fs::read_to_string(format!("/proc/{process}/stat")).ok()?)
    }

    fn parse(text: &str) -> Option<Self> {
        // The name may contain spaces and brackets; the state is the first field behind it.
        let (_, fields) = text.rsplit_once(')')?;
        let fields: Vec<&str> = fields.split_ascii_whitespace().collect();
        let number = |at: usize| fields.get(at)?.parse::<u64>().ok();
        Some(Self {
            parent: fields.get(1)?.parse().ok()?,
            own: number(11)? + number(12)?,
            ended: number(13)? + number(14)?,
        })
    }
}

fn kilobytes(process: u32, file: &str, key: &str) -> Option<u64> {
    let text = fs::read_to_string(Path::new("/proc").join(process.to_string()).join(file)).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(key))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_brackets_are_skipped() {
        let text = "71 (a) b (c) S 7 71 71 0 -1 4194560 1 2 3 4 100 20 3 4 20 0 1 0 5 6 7";
        let stat = Stat::parse(text).expect("it is well formed");
        assert_eq!((stat.parent, stat.own, stat.ended), (7, 120, 7));
        assert!(Stat::parse("71 (a) S 7").is_none());
    }

    #[test]
    fn this_process_has_memory() {
        let process = std::process::id();
        assert!(kilobytes(process, "status", "VmRSS:").is_some_and(|kilobytes| kilobytes > 100));
        assert!(Stat::read(process).is_some_and(|stat| stat.parent > 0));
    }
}
