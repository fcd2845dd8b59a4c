//! What is enqueued, when it is seen, and in which order it runs.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::anyhow;
use diesel::result::Error;
use diesel_async::{AsyncConnection, RunQueryDsl};
use jobs::{Job, Notice, Queue, Runner, enqueue, enqueue_all, enqueue_at, request, stats};
use serde::{Deserialize, Serialize};
use tokio::sync::{Mutex, mpsc};

use crate::support::{Database, pool, start};

#[derive(Serialize, Deserialize)]
struct Effect {
    n: i64,
}

impl Job for Effect {
    const KIND: &'static str = "effect";
    const QUEUE: Queue = Queue::DEFAULT;
    const TIMEOUT: Duration = Duration::from_secs(10);
}

async fn record(db: Database, job: Effect) -> anyhow::Result<()> {
    let mut conn = db.pool.get().await?;
    diesel::sql_query(format!("INSERT INTO effects VALUES ({})", job.n)).execute(&mut conn).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn several_runners_do_each_job_once() {
    let db = Database::new().await;
    let listener = db.listener();
    let runners: Vec<_> = (0..3)
        .map(|_| {
            let runner = Runner::new(pool(&db.url), db.clone()).register(record).queue(Queue::DEFAULT, 7);
            start(runner.wake_by(&listener))
        })
        .collect();
    for from in [0, 100, 200] {
        let jobs: Vec<Effect> = (from..from + 100).map(|n| Effect { n }).collect();
        enqueue_all(&mut *db.conn().await, &jobs).await.unwrap();
    }
    db.until("SELECT count(*) AS n FROM jobs", 0).await;
    assert_eq!(db.number("SELECT count(*) AS n FROM effects").await, 300);
    assert_eq!(db.number("SELECT count(DISTINCT n) AS n FROM effects").await, 300);
    for runner in runners {
        runner.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_of_a_rolled_back_transaction_is_never_seen() {
    let db = Database::new().await;
    let mut conn = db.conn().await;
    let rolled_back = conn.transaction(async |conn| {
        enqueue(conn, &Effect { n: 1 }).await?;
        Err::<(), _>(Error::RollbackTransaction)
    });
    assert_eq!(rolled_back.await, Err(Error::RollbackTransaction));
    conn.transaction(async |conn| enqueue(conn, &Effect { n: 2 }).await).await.unwrap();

    let worked_off = Runner::new(db.pool.clone(), db.clone()).register(record).work_off().await.unwrap();

    assert_eq!(worked_off.done, 1);
    assert_eq!(db.number("SELECT sum(n)::bigint AS n FROM effects").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_wakes_an_idle_runner() {
    let db = Database::new().await;
    let (told, mut started) = mpsc::unbounded_channel();
    let listener = db.listener();
    let mut notices = listener.subscribe();
    let runner = Runner::new(db.pool.clone(), told)
        .register(async |told: mpsc::UnboundedSender<Instant>, _: Effect| Ok(told.send(Instant::now())?))
        .wake_by(&listener);
    let running = start(runner);
    assert_eq!(notices.recv().await.unwrap(), Notice::Listening);
    let mut conn = db.conn().await;
    let mut latencies = Vec::new();
    for n in 0..9 {
        // Long enough for the runner to have looked, found nothing and gone to sleep.
        tokio::time::sleep(Duration::from_millis(if n % 2 == 0 { 100 } else { 700 })).await;
        let enqueued = Instant::now();
        enqueue(&mut conn, &Effect { n }).await.unwrap();
        latencies.push(started.recv().await.unwrap() - enqueued);
    }
    latencies.sort();
    assert!(latencies[4] < Duration::from_millis(100), "{latencies:?}");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_kind_is_left_alone() {
    let db = Database::new().await;
    db.run("INSERT INTO jobs (kind, queue, payload) VALUES ('future_v9', 'default', '{}')").await;
    enqueue(&mut *db.conn().await, &Effect { n: 1 }).await.unwrap();
    let worked_off = Runner::new(db.pool.clone(), db.clone()).register(record).work_off().await.unwrap();
    assert_eq!(worked_off.done, 1);
    let untouched = "SELECT count(*) AS n FROM jobs WHERE attempts = 0 AND leased_by IS NULL";
    assert_eq!(db.number(untouched).await, 1);
}

#[derive(Serialize, Deserialize)]
struct Causes {
    steps: u8,
}

impl Job for Causes {
    const KIND: &'static str = "causes";
    const QUEUE: Queue = Queue::INBOX;
    const TIMEOUT: Duration = Duration::from_secs(10);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_request_id_travels_into_what_a_job_causes() {
    type Seen = Arc<Mutex<Vec<Option<String>>>>;
    async fn cause((db, seen): (Database, Seen), job: Causes) -> anyhow::Result<()> {
        seen.lock().await.push(request::current().map(|id| id.to_string()));
        if job.steps > 0 {
            enqueue(&mut *db.pool.get().await?, &Causes { steps: job.steps - 1 }).await?;
        }
        Ok(())
    }
    let db = Database::new().await;
    let seen = Seen::default();
    let mut conn = db.conn().await;
    request::scope("abc", enqueue(&mut conn, &Causes { steps: 2 })).await.unwrap();
    let runner = Runner::new(db.pool.clone(), (db.clone(), Arc::clone(&seen))).register(cause);
    assert_eq!(runner.work_off().await.unwrap().done, 3);
    assert_eq!(*seen.lock().await, vec![Some("abc".to_owned()); 3]);
}

#[derive(Serialize, Deserialize)]
struct Index {
    status: i64,
}

impl Job for Index {
    const KIND: &'static str = "index";
    const QUEUE: Queue = Queue::DEFAULT;
    const TIMEOUT: Duration = Duration::from_secs(10);

    fn dedup_key(&self) -> Option<String> {
        Some(self.status.to_string())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn equal_keys_wait_once_and_a_change_during_the_run_is_not_overlooked() {
    async fn change_once(db: Database, _: Index) -> anyhow::Result<()> {
        let mut conn = db.pool.get().await?;
        if db.number("SELECT count(*) AS n FROM effects").await == 0 {
            diesel::sql_query("INSERT INTO effects VALUES (1)").execute(&mut conn).await?;
            enqueue_all(&mut conn, &[Index { status: 1 }, Index { status: 1 }]).await?;
        }
        Ok(())
    }
    let db = Database::new().await;
    let mut conn = db.conn().await;
    enqueue(&mut conn, &Index { status: 1 }).await.unwrap();
    enqueue(&mut conn, &Index { status: 1 }).await.unwrap();
    assert_eq!(db.number("SELECT count(*) AS n FROM jobs").await, 1);
    let runner = Runner::new(db.pool.clone(), db.clone()).register(change_once);
    assert_eq!(runner.work_off().await.unwrap().done, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_job_and_its_waiting_twin_become_one() {
    async fn fail(db: Database, job: Index) -> anyhow::Result<()> {
        if job.status == 1 {
            enqueue(&mut *db.pool.get().await?, &job).await?;
        }
        Err(anyhow!("down"))
    }
    let db = Database::new().await;
    enqueue_all(&mut *db.conn().await, &[Index { status: 1 }, Index { status: 2 }]).await.unwrap();
    let worked_off = Runner::new(db.pool.clone(), db.clone()).register(fail).work_off().await.unwrap();
    assert_eq!(worked_off.failed.len(), 2);
    let paused = "SELECT count(*) AS n FROM jobs WHERE attempts = 1 AND run_at > now() AND leased_by IS NULL
        AND dedup_key IN ('1', '2') AND last_error = 'down'";
    assert_eq!(db.number(paused).await, 2);
    assert_eq!(db.number("SELECT count(*) AS n FROM jobs").await, 2);
    enqueue_all(&mut *db.conn().await, &[Index { status: 1 }, Index { status: 2 }]).await.unwrap();
    assert_eq!(db.number("SELECT count(*) AS n FROM jobs").await, 2, "keys are held during the pause");
}

#[derive(Serialize, Deserialize)]
struct Urgent;

impl Job for Urgent {
    const KIND: &'static str = "urgent";
    const QUEUE: Queue = Queue::DEFAULT;
    const PRIORITY: i16 = -5;
    const TIMEOUT: Duration = Duration::from_secs(10);
}

#[tokio::test(flavor = "multi_thread")]
async fn lower_priorities_go_first_and_appointments_are_kept() {
    type Order = mpsc::UnboundedSender<&'static str>;
    let db = Database::new().await;
    let (order, mut ran) = mpsc::unbounded_channel();
    let mut conn = db.conn().await;
    enqueue(&mut conn, &Effect { n: 1 }).await.unwrap();
    enqueue(&mut conn, &Urgent).await.unwrap();
    enqueue_at(&mut conn, &Urgent, chrono::Utc::now() + Duration::from_secs(1)).await.unwrap();
    let queues = stats(&mut conn).await.unwrap();
    assert_eq!((queues[0].ready, queues[0].running, queues[0].delayed), (2, 0, 1));
    assert!(queues[0].queue == "default" && queues[0].oldest_age.is_some());

    let runner = Runner::new(db.pool.clone(), order)
        .register(async |order: Order, _: Effect| Ok(order.send("effect")?))
        .register(async |order: Order, _: Urgent| Ok(order.send("urgent")?))
        .queue(Queue::DEFAULT, 1);
    let started = Instant::now();
    let running = start(runner);
    let order = [ran.recv().await.unwrap(), ran.recv().await.unwrap(), ran.recv().await.unwrap()];
    assert_eq!(order, ["urgent", "effect", "urgent"]);
    let waited = started.elapsed();
    assert!(waited > Duration::from_millis(500) && waited < Duration::from_secs(4), "{waited:?}");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_later_costs_a_claim_nothing() {
    let db = Database::new().await;
    db.run(
        "INSERT INTO jobs (kind, queue, payload, run_at)
        SELECT 'effect', 'default', '{\"n\": 0}', now() + interval '1 h' FROM generate_series(1, 5000)",
    )
    .await;
    enqueue(&mut *db.conn().await, &Effect { n: 1 }).await.unwrap();
    let worked_off = Runner::new(pool(&db.url), db.clone()).register(record).work_off().await.unwrap();
    assert_eq!(worked_off.done, 1);
    // Statistics of a session arrive when it ends.
    let index = "SELECT least(idx_scan, 1) AS n FROM pg_stat_user_indexes WHERE indexrelname = 'jobs_due'";
    db.until(index, 1).await;
    let read = "SELECT idx_tup_read AS n FROM pg_stat_user_indexes WHERE indexrelname = 'jobs_due'";
    assert!(db.number(read).await < 10);
    assert_eq!(
        db.number("SELECT seq_tup_read AS n FROM pg_stat_user_tables WHERE relname = 'jobs'").await,
        0
    );
}
