//! Times as microseconds since 1970, and how they are spelled.

pub const SECOND: i64 = 1_000_000;
pub const DAY: i64 = 86_400 * SECOND;
/// 2553-12-31 00:00 UTC: the last day that fits into the nanoseconds of OTLP.
pub const LAST: i64 = 213_301 * DAY;

/// `2026-02-10T19:30:00.000001Z`, with a fraction only where there is one.
pub fn utc(micros: i64) -> String {
    let (year, month, day) = civil(micros.div_euclid(DAY));
    let of_day = micros.rem_euclid(DAY);
    let seconds = of_day / SECOND;
    let fraction = match of_day % SECOND {
        0 => String::new(),
        some => format!(".{some:06}"),
    };
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}{fraction}Z",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}

/// The same moment as a clock two hours ahead shows it.
pub fn two_hours_ahead(micros: i64) -> String {
    utc(micros + 7_200 * SECOND).replace('Z', "+02:00")
}

/// What `utc` spells, with any number of fraction digits up to six.
pub fn read_utc(text: &str) -> Option<i64> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let mut parts = date.split('-').map(str::parse::<i64>);
    let (year, month, day) = (
        parts.next()?.ok()?,
        parts.next()?.ok()?,
        parts.next()?.ok()?,
    );
    let (clock, fraction) = time.split_once('.').unwrap_or((time, ""));
    let mut parts = clock.split(':').map(str::parse::<i64>);
    let seconds = parts.next()?.ok()? * 3600 + parts.next()?.ok()? * 60 + parts.next()?.ok()?;
    if fraction.len() > 6 {
        return None;
    }
    let micros: i64 = format!("{fraction:0<6}").parse().ok()?;
    Some(days(year, month, day) * DAY + seconds * SECOND + micros)
}

/// Days since 1970 of a date, counted in years that begin in March.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let march_based = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march_based + 2) / 5 + 1;
    let month = (march_based + 2) % 12 + 1;
    (era * 400 + year + i64::from(month <= 2), month, day)
}
