//! Errors, panics, hangs, and where jobs end that cannot be done.

use std::time::Duration;

use anyhow::{Context, anyhow};
use diesel_async::RunQueryDsl;
use jobs::{Discard, Job, Queue, RetryAfter, Runner, dead, enqueue, enqueue_all, forget_dead, retry_dead};
use serde::{Deserialize, Serialize};

use crate::support::Database;

#[derive(Serialize, Deserialize)]
enum Trouble {
    Fail,
    Panic,
    Hang,
    Discard,
    RetryAfter,
    None,
}

impl Job for Trouble {
    const KIND: &'static str = "trouble";
    const QUEUE: Queue = Queue::DEFAULT;
    const MAX_ATTEMPTS: i32 = 2;
    const TIMEOUT: Duration = Duration::from_millis(200);
}

async fn be_in_trouble((): (), job: Trouble) -> anyhow::Result<()> {
    match job {
        Trouble::Fail => Err(anyhow!("no route").context("connecting")),
        Trouble::Panic => panic!("all is lost"),
        Trouble::Hang => std::future::pending().await,
        Trouble::Discard => Err(anyhow!("410")).map_err(Discard).context("delivering"),
        Trouble::RetryAfter => Err(anyhow!("429").context(RetryAfter(Duration::from_hours(2)))),
        Trouble::None => Ok(()),
    }
}

fn runner(db: &Database) -> Runner<()> {
    Runner::new(db.pool.clone(), ()).register(be_in_trouble)
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_panics_and_hangs_are_tried_again_later() {
    let db = Database::new().await;
    let jobs = [Trouble::Fail, Trouble::Panic, Trouble::Hang, Trouble::None];
    enqueue_all(&mut *db.conn().await, &jobs).await.unwrap();
    let mut worked_off = runner(&db).work_off().await.unwrap();
    worked_off.failed.sort();
    assert_eq!(worked_off.done, 1);
    assert_eq!(worked_off.failed, ["connecting: no route", "not done after 200ms", "panicked: all is lost"]);
    let waiting =
        "SELECT count(*) AS n FROM jobs WHERE attempts = 1 AND leased_by IS NULL AND lease_until IS NULL
        AND last_error IS NOT NULL AND run_at - now() BETWEEN interval '9 s' AND interval '18 s'";
    assert_eq!(db.number(waiting).await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_may_choose_the_pause() {
    let db = Database::new().await;
    enqueue(&mut *db.conn().await, &Trouble::RetryAfter).await.unwrap();
    runner(&db).work_off().await.unwrap();
    let hours = "SELECT round(extract(epoch FROM run_at - now()) / 3600)::bigint AS n FROM jobs";
    assert_eq!(db.number(hours).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_done_is_kept_and_can_be_tried_again() {
    let db = Database::new().await;
    let mut conn = db.conn().await;
    enqueue_all(&mut conn, &[Trouble::Fail, Trouble::Discard]).await.unwrap();
    runner(&db).work_off().await.unwrap();
    let given_up = dead(&mut conn, 10).await.unwrap();
    assert_eq!(given_up.len(), 1);
    assert_eq!((given_up[0].attempts, given_up[0].error.as_str()), (1, "delivering: 410"));

    db.run("UPDATE jobs SET run_at = now()").await;
    runner(&db).work_off().await.unwrap();
    let given_up = dead(&mut conn, 10).await.unwrap();
    assert_eq!(given_up.len(), 2);
    assert_eq!((given_up[0].attempts, given_up[0].error.as_str()), (2, "connecting: no route"));
    assert_eq!(db.number("SELECT count(*) AS n FROM jobs").await, 0);

    diesel::sql_query(r#"UPDATE dead_jobs SET payload = '"None"'"#).execute(&mut conn).await.unwrap();
    assert!(retry_dead(&mut conn, given_up[0].id).await.unwrap());
    assert!(!retry_dead(&mut conn, given_up[0].id).await.unwrap());
    assert_eq!(runner(&db).work_off().await.unwrap().done, 1);
    assert_eq!(forget_dead(&mut conn, chrono::Utc::now() + Duration::from_mins(1)).await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payload_of_another_version_is_tried_again_and_not_quoted() {
    let db = Database::new().await;
    db.run(r#"INSERT INTO jobs (kind, queue, payload) VALUES ('trouble', 'default', '{"Secret": 1}')"#).await;
    let worked_off = runner(&db).work_off().await.unwrap();
    assert_eq!(worked_off.failed.len(), 1);
    assert!(!worked_off.failed[0].contains("Secret"), "{worked_off:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_kills_its_process_is_given_up() {
    let db = Database::new().await;
    enqueue(&mut *db.conn().await, &Trouble::None).await.unwrap();
    db.run("UPDATE jobs SET attempts = 2, leased_by = 1, lease_until = now() - interval '1 s'").await;
    let worked_off = runner(&db).work_off().await.unwrap();
    assert_eq!((worked_off.done, worked_off.failed.len()), (0, 1));
    assert_eq!(dead(&mut *db.conn().await, 1).await.unwrap()[0].error, "the process died while the job ran");
}
