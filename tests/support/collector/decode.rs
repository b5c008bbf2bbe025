//! OTLP, protobuf or JSON, to flat pictures. Strict: whatever OTLP forbids is an error, so that a test sees it.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::InstrumentationScope;
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{Span, Status, span, status};
use prost::Message;
use serde::de::DeserializeOwned;

use super::attributes::{hex, read, value};
use super::json;
use super::points;
use super::seen::{Attributes, LogSeen, MetricSeen, SpanSeen};

/// Who a record is from: its resource, its scope's name and version.
pub struct Origin {
    pub resource: Attributes,
    pub scope: String,
    pub scope_version: String,
}

impl Origin {
    fn new(
        resource: &Option<Resource>,
        scope: Option<InstrumentationScope>,
    ) -> Result<Origin, String> {
        let resource = read(resource.clone().unwrap_or_default().attributes)?;
        let scope = scope.unwrap_or_default();
        Ok(Origin {
            resource,
            scope: scope.name,
            scope_version: scope.version,
        })
    }
}

pub fn spans(body: &[u8], json: bool) -> Result<Vec<SpanSeen>, String> {
    let request: ExportTraceServiceRequest = message(body, json)?;
    let mut seen = Vec::new();
    for of_resource in request.resource_spans {
        for of_scope in of_resource.scope_spans {
            let origin = Origin::new(&of_resource.resource, of_scope.scope)?;
            for span in of_scope.spans {
                seen.push(self::span(span, &origin)?);
            }
        }
    }
    Ok(seen)
}

pub fn logs(body: &[u8], json: bool) -> Result<Vec<LogSeen>, String> {
    let request: ExportLogsServiceRequest = message(body, json)?;
    let mut seen = Vec::new();
    for of_resource in request.resource_logs {
        for of_scope in of_resource.scope_logs {
            let origin = Origin::new(&of_resource.resource, of_scope.scope)?;
            for record in of_scope.log_records {
                seen.push(log(record, &origin)?);
            }
        }
    }
    Ok(seen)
}

pub fn metrics(body: &[u8], json: bool) -> Result<Vec<MetricSeen>, String> {
    let request: ExportMetricsServiceRequest = message(body, json)?;
    let mut seen = Vec::new();
    for of_resource in request.resource_metrics {
        for of_scope in of_resource.scope_metrics {
            let origin = Origin::new(&of_resource.resource, of_scope.scope)?;
            for metric in of_scope.metrics {
                seen.extend(points::of(metric, &origin)?);
            }
        }
    }
    Ok(seen)
}

fn message<M: Message + Default + DeserializeOwned>(body: &[u8], json: bool) -> Result<M, String> {
    if json {
        json::read(body)
    } else {
        M::decode(body).map_err(|error| error.to_string())
    }
}

fn span(span: Span, origin: &Origin) -> Result<SpanSeen, String> {
    let kind =
        span::SpanKind::try_from(span.kind).map_err(|_| format!("span kind {}", span.kind))?;
    let status = span.status.unwrap_or_default();
    Ok(SpanSeen {
        trace_id: id("trace id", &span.trace_id, 16)?,
        span_id: id("span id", &span.span_id, 8)?,
        parent_span_id: id_or_none("parent span id", &span.parent_span_id, 8)?,
        name: span.name,
        kind: kind
            .as_str_name()
            .trim_start_matches("SPAN_KIND_")
            .to_owned(),
        start_ns: span.start_time_unix_nano,
        end_ns: span.end_time_unix_nano,
        status: code(&status)?,
        status_message: status.message,
        attributes: read(span.attributes)?,
        resource: origin.resource.clone(),
        scope: origin.scope.clone(),
        scope_version: origin.scope_version.clone(),
    })
}

fn log(record: LogRecord, origin: &Origin) -> Result<LogSeen, String> {
    Ok(LogSeen {
        trace_id: id_or_none("trace id", &record.trace_id, 16)?,
        span_id: id_or_none("span id", &record.span_id, 8)?,
        event_name: record.event_name,
        severity_number: record.severity_number,
        severity_text: record.severity_text,
        body: value(record.body)?,
        time_ns: record.time_unix_nano,
        observed_ns: record.observed_time_unix_nano,
        attributes: read(record.attributes)?,
        resource: origin.resource.clone(),
        scope: origin.scope.clone(),
        scope_version: origin.scope_version.clone(),
    })
}

fn code(status: &Status) -> Result<String, String> {
    let code =
        status::StatusCode::try_from(status.code).map_err(|_| format!("status {}", status.code))?;
    Ok(code
        .as_str_name()
        .trim_start_matches("STATUS_CODE_")
        .to_owned())
}

fn id_or_none(what: &str, bytes: &[u8], length: usize) -> Result<String, String> {
    if bytes.is_empty() {
        Ok(String::new())
    } else {
        id(what, bytes, length)
    }
}

fn id(what: &str, bytes: &[u8], length: usize) -> Result<String, String> {
    if bytes.len() != length || bytes.iter().all(|byte| *byte == 0) {
        return Err(format!("{what} {:?}", hex(bytes)));
    }
    Ok(hex(bytes))
}
