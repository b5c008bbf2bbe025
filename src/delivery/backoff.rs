//! How long to wait before the next attempt.

use std::time::Duration;

const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(60);

/// Before trying again what a change of settings or a person has to put right.
pub const HELD: Duration = LONGEST;

/// The wait after `failures` failed attempts in a row (1 or more): 1 s, doubling to 60 s, of which `jitter` (0 to 1)
/// keeps between a half and all. A longer wait that the server asked for wins.
pub fn delay(failures: u32, jitter: f64, server: Option<Duration>) -> Duration {
    let factor = 2_u32.saturating_pow(failures.saturating_sub(1));
    let full = FIRST.saturating_mul(factor).min(LONGEST);
    let jitter = if (0.0..=1.0).contains(&jitter) {
        jitter
    } else {
        1.0
    };
    let ours = full.mul_f64(0.5 + 0.5 * jitter);
    server.map_or(ours, |server| server.max(ours))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn doubles_to_a_minute() {
        for (failures, seconds) in [
            (0, 1),
            (1, 1),
            (2, 2),
            (3, 4),
            (6, 32),
            (7, 60),
            (33, 60),
            (u32::MAX, 60),
        ] {
            let full = Duration::from_secs(seconds);
            assert_eq!(delay(failures, 1.0, None), full, "{failures}");
            assert_eq!(delay(failures, 0.0, None), full / 2, "{failures}");
        }
        assert_eq!(delay(2, 0.5, None), Duration::from_millis(1500));
    }

    #[test]
    fn a_server_can_only_lengthen_it() {
        let seconds = Duration::from_secs;
        assert_eq!(delay(3, 1.0, Some(seconds(90))), seconds(90));
        assert_eq!(delay(3, 1.0, Some(seconds(1))), seconds(4));
    }

    proptest! {
        #[test]
        fn stays_in_its_bounds(failures: u32, jitter: f64) {
            let delay = delay(failures, jitter, None);
            prop_assert!((FIRST / 2..=LONGEST).contains(&delay));
        }
    }
}
