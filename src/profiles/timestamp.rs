//! Times in attributes: ISO 8601, UTC, `Z`.

use crate::otlp::record::Micros;

const MICROS_PER_SECOND: i64 = 1_000_000;
const SECONDS_PER_DAY: i64 = 86_400;

/// `2026-02-10T19:30:00Z`; six digits of microseconds when they are not zero.
pub fn iso8601(time: Micros) -> String {
    let seconds = time.div_euclid(MICROS_PER_SECOND);
    let micros = time.rem_euclid(MICROS_PER_SECOND);
    let (year, month, day) = civil_date(seconds.div_euclid(SECONDS_PER_DAY));
    let second = seconds.rem_euclid(SECONDS_PER_DAY);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    let mut text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
    if micros != 0 {
        text.push_str(&format!(".{micros:06}"));
    }
    text.push('Z');
    text
}

/// Year, month and day of a number of days since 1970-01-01, in the proleptic Gregorian calendar.
///
/// Years are counted from March, so that the leap day is the last one; an era is 400 years (146,097 days).
fn civil_date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468; // from 0000-03-01
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::{Duration, UNIX_EPOCH};

    #[test]
    fn known_times() {
        for (time, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (1_770_751_800_000_000, "2026-02-10T19:30:00Z"),
            (1_770_751_800_250_000, "2026-02-10T19:30:00.250000Z"),
            (1_770_751_800_000_001, "2026-02-10T19:30:00.000001Z"),
            (951_782_399_999_999, "2000-02-28T23:59:59.999999Z"),
            (951_782_400_000_000, "2000-02-29T00:00:00Z"),
            (1_709_251_199_000_000, "2024-02-29T23:59:59Z"),
            (4_107_542_400_000_000, "2100-03-01T00:00:00Z"),
            (-1, "1969-12-31T23:59:59.999999Z"),
        ] {
            assert_eq!(iso8601(time), text);
        }
    }

    proptest! {
        /// Another implementation of the calendar, the one of HTTP dates, agrees on every second it can hold.
        #[test]
        fn agrees_with_http_dates(second in 0_u64..18_429_120_000) {
            let ours = iso8601(i64::try_from(second).unwrap() * MICROS_PER_SECOND);
            let theirs = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(second));
            let month = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
                .iter().position(|name| *name == &theirs[8..11]).unwrap() + 1;
            let rebuilt = format!("{}-{month:02}-{}T{}Z", &theirs[12..16], &theirs[5..7], &theirs[17..25]);
            prop_assert_eq!(ours, rebuilt);
        }
    }
}
