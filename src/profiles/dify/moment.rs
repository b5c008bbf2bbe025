//! The attributes of what happened at one moment.

use super::put_content;
use crate::otlp::record::{AppChange, EventKind, FeedbackChange, RehydrationFailure};
use crate::profiles::attribute::Attributes;
use crate::profiles::content::Content;
use crate::profiles::timestamp::iso8601;

pub(super) fn app(log: &mut Attributes, kind: EventKind, app: &AppChange) {
    log.put("dify.app_id", app.app_id);
    let when = match kind {
        EventKind::AppUpdated => "dify.app.updated_at",
        EventKind::AppDeleted => "dify.app.deleted_at",
        _ => {
            log.put("dify.app.mode", app.mode.as_deref());
            "dify.app.created_at"
        }
    };
    log.put(when, iso8601(app.at));
}

pub(super) fn feedback(log: &mut Attributes, feedback: &FeedbackChange, content: &Content) {
    log.put("dify.app_id", feedback.app_id);
    log.put("dify.message.id", feedback.message_id);
    log.put("dify.feedback.rating", feedback.rating.as_deref());
    put_content(log, content, "dify.feedback.content", || {
        feedback.content.clone()
    });
    log.put("dify.feedback.created_at", iso8601(feedback.at));
}

pub(super) fn rehydration_failed(log: &mut Attributes, failure: &RehydrationFailure) {
    log.put("dify.telemetry.error", failure.error.as_str());
    let payload_type = failure.payload_type.as_str();
    log.put("dify.telemetry.payload_type", payload_type);
    log.put("dify.telemetry.correlation_id", failure.correlation_id);
}
