//! Exact sums of money: as whole units of 10^-21, which the 15 digits of a float8 need where it is some millionths, and what does not fit as it was told.

/// Decimals of a unit.
pub const DECIMALS: usize = 21;
/// Larger ones stay texts, so that no sum of units overflows.
const LARGEST: u128 = 1 << 96;

/// Of a number as Postgres writes a numeric that is not negative; none where it is no whole number of them, or too large.
pub fn units(text: &str) -> Option<u128> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > DECIMALS {
        return None;
    }
    let digits = format!("{whole}{fraction:0<DECIMALS$}");
    digits.parse().ok().filter(|units| *units < LARGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_whole_units_where_these_are_exact() {
        for (text, exact) in [
            ("0", Some(0)),
            ("0.000000000000000000001", Some(1)),
            ("0.0010", Some(1_000_000_000_000_000_000)),
            ("0.000142857142857143", Some(142_857_142_857_143_000)),
            ("12", Some(12_000_000_000_000_000_000_000)),
            (
                "12.500000000000000000000000",
                Some(12_500_000_000_000_000_000_000),
            ),
            ("0.0000000000000000000001", None),
            ("79228163", None),
            ("1000000000000000000000000000000000000000000", None),
        ] {
            assert_eq!(units(text), exact, "{text}");
        }
    }
}
