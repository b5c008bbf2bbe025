//! Records as spans.

use super::record::Record;
use super::wire::{Writer, Written};
use super::{Rendering, Resource, nanos, sampling, scope};
use crate::ids;
use crate::profiles::Ended;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans};
use std::borrow::Borrow;

/// The W3C flag of a trace that is sent.
const SAMPLED: u32 = 1;
/// The kind of a span, and how it ended, as OTLP numbers them.
const INTERNAL: u64 = 1;
const OK: u64 = 1;
const ERROR: u64 = 2;
/// Of a span, in bytes: to have room for most from the beginning.
const USUAL_SIZE: usize = 1024;

/// The ExportTraceServiceRequest of the spans of `records`, in their order, or `None` when there is nothing to send.
///
/// Left out: records without a span or a trace, and those of traces that are not sampled.
pub fn request<R: Borrow<Record>>(
    records: &[R],
    resource: &Resource,
    rendering: &Rendering,
) -> Option<Written> {
    let mut spans = 0;
    let protobuf = super::request(resource, records.len() * USUAL_SIZE, |of_scope| {
        for record in records {
            spans += usize::from(span(of_scope, record.borrow(), rendering).is_some());
        }
    });
    (spans > 0).then_some(Written {
        protobuf,
        records: spans,
    })
}

/// A request that tells who sends, and no span. Some receivers refuse one without even that.
pub fn without_spans(resource: &Resource) -> ExportTraceServiceRequest {
    ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            resource: Some(resource.message()),
            scope_spans: vec![ScopeSpans {
                scope: Some(scope()),
                ..Default::default()
            }],
            ..Default::default()
        }],
    }
}

/// Writes the record's span, if it has one.
fn span(of_scope: &mut Writer, record: &Record, rendering: &Rendering) -> Option<()> {
    let correlation_id = record.correlation_id?;
    if !sampling::keep(correlation_id, rendering.sampling_rate) {
        return None;
    }
    let told = rendering.profile.span(record, rendering.include_content)?;
    let span_id = |id| ids::span_id(id, rendering.span_id_rule).to_bytes();
    let end = nanos(told.end);
    of_scope.message(2, |span| {
        span.bytes(1, &ids::trace_id(correlation_id).to_bytes());
        span.bytes(2, &span_id(told.source));
        if let Some(parent) = told.parent {
            span.bytes(4, &span_id(parent));
        }
        span.text(5, &told.name);
        span.varint(6, INTERNAL);
        span.fixed64(7, nanos(told.start));
        span.fixed64(8, end);
        for (name, value) in told.attributes.iter() {
            span.attribute(9, name, value);
        }
        if let Ended::Failed(error) = &told.ended
            && told.exception
        {
            span.message(11, |event| exception(event, end, error));
        }
        match &told.ended {
            Ended::Unset => (),
            Ended::Well => span.message(15, |status| status.varint(3, OK)),
            Ended::Failed(error) => span.message(15, |status| {
                status.text(2, error);
                status.varint(3, ERROR);
            }),
        }
        span.fixed32(16, SAMPLED);
    });
    Some(())
}

