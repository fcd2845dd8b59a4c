//! The schema's migrations, embedded in the binary.

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Bool};
use diesel_async::{AsyncMigrationHarness, RunQueryDsl};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::connect::{Address, establish};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations");

/// The advisory lock that whoever migrates holds ("stoa" in ASCII).
const LOCK: i64 = 0x7374_6f61;

#[derive(QueryableByName)]
struct Answer {
    #[diesel(sql_type = Bool)]
    pending: bool,
}

/// Runs what has not run yet and returns the names of what ran.
///
/// Two processes that start at once take turns: the second waits and finds nothing to do. Needs a
/// multi-threaded tokio runtime.
///
/// # Errors
/// When the database cannot be reached, or a migration fails; each runs in a transaction of its own.
pub async fn run(address: &Address) -> anyhow::Result<Vec<String>> {
    let mut conn = establish(address).await?;
    diesel::sql_query("SELECT pg_advisory_lock($1)").bind::<BigInt, _>(LOCK).execute(&mut conn).await?;
    let mut harness = AsyncMigrationHarness::new(conn);
    let ran = harness
        .run_pending_migrations(MIGRATIONS)
        .map_err(|cause| anyhow::anyhow!("a migration failed: {cause}"))?
        .iter()
        .map(ToString::to_string)
        .collect();
    Ok(ran)
}

/// Whether this binary has migrations that the database lacks.
pub async fn pending(address: &Address) -> anyhow::Result<bool> {
    let mut conn = establish(address).await?;
    let known: Answer =
        diesel::sql_query("SELECT to_regclass('__diesel_schema_migrations') IS NULL AS pending")
            .get_result(&mut conn)
            .await?;
    if known.pending {
        return Ok(true);
    }
    AsyncMigrationHarness::new(conn)
        .has_pending_migration(MIGRATIONS)
        .map_err(|cause| anyhow::anyhow!("cannot compare migrations: {cause}"))
}
