//! Which traces are sent: one decision for a whole trace, the same everywhere and after every restart.

use uuid::Uuid;

const RANDOM_BITS: u32 = 56;

/// Whether the spans of a trace are sent at a rate between 0 and 1.
///
/// Only the low 56 bits count: they are random in UUIDs of version 4 and 7 alike, the high ones are a clock in the latter.
pub fn keep(trace_id: Uuid, rate: f64) -> bool {
    let (_, low) = trace_id.as_u64_pair();
    let fraction = low & ((1 << RANDOM_BITS) - 1);
    // Scaling by a power of two is exact; the cast saturates, and gives 0 for what is not a number.
    let threshold = (rate * (1_u64 << RANDOM_BITS) as f64).ceil() as u64;
    fraction < threshold
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn boundaries() {
        let trace = |low: u128| Uuid::from_u128((0xffff << 64) | (0xa7 << 56) | low);
        let last = (1 << 56) - 1;
        for (low, rate, kept) in [
            (0, 0.0, false),
            (last, 1.0, true),
            (last, 0.999_999, false),
            (0, 1e-18, true),
            (1 << 55, 0.5, false),
            ((1 << 55) - 1, 0.5, true),
            (0, f64::NAN, false),
            (0, -1.0, false),
            (last, 7.0, true),
        ] {
            assert_eq!(keep(trace(low), rate), kept, "{low} {rate}");
        }
    }

    #[test]
    fn half_the_traces_whatever_the_version_of_their_ids() {
        let random: [fn(u64) -> Uuid; 2] = [
            |seed| {
                let bits = u128::from(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
                uuid::Builder::from_u128((bits << 64) | bits).into_uuid()
            },
            |seed| {
                let bits = u128::from(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15)) * 0x1_0001;
                let bytes = (bits & ((1 << 80) - 1)).to_be_bytes();
                let random: [u8; 10] = bytes[6..].try_into().unwrap();
                uuid::Builder::from_unix_timestamp_millis(1_770_751_800_000, &random).into_uuid()
            },
        ];
        for make in random {
            let kept = (1..=2000).filter(|seed| keep(make(*seed), 0.5)).count();
            assert!((900..=1100).contains(&kept), "{kept}");
        }
    }

    proptest! {
        #[test]
        fn a_higher_rate_keeps_what_a_lower_one_keeps(id: u128, a in 0.0..=1.0, b in 0.0..=1.0) {
            let id = Uuid::from_u128(id);
            let (low, high) = if a < b { (a, b) } else { (b, a) };
            prop_assert!(!keep(id, low) || keep(id, high));
            prop_assert!(keep(id, 1.0));
            prop_assert!(!keep(id, 0.0));
        }
    }
}
