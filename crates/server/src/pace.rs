//! Bodies that come too slowly, or not at all.
//!
//! Who announces a body and keeps it back costs a task and a connection, and must not be thought of as served:
//! the body breaks off, and the request is answered with 408, whatever its handler made of that.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use hyper::body::{Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};

/// Bytes a second that a body must have come with on the whole, after its patience.
const SLOWEST: u64 = 1024;

/// How a body stands, seen from outside.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pace(Arc<State>);

#[derive(Debug, Default)]
struct State {
    waiting: AtomicBool,
    broken_off: AtomicBool,
}

impl Pace {
    /// Puts itself around the body; nothing may come for `patience`.
    pub(crate) fn watch(request: &mut Request, patience: Duration) -> Self {
        let pace = Self::default();
        if !request.body().is_end_stream() {
            let inner = std::mem::take(request.body_mut());
            let paced = Paced { inner, pace: pace.clone(), patience, begun: None, received: 0, alarm: None };
            *request.body_mut() = Body::new(paced);
        }
        pace
    }

    /// Whether somebody waits for more of the body at this moment.
    pub(crate) fn is_waiting(&self) -> bool {
        self.0.waiting.load(Ordering::Relaxed)
    }

    /// Whether the body came too slowly and was given up.
    pub(crate) fn is_broken_off(&self) -> bool {
        self.0.broken_off.load(Ordering::Relaxed)
    }
}

struct Paced {
    inner: Body,
    pace: Pace,
    patience: Duration,
    /// When somebody began to read.
    begun: Option<Instant>,
    received: u64,
    /// Set while nothing is there.
    alarm: Option<Pin<Box<Sleep>>>,
}

impl Paced {
    /// When the next piece must be there: soon, and in time for the whole.
    fn due(&mut self) -> Instant {
        let now = Instant::now();
        let begun = *self.begun.get_or_insert(now);
        let for_all = Duration::from_secs(self.received / SLOWEST);
        (now + self.patience).min(begun + self.patience + for_all)
    }
}

impl HttpBody for Paced {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = self.get_mut();
        let state = Arc::clone(&this.pace.0);
        if let Poll::Ready(frame) = Pin::new(&mut this.inner).poll_frame(context) {
            this.begun.get_or_insert_with(Instant::now);
            this.alarm = None;
            state.waiting.store(false, Ordering::Relaxed);
            if let Some(Ok(frame)) = &frame {
                this.received += frame.data_ref().map_or(0, |data| data.len() as u64);
            }
            return Poll::Ready(frame);
        }
        state.waiting.store(true, Ordering::Relaxed);
        if this.alarm.is_none() {
            this.alarm = Some(Box::pin(sleep_until(this.due())));
        }
        let rang = this.alarm.as_mut().is_some_and(|alarm| alarm.as_mut().poll(context).is_ready());
        if !rang {
            return Poll::Pending;
        }
        state.broken_off.store(true, Ordering::Relaxed);
        Poll::Ready(Some(Err(axum::Error::new("the body came too slowly"))))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use axum::body::to_bytes;
    use futures::StreamExt;
    use tokio::time::sleep;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(10);

    /// A body of so many pieces, each after a pause, and never an end.
    fn body(pieces: usize, size: usize, pause: Duration) -> Body {
        let pieces = futures::stream::iter(0..pieces).then(move |_| async move {
            sleep(pause).await;
            Ok::<_, std::io::Error>(Bytes::from(vec![b'x'; size]))
        });
        Body::from_stream(pieces.chain(futures::stream::pending()))
    }

    /// After how many seconds a body breaks off, and how much of it was read.
    async fn read(body: Body) -> u64 {
        let mut request = Request::new(body);
        let pace = Pace::watch(&mut request, PATIENCE);
        let begun = Instant::now();
        assert!(to_bytes(request.into_body(), usize::MAX).await.is_err());
        assert!(pace.is_broken_off() && pace.is_waiting());
        begun.elapsed().as_secs()
    }

    #[tokio::test(start_paused = true)]
    async fn what_does_not_come_is_not_waited_for() {
        assert_eq!(read(body(0, 0, Duration::ZERO)).await, 10);
        // A byte now and then is as good as nothing.
        assert_eq!(read(body(100, 1, Duration::from_secs(3))).await, 10);
        // What comes well enough is waited for, until it stops.
        assert_eq!(read(body(40, 4096, Duration::from_secs(2))).await, 90);
    }

    #[tokio::test(start_paused = true)]
    async fn what_comes_is_left_alone() {
        let mut request = Request::new(Body::from("abc"));
        let pace = Pace::watch(&mut request, PATIENCE);
        assert_eq!(to_bytes(request.into_body(), 9).await.unwrap(), "abc");
        assert!(!pace.is_broken_off() && !pace.is_waiting());
        let mut request = Request::new(Body::empty());
        assert!(!Pace::watch(&mut request, PATIENCE).is_waiting());
    }
}
