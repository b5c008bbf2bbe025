//! Random values, most of them from the edges.

use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use uuid::{Builder, Uuid};

use crate::clock::{DAY, LAST, SECOND};

pub struct Draw(SmallRng);

const TEXTS: [&str; 22] = [
    "",
    " ",
    "plain",
    "it's \"quoted\" and \\back\\slashed\\",
    "'; DROP TABLE events; --",
    "null",
    "NaN",
    "{\"a\": 1}",
    "[1",
    "\\u0000 is not U+0000",
    "ref:workflow_run_id=550e8400-e29b-41d4-a716-446655440000",
    "天气如何？",
    "مرحبا بالعالم",
    "שלום \u{200f}עולם\u{202e}",
    "👩‍👩‍👧‍👦 🇩🇪 🤷🏽",
    "e\u{301} ≠ é",
    "\u{ffff}\u{fffe}\u{fffd}\u{feff}",
    "\u{1}\u{2}\u{7}\u{8}\t\n\u{b}\u{c}\r\u{1b}\u{1f}\u{7f}\u{80}\u{9f}",
    "\u{10ffff}\u{10000}\u{d7ff}\u{e000}",
    "line\nbreak\r\nand\ttab",
    "%s %n $1 $$ ${x} {{y}}",
    "\u{2028}\u{2029}\u{a0}\u{ad}",
];

/// As they are written in a document.
const NUMBERS: [&str; 16] = [
    "0",
    "-0",
    "-0.0",
    "1",
    "-1.50",
    "9007199254740993",
    "18446744073709551616",
    "-9223372036854775809",
    "12345678901234567890.123456789012345678901234567890",
    "0.1",
    "1e2",
    "1E400",
    "-2.5e-300",
    "1e-400",
    "3.141592653589793238462643383279502884197169399375105820974944592307816406286",
    "100000000000000000000000000000000000000000000000000000000000000000000000000001",
];

/// The same, each with escapes.
const ESCAPES: [&str; 10] = [
    r#""\u4e2d\u6587""#,
    r#""\ud83d\ude00""#,
    r#""\uD83D\uDE00 \u00e9""#,
    r#""\\u0041 \\\\""#,
    r#""\"\/\b\f\n\r\t""#,
    r#""\u001f\u007f\u0080""#,
    r#""\u0000""#,
    r#""a\u0000b\\u0000""#,
    r#""\ud800""#,
    r#""\udc00\ud83d\ud83d\ude00""#,
];

const SECONDS: [f64; 18] = [
    0.0,
    0.000001,
    0.000_000_001,
    0.01,
    0.010001,
    0.02,
    0.5,
    1.25,
    2.56,
    10.24,
    81.92,
    81.920001,
    3_600.0,
    86_400.000001,
    0.123_456_789_1,
    1e6,
    123_456_789.125,
    9_999_999_999.0,
];

impl Draw {
    pub fn seeded(seed: u64) -> Draw {
        Draw(SmallRng::seed_from_u64(seed))
    }

    pub fn chance(&mut self, probability: f64) -> bool {
        self.0.random_bool(probability)
    }

    pub fn below(&mut self, end: usize) -> usize {
        self.0.random_range(0..end)
    }

    pub fn between(&mut self, from: i64, to: i64) -> i64 {
        self.0.random_range(from..=to)
    }

    #[track_caller]
    pub fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }

    /// Never U+0000, which no Postgres text holds.
    pub fn text(&mut self) -> String {
        match self.below(10) {
            0 => {
                let length = self.below(40);
                (0..length).map(|_| self.character()).collect()
            }
            1 => self.pick(&TEXTS).repeat(self.below(30)),
            _ => self.pick(&TEXTS).to_owned(),
        }
    }

    fn character(&mut self) -> char {
        loop {
            let end = self.pick(&[0x80, 0x800, 0x1_0000, 0x11_0000]);
            if let Some(found) = char::from_u32(self.0.random_range(1..end)) {
                return found;
            }
        }
    }

    /// A document; with `anything`, also what `jsonb` itself refuses.
    pub fn json(&mut self, anything: bool) -> String {
        if self.chance(0.02) {
            let depth = 1 + self.below(400);
            let inner = self.document(3, anything);
            return if self.chance(0.5) {
                format!("{}{inner}{}", "[".repeat(depth), "]".repeat(depth))
            } else {
                format!("{}{inner}{}", "{\"a\":".repeat(depth), "}".repeat(depth))
            };
        }
        if self.chance(0.01) {
            let long = self.pick(&["wörter 中文 ", "x", "\\\\\\\""]);
            return format!("{{\"long\": \"{}\"}}", long.repeat(10_000));
        }
        self.document(0, anything)
    }

    fn document(&mut self, depth: usize, anything: bool) -> String {
        let shallow = if depth < 3 { 10 } else { 6 };
        match self.below(shallow) {
            0 => self.pick(&["true", "false"]).to_owned(),
            1 => {
                if self.chance(0.3) {
                    let digits = self.between(1, i64::MAX);
                    format!("{digits}{digits}.{digits}")
                } else {
                    self.pick(&NUMBERS).to_owned()
                }
            }
            2 => {
                let allowed = if anything { ESCAPES.len() } else { 6 };
                ESCAPES[self.below(allowed)].to_owned()
            }
            3 => "null".to_owned(),
            4 | 5 => crate::value::escaped(&self.text()),
            6 | 7 => {
                let count = self.below(4);
                let items: Vec<String> = (0..count)
                    .map(|_| self.document(depth + 1, anything))
                    .collect();
                format!("[{}]", items.join(self.pick(&[",", ", ", "\n\t, "])))
            }
            _ => {
                let count = self.below(5);
                let members: Vec<String> = (0..count)
                    .map(|_| {
                        let key = crate::value::escaped(&self.text());
                        let value = self.document(depth + 1, anything);
                        format!("{key}{}{value}", self.pick(&[":", ": ", " : "]))
                    })
                    .collect();
                format!("{{{}}}", members.join(self.pick(&[",", ", "])))
            }
        }
    }

    pub fn seconds(&mut self) -> f64 {
        if self.chance(0.5) {
            self.between(0, 100 * SECOND) as f64 / 1e6
        } else {
            self.pick(&SECONDS)
        }
    }

    /// Microseconds since 1970, up to the last day that OTLP knows.
    pub fn time(&mut self) -> i64 {
        let days = LAST / DAY;
        match self.below(6) {
            0 => 0,
            1 => LAST + self.between(0, DAY - 1),
            2 => self.between(0, days) * DAY,
            3 => self.between(0, days) * DAY - self.between(0, 1),
            4 => self.between(0, LAST),
            _ => 1_770_751_800 * SECOND + self.between(0, 30 * DAY),
        }
        .max(0)
    }

    pub fn uuid(&mut self) -> Uuid {
        if self.chance(0.3) {
            let time = self.time();
            self.v7(time.min(LAST - 2 * DAY))
        } else {
            self.v4()
        }
    }

    pub fn v4(&mut self) -> Uuid {
        Builder::from_random_bytes(self.0.random()).into_uuid()
    }

    /// Made at that time, which it tells to the millisecond.
    pub fn v7(&mut self, micros: i64) -> Uuid {
        let millis = u64::try_from(micros / 1000).expect("since 1970");
        Builder::from_unix_timestamp_millis(millis, &self.0.random()).into_uuid()
    }
}

/// The time that a version 7 UUID tells.
pub fn time_of(uuid: Uuid) -> Option<i64> {
    (uuid.get_version_num() == 7)
        .then(|| i64::try_from(uuid.as_u128() >> 80).expect("48 bits") * 1000)
}