/// A failure in the form in which backends look for one.
fn exception(event: &mut Writer, at: u64, error: &str) {
    event.fixed64(1, at);
    event.text(2, "exception");
    event.attribute(3, "exception.type", &"error".into());
    event.attribute(3, "exception.message", &error.into());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::SpanIdRule;
    use crate::otlp::sample::{self, NODE, OUTER_NODE, OUTER_RUN, RUN, START};
    use crate::profiles::Profile;
    use opentelemetry_proto::tonic::trace::v1::Span;
    use prost::Message;

    const ALL: Rendering = Rendering {
        profile: Profile::Dify,
        include_content: true,
        span_id_rule: SpanIdRule::Sha256,
        sampling_rate: 1.0,
    };

    fn spans(records: &[Record], rendering: &Rendering) -> Vec<Span> {
        request(records, &sample::sender(), rendering).map_or_else(Vec::new, |written| {
            let mut request = ExportTraceServiceRequest::decode(&written.protobuf[..]).unwrap();
            let spans = request.resource_spans.remove(0).scope_spans.remove(0).spans;
            assert_eq!(spans.len(), written.records);
            spans
        })
    }

    fn id(id: uuid::Uuid) -> Vec<u8> {
        ids::span_id(id, SpanIdRule::Sha256).to_bytes().to_vec()
    }

    #[test]
    fn a_run_and_its_node() {
        let spans = spans(&[sample::run(|_| ()), sample::node(|_| ())], &ALL);
        let [run, node] = &spans[..] else {
            panic!("{spans:?}")
        };
        assert_eq!(run.trace_id, RUN.as_bytes());
        assert_eq!(run.span_id, 0xa3a9_e1ed_9732_cab2_u64.to_be_bytes());
        assert!(run.parent_span_id.is_empty());
        assert_eq!(run.name, "dify.workflow.run");
        assert_eq!(run.kind, 1);
        assert_eq!(run.status, None);
        assert_eq!(run.start_time_unix_nano, START as u64 * 1000);
        assert_eq!(run.end_time_unix_nano, (START as u64 + 1_250_000) * 1000);
        assert_eq!(node.trace_id, run.trace_id);
        assert_eq!(node.parent_span_id, run.span_id);
        assert_eq!(node.name, "dify.node.execution");
    }

    #[test]
    fn an_inner_run_is_a_child_in_the_outer_trace() {
        let mut inner = sample::run(|run| {
            run.parent_workflow_run_id = Some(OUTER_RUN);
            run.parent_node_execution_id = Some(OUTER_NODE);
        });
        inner.correlation_id = Some(OUTER_RUN);
        let spans = spans(&[inner], &ALL);
        assert_eq!(spans[0].trace_id, OUTER_RUN.as_bytes());
        assert_eq!(spans[0].parent_span_id, id(OUTER_NODE));
    }

    #[test]
    fn a_draft_is_a_root_of_its_own() {
        let spans = spans(&[sample::draft(|_| ())], &ALL);
        assert_eq!(spans[0].trace_id, NODE.as_bytes());
        assert!(spans[0].parent_span_id.is_empty());
    }

    #[test]
    fn failures_carry_their_error() {
        let failed = sample::node(|node| {
            node.status = "exception".into();
            node.error = Some("boom".into());
        });
        let stopped = sample::run(|run| {
            run.status = "stopped".into();
            run.error = Some("by user".into());
        });
        let spans = spans(&[failed, stopped], &ALL);
        let status = spans[0].status.as_ref().unwrap();
        assert_eq!((status.code, status.message.as_str()), (2, "boom"));
        assert_eq!(spans[1].status, None);
    }

    #[test]
    fn nothing_to_send_is_no_request() {
        let none = Rendering {
            sampling_rate: 0.0,
            ..ALL
        };
        assert_eq!(
            request(&[sample::run(|_| ())], &sample::sender(), &none),
            None
        );
        let logs_only = [
            sample::message(|_| ()),
            sample::app(),
            sample::feedback(|_| ()),
            sample::tool(|_| ()),
            sample::rehydration_failed(|_| ()),
        ];
        assert_eq!(request(&logs_only, &sample::sender(), &ALL), None);
        assert_eq!(request::<Record>(&[], &sample::sender(), &ALL), None);
    }

    #[test]
    fn resource_and_scope() {
        let written = request(&[sample::run(|_| ())], &sample::sender(), &ALL).unwrap();
        let request = ExportTraceServiceRequest::decode(&written.protobuf[..]).unwrap();
        let of = &request.resource_spans[0];
        let attributes = &of.resource.as_ref().unwrap().attributes;
        let names: Vec<_> = attributes.iter().map(|one| one.key.as_str()).collect();
        assert_eq!(names, ["service.name", "host.name", "service.instance.id"]);
        let scope = of.scope_spans[0].scope.as_ref().unwrap();
        assert_eq!(scope.name, "dify.enterprise");
        assert_eq!(scope.version, env!("CARGO_PKG_VERSION"));
    }
}
