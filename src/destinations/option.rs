//! The options there are, and what each may be.

use super::{Given, value};
use crate::otlp::signal::Signal;
use crate::profiles::connection::Backend;
use crate::transport::endpoint::Endpoint;
use crate::transport::headers;
use crate::transport::protocol::Protocol;
use std::time::Duration;
use uuid::Uuid;

/// An option's name and what its value must be; the text says what is allowed.
pub type Known = (&'static str, fn(&str) -> Result<(), String>);

/// Readable by everyone: nothing secret.
pub const SERVER: &[Known] = &[
    ("profile", |text| Backend::parse(text).map(|_| ())),
    ("project", not_empty),
    ("workspace", not_empty),
    ("endpoint", |text| {
        Endpoint::parse(text, Protocol::Http).map(|_| ())
    }),
    ("protocol", |text| Protocol::parse(text).map(|_| ())),
    ("signals", |text| signals(text).map(|_| ())),
    ("tenant_id", id),
    ("app_id", id),
    ("include_content", |text| {
        known(boolean(text), "allowed are true and false")
    }),
    ("sampling_rate", |text| {
        let rate = text
            .parse::<f64>()
            .ok()
            .filter(|rate| (0.0..=1.0).contains(rate));
        known(rate, "allowed is a number from 0 to 1")
    }),
    ("compression", |text| {
        known(
            ["gzip", "none"].contains(&text).then_some(()),
            "allowed are gzip and none",
        )
    }),
    ("timeout", |text| {
        known(
            duration(text),
            "allowed is a time from 100ms to 600s, such as 10s; without a unit, milliseconds",
        )
    }),
    ("ca_file", not_empty),
    ("start_at", not_empty),
    ("enabled", |text| {
        known(boolean(text), "allowed are true and false")
    }),
];

/// Shown to the owner of the server alone.
pub const USER_MAPPING: &[Known] = &[
    ("headers", |text| {
        headers::parse(text, None, Protocol::Http).map(|_| ())
    }),
    ("api_key", |text| {
        headers::parse("", Some(text), Protocol::Http).map(|_| ())
    }),
    ("api_key_file", not_empty),
    ("public_key", not_empty),
    ("secret_key", not_empty),
    ("space_id", not_empty),
    ("username", |text| {
        headers::set_basic(&mut Vec::new(), text, "")
    }),
    ("password", |text| {
        headers::set_basic(&mut Vec::new(), "", text)
    }),
];

/// What is wrong with options.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// There is no such option here; `elsewhere` when there is one in the other place.
    Unknown {
        name: String,
        elsewhere: bool,
    },
    Missing(&'static str),
    /// Never repeats the value.
    Value {
        name: String,
        why: String,
    },
    /// Only one of these.
    Several(&'static str),
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Fault::Unknown { name, .. } => write!(f, "invalid option \"{name}\""),
            Fault::Missing(name) => write!(f, "option \"{name}\" is required"),
            Fault::Value { name, why } => write!(f, "option \"{name}\": {why}"),
            Fault::Several(names) => write!(f, "only one of these can be given: {names}"),
        }
    }
}

/// Checks names and values of one place.
pub fn check(place: &'static [Known], given: &Given) -> Result<(), Fault> {
    for (name, text) in given {
        let Some((_, allows)) = place.iter().find(|(known, _)| known == name) else {
            let both = SERVER.iter().chain(USER_MAPPING);
            return Err(Fault::Unknown {
                name: name.clone(),
                elsewhere: both.into_iter().any(|(known, _)| known == name),
            });
        };
        allows(text).map_err(|why| Fault::Value {
            name: name.clone(),
            why,
        })?;
    }
    let credentials = ["api_key", "api_key_file", "public_key", "username"];
    let named = credentials
        .iter()
        .filter(|name| value(given, name).is_some());
    if named.count() > 1 {
        return Err(Fault::Several(
            "api_key, api_key_file, public_key, username",
        ));
    }
    Ok(())
}

fn known<T>(found: Option<T>, allowed: &str) -> Result<(), String> {
    found.map(|_| ()).ok_or_else(|| allowed.to_owned())
}

fn not_empty(text: &str) -> Result<(), String> {
    known((!text.trim().is_empty()).then_some(()), "it is empty")
}

fn id(text: &str) -> Result<(), String> {
    let id = Uuid::parse_str(text).ok().filter(|id| !id.is_nil());
    known(id, "allowed is a UUID")
}

/// A list such as `traces,logs`, in any order; comes out in the order in which signals are shown.
pub(super) fn signals(text: &str) -> Result<Vec<Signal>, String> {
    let allowed = || "allowed is a list of traces, logs and metrics".to_owned();
    let names: Vec<_> = text.split(',').map(str::trim).collect();
    let unknown = |name: &&str| !Signal::ALL.iter().any(|signal| signal.name() == *name);
    if names.iter().any(unknown) {
        return Err(allowed());
    }
    let chosen = |signal: &Signal| names.contains(&signal.name());
    Ok(Signal::ALL.into_iter().filter(chosen).collect())
}

/// As Postgres reads booleans.
pub(super) fn boolean(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "on" | "yes" | "1" => Some(true),
        "false" | "off" | "no" | "0" => Some(false),
        _ => None,
    }
}

/// A whole number of ms, s or min, as settings are written.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let number: u64 = text.get(..digits)?.parse().ok()?;
    let unit = match text.get(digits..)?.trim() {
        "" | "ms" => 1,
        "s" => 1000,
        "min" => 60_000,
        _ => return None,
    };
    let milliseconds = number.checked_mul(unit)?;
    (100..=600_000)
        .contains(&milliseconds)
        .then(|| Duration::from_millis(milliseconds))
}
