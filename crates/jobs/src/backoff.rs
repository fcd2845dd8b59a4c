//! How long to wait before trying again.

use std::time::Duration;

const FIRST: Duration = Duration::from_secs(15);
const LONGEST: Duration = Duration::from_hours(6);

/// 15 s after the first attempt, twice as long after each further one, at most 6 h.
pub const fn exponential(attempt: i32) -> Duration {
    if attempt <= 1 {
        return FIRST;
    }
    if attempt > 12 {
        return LONGEST;
    }
    let pause = Duration::from_secs(FIRST.as_secs() << (attempt - 1));
    if pause.as_secs() > LONGEST.as_secs() { LONGEST } else { pause }
}

/// `pause` ± a fifth, so that what failed together is not tried together.
pub(crate) fn jittered(pause: Duration) -> Duration {
    pause.mul_f64(rand::random_range(0.8..1.2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_up_to_a_limit() {
        let seconds: Vec<u64> =
            [i32::MIN, 0, 1, 2, 3, 11, 12, i32::MAX].map(|n| exponential(n).as_secs()).into();
        assert_eq!(seconds, [15, 15, 15, 30, 60, 15_360, 21_600, 21_600]);
    }

    #[test]
    fn jitter_stays_within_a_fifth() {
        for _ in 0..1000 {
            let pause = jittered(Duration::from_secs(100)).as_secs_f64();
            assert!((80.0..=120.0).contains(&pause), "{pause}");
        }
    }
}
