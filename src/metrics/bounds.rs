//! The bucket bounds of histograms: given in seconds, compared in microseconds.

/// The bounds of `dify_observe.histogram_bounds` unless set: the ones of the GenAI convention, in seconds.
pub const DEFAULT_BOUNDS: &str =
    "0.01,0.02,0.04,0.08,0.16,0.32,0.64,1.28,2.56,5.12,10.24,20.48,40.96,81.92";

const MAX_BOUNDS: usize = 64;

/// Reads comma-separated bounds in seconds. An error says which one is wrong, and why.
pub fn parse_bounds(text: &str) -> Result<Vec<f64>, String> {
    let mut bounds: Vec<f64> = Vec::new();
    for item in text.split(',').map(str::trim) {
        let bound: f64 = item
            .parse()
            .map_err(|_| format!("bound {item:?} is not a number"))?;
        if !bound.is_finite() || bound <= 0.0 {
            return Err(format!("bound {item} is not a positive number of seconds"));
        }
        if let Some(last) = bounds.last().filter(|last| **last >= bound) {
            return Err(format!("bound {item} is not greater than {last} before it"));
        }
        bounds.push(bound);
    }
    if bounds.len() > MAX_BOUNDS {
        return Err(format!(
            "{} bounds given, at most {MAX_BOUNDS} are allowed",
            bounds.len()
        ));
    }
    Ok(bounds)
}

/// A bound in whole microseconds, rounded down: a duration is a whole number of them, so the comparison stays exact.
///
/// Taken from the decimal digits, since a product with 1e6 would put 0.07 s above 70,000 microseconds.
pub(super) fn in_micros(seconds: f64) -> i64 {
    let text = seconds.to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let digits: String = fraction
        .chars()
        .chain(std::iter::repeat('0'))
        .take(6)
        .collect();
    // A bound too large for i64 is above every duration.
    format!("{whole}{digits}").parse().unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_default_is_valid() {
        let bounds = parse_bounds(DEFAULT_BOUNDS).unwrap();
        assert_eq!(bounds.len(), 14);
        assert_eq!(bounds.first(), Some(&0.01));
        assert_eq!(bounds.last(), Some(&81.92));
    }

    #[test]
    fn what_is_refused() {
        for (text, reason) in [
            ("", "not a number"),
            ("1,,2", "not a number"),
            ("1,two", "two"),
            ("0,1", "positive"),
            ("-1", "positive"),
            ("1,inf", "positive"),
            ("NaN", "positive"),
            ("1,1", "not greater"),
            ("2,1", "not greater than 2"),
        ] {
            let error = parse_bounds(text).unwrap_err();
            assert!(error.contains(reason), "{text}: {error}");
        }
        let many = |count: u32| (1..=count).map(|n| n.to_string()).collect::<Vec<_>>();
        assert!(parse_bounds(&many(64).join(",")).is_ok());
        assert!(parse_bounds(&many(65).join(",")).is_err());
    }

    #[test]
    fn micros_are_those_of_the_decimal_text() {
        for (seconds, micros) in [
            (0.07, 70_000),
            (0.01, 10_000),
            (81.92, 81_920_000),
            (1.0, 1_000_000),
            (0.000_000_9, 0),
            (1.000_001_9, 1_000_001),
            (1e300, i64::MAX),
            (f64::MIN_POSITIVE, 0),
        ] {
            assert_eq!(in_micros(seconds), micros, "{seconds}");
        }
    }

    proptest! {
        #[test]
        fn exact_for_whole_microseconds(micros in 0_i64..1_000_000_000_000) {
            let seconds: f64 = format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000).parse().unwrap();
            prop_assert_eq!(in_micros(seconds), micros);
        }

        #[test]
        fn never_panics(text: String) {
            let _ = parse_bounds(&text);
        }
    }
}
