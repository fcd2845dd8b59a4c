//! Waiting for what happens in the background.

use std::time::Duration;

use tokio::time::{Instant, sleep};

/// How long things may take on a busy machine; when all is well they take milliseconds.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Asks again and again until there is an answer, and panics with `what` if there is none in time.
pub async fn eventually<T, F: Future<Output = Option<T>>>(what: &str, mut ask: impl FnMut() -> F) -> T {
    let deadline = Instant::now() + PATIENCE;
    let mut pause = Duration::from_millis(10);
    loop {
        if let Some(found) = ask().await {
            return found;
        }
        assert!(Instant::now() < deadline, "not within {PATIENCE:?}: {what}");
        sleep(pause).await;
        pause = (pause * 3 / 2).min(Duration::from_millis(250));
    }
}

/// Asks for a while, and panics with `what` if it happens after all. Where something else is known to come
/// later than it, wait for that instead.
pub async fn never<F: Future<Output = bool>>(what: &str, mut ask: impl FnMut() -> F) {
    for _ in 0..8 {
        assert!(!ask().await, "it happened: {what}");
        sleep(Duration::from_millis(125)).await;
    }
}
