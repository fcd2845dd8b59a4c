//! The rest of a body that was refused.
//!
//! Who sends a large body reads the answer only afterwards. If the connection were closed at once, as it is
//! when a handler leaves a body unread, that answer (413, or 401) would be lost in a broken connection. So the
//! rest is read and thrown away, up to a limit.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http_body_util::BodyExt;
use hyper::body::{Frame, SizeHint};

/// Smaller bodies fit into the buffers of the sockets.
const SMALL: u64 = 32 * 1024;
/// Thrown away for nobody beyond this.
const MOST: usize = 64 * 1024 * 1024;
const PATIENCE: Duration = Duration::from_secs(10);

/// A body that a handler may leave, and that can be had back then.
#[derive(Clone)]
pub(crate) struct Shared(Arc<Mutex<Body>>);

impl Shared {
    /// Puts itself in the place of a large body.
    pub(crate) fn watch(request: &mut Request) -> Option<Self> {
        let headers = request.headers();
        let length = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
        if !headers.contains_key(TRANSFER_ENCODING) && length.unwrap_or(0) <= SMALL {
            return None;
        }
        let shared = Self(Arc::new(Mutex::new(std::mem::take(request.body_mut()))));
        *request.body_mut() = Body::new(shared.clone());
        Some(shared)
    }

    /// Reads what is left, within limits; errors are the sender's.
    pub(crate) async fn discard(self) {
        let mut body = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let reading = async {
            let mut read = 0;
            while let Some(Ok(frame)) = body.frame().await {
                read += frame.data_ref().map_or(0, Bytes::len);
                if read > MOST {
                    return;
                }
            }
        };
        // After that the connection breaks, as it would have without us.
        let _ = tokio::time::timeout(PATIENCE, reading).await;
    }
}

impl HttpBody for Shared {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let mut body = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Pin::new(&mut *body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).size_hint()
    }
}
