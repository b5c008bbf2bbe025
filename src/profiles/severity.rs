//! Whether an operation failed, and how loud its log is. The only place that decides it.

use crate::otlp::record::{Record, Source};

/// The severity of a log record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    Info,
    Warn,
    Error,
}

impl Severity {
    /// The severity text of OTLP.
    pub fn text(self) -> &'static str {
        match self {
            Severity::Info => "INFO",
            Severity::Warn => "WARN",
            Severity::Error => "ERROR",
        }
    }
}

/// An error text that says something: an empty one counts as none, everywhere.
pub fn error_text(error: Option<&str>) -> Option<&str> {
    error.filter(|text| !text.is_empty())
}

/// Whether a status and error text mean a failure: a failing status, or an error with a status that is not a good end.
pub fn failed(status: &str, error: Option<&str>) -> bool {
    match status {
        "failed" | "error" | "exception" => true,
        "succeeded" | "normal" | "stopped" | "partial-succeeded" => false,
        _ => error_text(error).is_some(),
    }
}

/// The error text of a failed operation (empty when it gave none), or `None` when it did not fail.
pub fn failure(record: &Record) -> Option<&str> {
    let (status, error) = status_and_error(record)?;
    failed(status, error).then(|| error.unwrap_or_default())
}

/// The severity of a record's log.
pub fn severity(record: &Record) -> Severity {
    let Some((status, error)) = status_and_error(record) else {
        return Severity::Info;
    };
    let warned = match &record.source {
        Source::WorkflowRun(run) => run.warned,
        Source::Moderation(check) => check.flagged,
        _ => false,
    };
    if failed(status, error) {
        Severity::Error
    } else if warned || matches!(status, "partial-succeeded" | "retry") {
        Severity::Warn
    } else {
        Severity::Info
    }
}

fn status_and_error(record: &Record) -> Option<(&str, Option<&str>)> {
    match &record.source {
        Source::WorkflowRun(run) => Some((&run.status, run.error.as_deref())),
        Source::NodeExecution(node) => Some((&node.status, node.error.as_deref())),
        Source::Message(message) => Some((&message.status, message.error.as_deref())),
        Source::RehydrationFailed(failure) => Some(("failed", Some(&failure.error))),
        // A moderation check has no status: its error text alone decides.
        source => source.operation().map(|operation| {
            let status = operation.status.as_deref().unwrap_or_default();
            (status, operation.error.as_deref())
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::otlp::sample;

    #[test]
    fn failed_by_status_or_error() {
        for (status, error, expected) in [
            ("failed", None, true),
            ("error", None, true),
            ("exception", Some(""), true),
            ("succeeded", None, false),
            ("succeeded", Some("noise"), false),
            ("normal", Some("noise"), false),
            ("stopped", Some("by user"), false),
            ("partial-succeeded", Some("one branch"), false),
            ("retry", None, false),
            ("retry", Some(""), false),
            ("retry", Some("timeout"), true),
            ("paused", Some("boom"), true),
        ] {
            assert_eq!(failed(status, error), expected, "{status} {error:?}");
        }
    }

    #[test]
    fn severity_by_status_and_warnings() {
        for (status, error, warned, expected) in [
            ("succeeded", None, false, Severity::Info),
            ("succeeded", None, true, Severity::Warn),
            ("partial-succeeded", None, false, Severity::Warn),
            ("retry", None, false, Severity::Warn),
            ("retry", Some("timeout"), false, Severity::Error),
            ("failed", Some("boom"), true, Severity::Error),
            ("stopped", None, false, Severity::Info),
        ] {
            let record = sample::run(|run| {
                run.status = status.into();
                run.error = error.map(Into::into);
                run.warned = warned;
            });
            assert_eq!(severity(&record), expected, "{status} {error:?} {warned}");
        }
        assert_eq!(severity(&sample::app()), Severity::Info);
        assert_eq!(severity(&sample::feedback(|_| ())), Severity::Info);
    }

    #[test]
    fn a_moderation_check_fails_by_its_error_and_warns_when_flagged() {
        for (error, flagged, expected) in [
            (None, false, Severity::Info),
            (Some(""), false, Severity::Info),
            (None, true, Severity::Warn),
            (Some("unreachable"), false, Severity::Error),
            (Some("unreachable"), true, Severity::Error),
        ] {
            let record = sample::moderation(|check| {
                check.operation.error = error.map(Into::into);
                check.flagged = flagged;
            });
            assert_eq!(severity(&record), expected, "{error:?} {flagged}");
        }
    }

    #[test]
    fn severity_of_operations_and_of_failed_rehydrations() {
        for (status, error, expected) in [
            ("succeeded", Some("noise"), Severity::Info),
            ("failed", None, Severity::Error),
            ("error", Some("boom"), Severity::Error),
        ] {
            let record = sample::tool(|tool| {
                tool.operation.status = Some(status.into());
                tool.operation.error = error.map(Into::into);
            });
            assert_eq!(severity(&record), expected, "{status} {error:?}");
        }
        let silent = sample::rehydration_failed(|failure| failure.error = String::new());
        assert_eq!(severity(&silent), Severity::Error);
    }

    #[test]
    fn a_failure_without_a_text_is_still_one() {
        let record = sample::message(|message| message.status = "error".into());
        assert_eq!(failure(&record), Some(""));
        assert_eq!(failure(&sample::message(|_| ())), None);
    }
}
