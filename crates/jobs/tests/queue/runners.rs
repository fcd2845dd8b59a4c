//! Runners that stop, die, lose their connection or their lease.

use std::time::{Duration, Instant};

use diesel_async::RunQueryDsl;
use jobs::{Job, Queue, Runner, enqueue, enqueue_all};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

use crate::support::{Database, pool, start};

/// Takes its time, then leaves a row in `effects`.
#[derive(Serialize, Deserialize)]
struct Slow {
    millis: u64,
}

impl Job for Slow {
    const KIND: &'static str = "slow";
    const QUEUE: Queue = Queue::MEDIA;
    const TIMEOUT: Duration = Duration::from_mins(5);
}

async fn work(db: Database, job: Slow) -> anyhow::Result<()> {
    tokio::time::sleep(Duration::from_millis(job.millis)).await;
    diesel::sql_query("INSERT INTO effects VALUES (1)").execute(&mut db.pool.get().await?).await?;
    Ok(())
}

const EFFECTS: &str = "SELECT count(*) AS n FROM effects";
const RUNNING: &str = "SELECT count(*) AS n FROM jobs WHERE lease_until > now()";
const LEFT: &str = "SELECT count(*) AS n FROM jobs";

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_runner_was_at_is_done_by_the_next_at_once() {
    let db = Database::new().await;
    enqueue_all(&mut *db.conn().await, &[Slow { millis: 1 }, Slow { millis: 1 }]).await.unwrap();
    let (told, mut begun) = mpsc::unbounded_channel();
    let url = db.url.clone();
    let victim = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    victim.spawn(async move {
        let hang = async |told: mpsc::UnboundedSender<()>, _: Slow| {
            told.send(())?;
            std::future::pending().await
        };
        let runner = Runner::new(pool(&url), told).register(hang);
        runner.run(tokio_util::sync::CancellationToken::new()).await;
    });
    begun.recv().await.unwrap();
    begun.recv().await.unwrap();
    victim.shutdown_background();

    let (killed, running) = (Instant::now(), start(Runner::new(db.pool.clone(), db.clone()).register(work)));
    // A lease of a minute is seen to be nobody's by one of the first looks, in a new cluster after seven seconds.
    db.until(LEFT, 0).await;
    assert!(killed.elapsed() < Duration::from_secs(15), "{:?}", killed.elapsed());
    assert_eq!(db.number(EFFECTS).await, 2);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_is_renewed_while_its_job_runs() {
    let db = Database::new().await;
    enqueue(&mut *db.conn().await, &Slow { millis: 3000 }).await.unwrap();
    let runner = |pool| Runner::new(pool, db.clone()).register(work).lease(Duration::from_secs(1));
    let running = [start(runner(db.pool.clone())), start(runner(pool(&db.url)))];
    db.until(LEFT, 0).await;
    assert_eq!(db.number(EFFECTS).await, 1);
    for runner in running {
        runner.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_lost_the_lease_finishes_nothing() {
    let db = Database::new().await;
    enqueue(&mut *db.conn().await, &Slow { millis: 300 }).await.unwrap();
    let running = start(Runner::new(db.pool.clone(), db.clone()).register(work));
    db.until(RUNNING, 1).await;
    db.run("UPDATE jobs SET attempts = attempts + 1").await;
    db.until(EFFECTS, 1).await;
    running.stop().await;
    assert_eq!(db.number(LEFT).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shutdown_lets_jobs_finish_and_gives_the_rest_back() {
    let db = Database::new().await;
    enqueue_all(&mut *db.conn().await, &[Slow { millis: 300 }, Slow { millis: 60_000 }]).await.unwrap();
    let running =
        start(Runner::new(db.pool.clone(), db.clone()).register(work).grace(Duration::from_secs(1)));
    db.until(RUNNING, 2).await;
    running.shutdown.cancel();
    enqueue(&mut *db.conn().await, &Slow { millis: 1 }).await.unwrap();
    running.stop().await;
    assert_eq!(db.number(EFFECTS).await, 1, "nothing new is begun");
    let back = "SELECT count(*) AS n FROM jobs WHERE attempts = 0 AND leased_by IS NULL AND run_at <= now()";
    assert_eq!(db.number(back).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_connections_are_made_again() {
    let db = Database::new().await;
    let listener = db.listener();
    let running = start(Runner::new(db.pool.clone(), db.clone()).register(work).wake_by(&listener));
    for round in 1..=3 {
        enqueue(&mut *db.conn().await, &Slow { millis: 1 }).await.unwrap();
        db.until(EFFECTS, round).await;
        db.until(LEFT, 0).await;
        db.run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()
            AND application_name IN ('jobs', 'listener')",
        )
        .await;
    }
    running.stop().await;
}
