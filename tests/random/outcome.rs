//! How it went: what counts as failed, and the severity that follows.

use crate::kind::Kind;
use crate::world::Event;

/// Sent where it is not empty.
pub fn error(event: &Event) -> Option<&str> {
    event.call.text("error").filter(|text| !text.is_empty())
}

pub fn failed(event: &Event) -> bool {
    let status = event.call.text("status").unwrap_or_default();
    let fine = ["succeeded", "normal", "stopped", "partial-succeeded"].contains(&status);
    ["failed", "error", "exception"].contains(&status) || (error(event).is_some() && !fine)
}

pub fn severity(event: &Event) -> (i64, &'static str) {
    let call = &event.call;
    let status = call.text("status").unwrap_or_default();
    if failed(event) && call.kind != Kind::Feedback && !call.kind.is_app() {
        (17, "ERROR")
    } else if ["partial-succeeded", "retry"].contains(&status)
        || call.truth("flagged")
        || call
            .text("warnings")
            .is_some_and(|given| !["null", "[]", "{}"].contains(&given))
    {
        (13, "WARN")
    } else {
        (9, "INFO")
    }
}
