//! What the figures belong to.

use std::fs;

use anyhow::Result;
use tokio_postgres::Client;

/// Lines that say on what was measured.
pub(crate) async fn describe(client: &Client) -> Result<Vec<String>> {
    let cores = std::thread::available_parallelism()?;
    let model = field("/proc/cpuinfo", "model name").unwrap_or_else(|| "an unknown processor".to_owned());
    let memory = field("/proc/meminfo", "MemTotal").unwrap_or_default();
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let row = client
        .query_one(
            "SELECT current_setting('server_version'), current_setting('fsync'), \
             current_setting('synchronous_commit'), current_setting('shared_buffers')",
            &[],
        )
        .await?;
    let setting = |at: usize| row.get::<_, String>(at);
    Ok(vec![
        format!("{cores} cores ({model}), {memory} of memory, Linux {}", kernel.trim()),
        format!(
            "PostgreSQL {} with fsync {}, synchronous_commit {}, shared_buffers {}",
            setting(0),
            setting(1),
            setting(2),
            setting(3)
        ),
    ])
}

/// The first line of this name, as `/proc` writes them.
fn field(path: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}
