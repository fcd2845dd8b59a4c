//! Passwords: argon2id (RFC 9106), away from the threads that answer requests.

use std::sync::LazyLock;
use std::time::Duration;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::{Error, Result};

/// Shortest password accepted, in characters.
pub const MIN_CHARS: usize = 8;
/// Longest password accepted, in characters.
pub const MAX_CHARS: usize = 128;

/// A hash that nobody's password has, of the same cost as real ones: checked when there is no such user, so
/// that the time of an answer does not tell.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGlzIGhlcmUhIQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Each computation takes 19 MiB and a core for tens of milliseconds, so only so many run at once.
static ROOM: LazyLock<Semaphore> =
    LazyLock::new(|| Semaphore::new(std::thread::available_parallelism().map_or(2, usize::from).clamp(1, 8)));

/// Waits for a turn, but not so long that the caller has gone away.
async fn turn() -> Result<SemaphorePermit<'static>> {
    match tokio::time::timeout(Duration::from_secs(5), ROOM.acquire()).await {
        Ok(Ok(permit)) => Ok(permit),
        _ => Err(Error::Busy),
    }
}

async fn compute<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let permit = turn().await?;
    let handle = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        work()
    });
    handle.await.map_err(|error| Error::Internal(error.into()))
}

/// The hash to store, as a PHC string with a salt of its own.
pub async fn hash(password: &str) -> Result<String> {
    let password = password.to_owned();
    compute(move || {
        Argon2::default().hash_password(password.as_bytes()).map(|hash: PasswordHash| hash.to_string())
    })
    .await?
    .map_err(|error| Error::Internal(anyhow::anyhow!("a password was not hashed: {error}")))
}

/// Whether this is the password with this hash. Without a hash it takes the same time and says no.
pub async fn verify(password: &str, hash: Option<&str>) -> Result<bool> {
    if password.chars().count() > MAX_CHARS {
        return Ok(false);
    }
    let (password, known) = (password.to_owned(), hash.is_some());
    let hash = hash.unwrap_or(NOBODY).to_owned();
    let matches = compute(move || {
        PasswordHash::new(&hash)
            .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
    })
    .await?;
    Ok(matches && known)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_matches_its_hash_alone() {
        let hash = hash("correct horse").await.unwrap();
        assert!(hash.starts_with("$argon2id$"), "{hash}");
        assert!(verify("correct horse", Some(&hash)).await.unwrap());
        assert!(!verify("correct horsf", Some(&hash)).await.unwrap());
        assert!(!verify("correct horse", None).await.unwrap());
        assert!(!verify("correct horse", Some("nonsense")).await.unwrap());
        assert!(!verify(&"x".repeat(MAX_CHARS + 1), Some(&hash)).await.unwrap());
    }

    #[tokio::test]
    async fn nobody_costs_as_much_as_somebody() {
        let real = hash("correct horse").await.unwrap();
        let parameters = |text: &str| {
            let hash = PasswordHash::new(text).unwrap();
            (hash.algorithm.to_string(), hash.version, hash.params.to_string(), hash.hash.unwrap().len())
        };
        assert_eq!(parameters(&real), parameters(NOBODY));
    }
}
