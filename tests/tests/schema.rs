//! The crate `schema` is what the migrations make, and the migrations can be taken back.
//!
//! After a new migration, `STOA_UPDATE_SCHEMA=1 cargo test -p tests schema` writes the file anew.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::path::{Path, PathBuf};

use tests::{Database, print_schema};

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn schema_is_what_the_migrations_make() {
    let database = Database::create().await;
    let printed = print_schema(&database.client().await).await;
    let path = workspace().join("crates/schema/src/lib.rs");
    if std::env::var_os("STOA_UPDATE_SCHEMA").is_some() {
        std::fs::write(&path, &printed).unwrap();
        return;
    }
    let written = std::fs::read_to_string(&path).unwrap();
    let different = written.lines().zip(printed.lines()).position(|(written, printed)| written != printed);
    assert!(
        written == printed,
        "crates/schema/src/lib.rs is not what the migrations make, from line {} on; write it anew with \
         STOA_UPDATE_SCHEMA=1 cargo test -p tests schema",
        different.unwrap_or_else(|| written.lines().count().min(printed.lines().count())) + 1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn schema_goes_down_and_up_again() {
    let database = Database::create().await;
    let client = database.client().await;
    let before = print_schema(&client).await;
    let mut migrations: Vec<PathBuf> = std::fs::read_dir(workspace().join("migrations"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    migrations.sort();
    for (folder, file) in migrations
        .iter()
        .rev()
        .map(|folder| (folder, "down.sql"))
        .chain(migrations.iter().map(|folder| (folder, "up.sql")))
    {
        let path = folder.join(file);
        let statements = std::fs::read_to_string(&path).unwrap();
        let ran = client.batch_execute(&statements).await;
        ran.unwrap_or_else(|error| panic!("{}: {error:?}", path.display()));
        if file == "down.sql" && folder == &migrations[0] {
            let left = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace \
                AND relname NOT LIKE '\\_\\_diesel%'";
            let left: i64 = client.query_one(left, &[]).await.unwrap().get(0);
            assert_eq!(left, 0, "something is left of the tables after all migrations were taken back");
        }
    }
    assert_eq!(print_schema(&client).await, before);
}
