//! The id of the request on whose behalf something happens; it travels into the jobs that the request causes, and
//! from them into theirs.

use std::sync::Arc;

tokio::task_local! {
    static CURRENT: Arc<str>;
}

/// Runs `future` on behalf of the request `id`. A task spawned inside does not inherit it.
pub async fn scope<F: Future>(id: impl Into<Arc<str>>, future: F) -> F::Output {
    CURRENT.scope(id.into(), future).await
}

/// The id given to the innermost [`scope`], if any.
pub fn current() -> Option<Arc<str>> {
    CURRENT.try_with(Arc::clone).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn is_known_inside_its_scope_only() {
        assert_eq!(current(), None);
        let (outer, inner) = scope("a", async { (current(), scope("b", async { current() }).await) }).await;
        assert_eq!((outer.as_deref(), inner.as_deref()), (Some("a"), Some("b")));
        assert_eq!(current(), None);
    }
}
