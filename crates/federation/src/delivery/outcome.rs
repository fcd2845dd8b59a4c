//! What an answer means, and how long to wait after a failure (federation.md 31.4, 31.5); pure.

use std::time::Duration;

use fetch::Posted;
use http::StatusCode;

/// What became of one try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It arrived.
    Delivered,
    /// It never will; says why.
    Dropped(String),
    /// It may later; says why, and when the host asks to be asked again.
    Later(String, Option<Duration>),
    /// The same, of a fault that this very delivery may be the cause of: others tell whether it is.
    Doubtful(String, Option<Duration>),
}

/// After so many answers of 500 it is tried whether other deliveries arrive.
const MOST_FAULTS: i32 = 7;

/// Judges an answer; `attempts` counts the tries before this one.
pub(super) fn judge(answer: Result<Posted, fetch::Error>, attempts: i32) -> Outcome {
    let posted = match answer {
        Ok(posted) => posted,
        // What a name leads to may be different tomorrow.
        Err(
            error @ (fetch::Error::Timeout
            | fetch::Error::Network(_)
            | fetch::Error::Refused(fetch::Refusal::Address(_))),
        ) => return Outcome::Later(error.to_string(), None),
        Err(error) => return Outcome::Dropped(error.to_string()),
    };
    let said = || format!("it answered {}", posted.status.as_u16());
    match posted.status.as_u16() {
        200..=299 => Outcome::Delivered,
        // Its copy of our key may be old.
        401 if attempts == 0 => Outcome::Later(said(), posted.retry_after),
        // A redirect may say that a server is being moved; following it would hand over the signature.
        300..=399 | 408 | 425 | 429 => Outcome::Later(said(), posted.retry_after),
        500 if attempts + 1 >= MOST_FAULTS => Outcome::Doubtful(said(), posted.retry_after),
        500..=599 if posted.status != StatusCode::NOT_IMPLEMENTED => {
            Outcome::Later(said(), posted.retry_after)
        }
        _ => Outcome::Dropped(said()),
    }
}

/// How long a lane rests after its n-th failure in a row.
const RESTS: [u64; 8] = [15, 60, 300, 900, 3_600, 3 * 3_600, 8 * 3_600, 24 * 3_600];
const LONGEST: Duration = Duration::from_hours(24);

/// How long a lane rests after it failed `failures` times in a row, this time included; `asked` is what the
/// host asked for. `chance` is between 0 and 1, and keeps lanes that failed together from trying together.
pub(super) fn rest(failures: i32, asked: Option<Duration>, chance: f64) -> Duration {
    if let Some(asked) = asked {
        return asked.clamp(Duration::from_secs(1), LONGEST).mul_f64(1.0 + 0.1 * chance);
    }
    let step = usize::try_from(failures.max(1) - 1).unwrap_or_default().min(RESTS.len() - 1);
    Duration::from_secs(RESTS[step]).mul_f64(1.0 + 0.5 * chance)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn after(status: u16, attempts: i32) -> Outcome {
        let status = StatusCode::from_u16(status).unwrap();
        judge(Ok(Posted { status, retry_after: None }), attempts)
    }

    #[test]
    fn success_and_permanent_failures_end_it() {
        for status in [200, 201, 202, 204] {
            assert_eq!(after(status, 0), Outcome::Delivered);
        }
        for status in [400, 402, 403, 404, 405, 406, 410, 413, 415, 418, 422, 501] {
            assert!(matches!(after(status, 0), Outcome::Dropped(_)), "{status}");
        }
    }

    #[test]
    fn temporary_failures_are_tried_again() {
        for status in [301, 302, 308, 401, 408, 425, 429, 500, 502, 503, 504, 522] {
            assert!(matches!(after(status, 0), Outcome::Later(_, None)), "{status}");
        }
        assert!(matches!(judge(Err(fetch::Error::Timeout), 3), Outcome::Later(..)));
        let elsewhere = fetch::Refusal::Address([127, 0, 0, 1].into());
        assert!(matches!(judge(Err(fetch::Error::Refused(elsewhere)), 0), Outcome::Later(..)));
        assert!(matches!(judge(Err(fetch::Error::Refused(fetch::Refusal::Scheme)), 0), Outcome::Dropped(_)));
    }

    #[test]
    fn a_refused_signature_is_tried_once_more_and_a_fault_is_looked_into() {
        assert!(matches!(after(401, 1), Outcome::Dropped(_)));
        assert!(matches!(after(500, MOST_FAULTS - 2), Outcome::Later(..)));
        assert!(matches!(after(500, MOST_FAULTS - 1), Outcome::Doubtful(..)));
        assert!(matches!(after(500, 1_000), Outcome::Doubtful(..)));
        assert!(matches!(after(503, 1_000), Outcome::Later(..)));
    }

    #[test]
    fn the_first_retry_comes_within_a_minute_and_the_last_within_two_days() {
        for chance in [0.0, 0.5, 1.0] {
            assert!((15.0..60.0).contains(&rest(1, None, chance).as_secs_f64()));
            assert!(rest(i32::MAX, None, chance) <= 2 * LONGEST);
            let steps: Vec<Duration> = (1..=8).map(|n| rest(n, None, chance)).collect();
            assert!(steps.is_sorted());
        }
        assert_eq!(rest(i32::MIN, None, 0.0), Duration::from_secs(15));
    }

    #[test]
    fn a_host_is_asked_again_when_it_wants_to_be() {
        let asked = Some(Duration::from_mins(2));
        assert!((120.0..=132.0).contains(&rest(5, asked, 1.0).as_secs_f64()));
        assert_eq!(rest(1, Some(Duration::ZERO), 0.0), Duration::from_secs(1));
        assert_eq!(rest(1, Some(Duration::from_hours(72)), 0.0), LONGEST);
    }
}
