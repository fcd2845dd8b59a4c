//! What is printed.

use std::fmt::{Display, Formatter, Result};
use std::time::Duration;

use crate::operations::{Cost, Crowd, Load};
use crate::stand::Idle;
use crate::streams::Streams;

/// All that was measured in one run.
pub(crate) struct Report {
    pub(crate) machine: Vec<String>,
    /// From the start of the process until it is ready.
    pub(crate) starts: Vec<Duration>,
    pub(crate) idle: Idle,
    pub(crate) costs: Vec<Cost>,
    pub(crate) load: Load,
    pub(crate) crowd: Crowd,
    pub(crate) streams: Streams,
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        for line in &self.machine {
            writeln!(f, "{line}.  ")?;
        }
        writeln!(f, "\n| operation | times | CPU ms each | server | PostgreSQL | p50 ms | p95 ms |")?;
        writeln!(f, "|---|---:|---:|---:|---:|---:|---:|")?;
        for cost in self.costs.iter().chain([&self.streams.only, &self.streams.one, &self.streams.all]) {
            row(f, cost)?;
        }
        writeln!(f, "\n| process | idle | under load | most ever |")?;
        writeln!(f, "|---|---:|---:|---:|")?;
        let (idle, load) = (self.idle.memory, self.load.memory);
        let [before, during, most] = [idle.server, load.server, self.load.peak].map(megabytes);
        writeln!(f, "| server, resident MB | {before:.1} | {during:.1} | {most:.1} |")?;
        let [before, during] = [idle.server_share, load.server_share].map(megabytes);
        writeln!(f, "| server, proportional share MB | {before:.1} | {during:.1} | |")?;
        let [before, during] = [idle.database, load.database].map(megabytes);
        writeln!(f, "| PostgreSQL, all processes MB | {before:.1} | {during:.1} | |")?;
        writeln!(f, "\nUnder load: {} home pages a second for 8 readers at once.  ", self.load.pages)?;
        let cpu = self.idle.cpu;
        writeln!(f, "Idle: {} ms of CPU a second (server), {} (PostgreSQL).  ", cpu.server, cpu.database)?;
        let starts: Vec<String> =
            self.starts.iter().map(|start| format!("{:.0}", milliseconds(*start))).collect();
        writeln!(f, "Start to ready on an existing database: {} ms.  ", starts.join(", "))?;
        let Crowd { size, before, during } = &self.crowd;
        let [before, during] = [before.server, during.server].map(megabytes);
        writeln!(f, "{size} home pages asked for at once: {before:.1} MB before, {during:.1} MB at most.  ")?;
        let Streams { last, waiting, before, during, .. } = &self.streams;
        let [p50, p95] = [50, 95].map(|percent| milliseconds(percentile(last, percent)));
        writeln!(f, "Until the last of 1,000 listeners is told: {p50:.1} ms (p50), {p95:.1} ms (p95).  ")?;
        let [before, during] = [before.server, during.server].map(megabytes);
        writeln!(f, "{waiting} idle WebSockets: {before:.1} MB resident before, {during:.1} MB with them.")
    }
}

fn row(f: &mut Formatter<'_>, cost: &Cost) -> Result {
    let each = |milliseconds: u64| number(milliseconds) / number(cost.count as u64);
    let [server, database] = [cost.cpu.server, cost.cpu.database].map(each);
    let [p50, p95] = [50, 95].map(|percent| milliseconds(percentile(&cost.walls, percent)));
    let (name, count, all) = (cost.name, cost.count, server + database);
    writeln!(f, "| {name} | {count} | {all:.2} | {server:.2} | {database:.2} | {p50:.1} | {p95:.1} |")
}

/// The value below which so many of a hundred lie; the list is in order.
fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    let at = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(at).copied().unwrap_or_default()
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn megabytes(bytes: u64) -> f64 {
    number(bytes) / 1e6
}

/// Nothing here comes near the numbers that a double cannot hold.
fn number(count: u64) -> f64 {
    Duration::from_micros(count).as_secs_f64() * 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_of_the_list() {
        let times: Vec<Duration> = (1..=20).map(Duration::from_millis).collect();
        assert_eq!(percentile(&times, 50), Duration::from_millis(10));
        assert_eq!(percentile(&times, 95), Duration::from_millis(19));
        assert_eq!(percentile(&times[..1], 95), Duration::from_millis(1));
        assert_eq!(percentile(&[], 50), Duration::ZERO);
    }
}
