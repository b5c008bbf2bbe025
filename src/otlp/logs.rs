//! Records as log records: every event has one, sampled or not.

use super::record::Record;
use super::wire::{Writer, Written};
use super::{Rendering, Resource, nanos};
use crate::ids;
use crate::profiles::severity::{Severity, severity};
use crate::profiles::{dify, lineage};
use std::borrow::Borrow;

/// Of a log, in bytes: to have room for most from the beginning.
const USUAL_SIZE: usize = 2048;

/// The ExportLogsServiceRequest of the logs of `records`, in their order, or `None` when there are none.
pub fn request<R: Borrow<Record>>(
    records: &[R],
    resource: &Resource,
    rendering: &Rendering,
) -> Option<Written> {
    if records.is_empty() {
        return None;
    }
    let protobuf = super::request(resource, records.len() * USUAL_SIZE, |of_scope| {
        for record in records {
            of_scope.message(2, |log| write(log, record.borrow(), rendering));
        }
    });
    Some(Written {
        protobuf,
        records: records.len(),
    })
}

/// The fields of a LogRecord.
fn write(log: &mut Writer, record: &Record, rendering: &Rendering) {
    let name = record.kind.name();
    let severity = severity(record);
    log.fixed64(1, nanos(lineage::occurred_at(record)));
    log.varint(2, severity_number(severity));
    log.text(3, severity.text());
    log.message(5, |body| body.text(1, name));
    for (name, value) in dify::log_attributes(record, rendering.include_content).iter() {
        log.attribute(6, name, value);
    }
    if let Some(correlation_id) = record.correlation_id {
        log.bytes(9, &ids::trace_id(correlation_id).to_bytes());
        // A span id without a trace would mean nothing.
        if let Some(source) = lineage::span_source(record) {
            log.bytes(10, &ids::span_id(source, rendering.span_id_rule).to_bytes());
        }
    }
    log.fixed64(11, nanos(record.recorded_at));
    log.text(12, name);
}

/// As OTLP numbers them.
fn severity_number(severity: Severity) -> u64 {
    match severity {
        Severity::Info => 9,
        Severity::Warn => 13,
        Severity::Error => 17,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::SpanIdRule;
    use crate::otlp::any_value as told;
    use crate::otlp::sample::{self, END, MESSAGE, NODE, OUTER_RUN, RUN, START};
    use crate::otlp::traces;
    use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
    use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
    use opentelemetry_proto::tonic::common::v1::{AnyValue, any_value};
    use opentelemetry_proto::tonic::logs::v1::LogRecord;
    use prost::Message;

    const GATED: Rendering = Rendering {
        profile: crate::profiles::Profile::Dify,
        include_content: false,
        span_id_rule: SpanIdRule::UuidLow64,
        sampling_rate: 0.0,
    };

    fn logs(records: &[Record]) -> Vec<LogRecord> {
        let written = request(records, &sample::sender(), &GATED).unwrap();
        let mut request = ExportLogsServiceRequest::decode(&written.protobuf[..]).unwrap();
        let mut of = request.resource_logs.remove(0);
        of.scope_logs.remove(0).log_records
    }

    #[test]
    fn a_failed_run() {
        let record = sample::run(|run| run.status = "failed".into());
        let log = logs(&[record]).remove(0);
        assert_eq!(log.trace_id, RUN.as_bytes());
        assert_eq!(log.span_id, RUN.as_bytes()[8..]);
        assert_eq!(log.time_unix_nano, END as u64 * 1000);
        assert_eq!(log.observed_time_unix_nano, (END as u64 + 1000) * 1000);
        assert_eq!(
            (log.severity_number, log.severity_text.as_str()),
            (17, "ERROR")
        );
        assert_eq!(log.event_name, "dify.workflow.run");
        assert_eq!(log.body, Some(told("dify.workflow.run".into())));
        let error = log
            .attributes
            .iter()
            .find(|one| one.key == "dify.workflow.error")
            .unwrap();
        assert_eq!(error.value, Some(AnyValue { value: None }));
    }

    #[test]
    fn a_log_has_the_ids_of_its_span_in_nested_runs_too() {
        let mut inner = sample::run(|run| run.parent_workflow_run_id = Some(OUTER_RUN));
        inner.correlation_id = Some(OUTER_RUN);
        let all = Rendering {
            sampling_rate: 1.0,
            ..GATED
        };
        let records = [inner, sample::node(|_| ()), sample::draft(|_| ())];
        let spans = traces::request(&records, &sample::sender(), &all).unwrap();
        let spans = ExportTraceServiceRequest::decode(&spans.protobuf[..]).unwrap();
        let spans = &spans.resource_spans[0].scope_spans[0].spans;
        for (log, span) in logs(&records).iter().zip(spans) {
            assert_eq!(
                (&log.trace_id, &log.span_id),
                (&span.trace_id, &span.span_id)
            );
        }
        assert_eq!(spans.len(), records.len());
    }

    #[test]
    fn ids_of_logs_without_a_span() {
        let message = sample::message(|message| message.node_execution_id = Some(NODE));
        let logs = logs(&[message, sample::feedback(|_| ()), sample::app()]);
        assert_eq!(logs[0].trace_id, MESSAGE.as_bytes());
        assert_eq!(logs[0].span_id, NODE.as_bytes()[8..]);
        assert_eq!(logs[1].span_id, MESSAGE.as_bytes()[8..]);
        assert!(logs[2].trace_id.is_empty() && logs[2].span_id.is_empty());
    }

    #[test]
    fn a_failed_rehydration_has_a_moment_and_no_ids() {
        let unknown = sample::rehydration_failed(|failure| failure.tenant_id = None);
        let log = logs(&[unknown]).remove(0);
        assert!(log.trace_id.is_empty() && log.span_id.is_empty());
        assert_eq!(log.time_unix_nano, START as u64 * 1000);
        assert_eq!(log.severity_text, "ERROR");
        let tenant = log.attributes.iter().find(|one| one.key == "tenant_id");
        assert_eq!(tenant.unwrap().value, Some(AnyValue { value: None }));
    }

    #[test]
    fn a_truth_value_travels_as_one() {
        let log = logs(&[sample::moderation(|check| check.flagged = true)]).remove(0);
        let flagged = log
            .attributes
            .iter()
            .find(|one| one.key == "dify.moderation.flagged")
            .unwrap();
        let value = Some(any_value::Value::BoolValue(true));
        assert_eq!(flagged.value, Some(AnyValue { value }));
    }

    #[test]
    fn no_records_no_request() {
        assert_eq!(request::<Record>(&[], &sample::sender(), &GATED), None);
    }
}
