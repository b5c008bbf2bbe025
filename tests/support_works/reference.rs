//! The official OpenTelemetry SDK and exporter, as a client: what our receiver makes of it must be what was sent.

use std::time::Duration;

use opentelemetry::logs::{AnyValue, LogRecord, Logger, LoggerProvider, Severity};
use opentelemetry::metrics::MeterProvider;
use opentelemetry::trace::{Span, SpanKind, Status, Tracer, TracerProvider};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_otlp::{LogExporter, MetricExporter, Protocol, SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::logs::SdkLoggerProvider;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;

pub const SERVICE: &str = "reference";
pub const SCOPE: &str = "reference.scope";
pub const VERSION: &str = "1.2.3";
pub const BOUNDS: [f64; 3] = [0.5, 1.0, 2.0];

/// The ids of the span that was sent, in hex.
pub struct Sent {
    pub trace_id: String,
    pub span_id: String,
}

/// Sends one failed client span, one log in its context, a counter and a histogram, and waits for the answers.
pub fn send(endpoint: &str) -> Sent {
    let sent = send_span(endpoint);
    send_log(endpoint);
    send_metrics(endpoint);
    sent
}

fn send_span(endpoint: &str) -> Sent {
    let exporter = SpanExporter::builder()
        .with_http()
        .with_endpoint(format!("{endpoint}/v1/traces"));
    let exporter = exporter
        .with_protocol(Protocol::HttpBinary)
        .with_timeout(TIMEOUT)
        .build()
        .expect("an exporter");
    let provider = SdkTracerProvider::builder()
        .with_resource(resource())
        .with_simple_exporter(exporter)
        .build();
    let tracer = provider.tracer_with_scope(scope());
    let mut span = tracer
        .span_builder("reference span")
        .with_kind(SpanKind::Client)
        .start(&tracer);
    span.set_attributes(attributes());
    span.set_status(Status::error("it failed"));
    let context = span.span_context();
    let sent = Sent {
        trace_id: context.trace_id().to_string(),
        span_id: context.span_id().to_string(),
    };
    span.end();
    provider.shutdown().expect("the span is accepted");
    sent
}

fn send_log(endpoint: &str) {
    let exporter = LogExporter::builder()
        .with_http()
        .with_endpoint(format!("{endpoint}/v1/logs"));
    let exporter = exporter
        .with_protocol(Protocol::HttpBinary)
        .with_timeout(TIMEOUT)
        .build()
        .expect("an exporter");
    let provider = SdkLoggerProvider::builder()
        .with_resource(resource())
        .with_simple_exporter(exporter)
        .build();
    let logger = provider.logger_with_scope(scope());
    let mut record = logger.create_log_record();
    record.set_event_name("reference.event");
    record.set_severity_number(Severity::Warn);
    record.set_severity_text("WARN");
    record.set_body(AnyValue::from("a body"));
    record.add_attributes([
        ("text", AnyValue::from("文")),
        ("whole", AnyValue::from(2)),
        ("half", AnyValue::from(2.0)),
    ]);
    logger.emit(record);
    provider.shutdown().expect("the log is accepted");
}

fn send_metrics(endpoint: &str) {
    let exporter = MetricExporter::builder()
        .with_http()
        .with_endpoint(format!("{endpoint}/v1/metrics"));
    let exporter = exporter
        .with_protocol(Protocol::HttpBinary)
        .with_timeout(TIMEOUT)
        .build()
        .expect("an exporter");
    let provider = SdkMeterProvider::builder()
        .with_resource(resource())
        .with_periodic_exporter(exporter)
        .build();
    let meter = provider.meter_with_scope(scope());
    let labels = [KeyValue::new("kind", "a")];
    let counter = meter
        .u64_counter("reference.counter")
        .with_unit("{thing}")
        .build();
    counter.add(2, &labels);
    counter.add(3, &labels);
    let histogram = meter
        .f64_histogram("reference.duration")
        .with_unit("s")
        .with_boundaries(BOUNDS.into())
        .build();
    histogram.record(0.5, &labels);
    histogram.record(1.5, &labels);
    provider.shutdown().expect("the metrics are accepted");
}

const TIMEOUT: Duration = Duration::from_secs(10);

fn resource() -> Resource {
    Resource::builder_empty().with_service_name(SERVICE).build()
}

fn scope() -> InstrumentationScope {
    InstrumentationScope::builder(SCOPE)
        .with_version(VERSION)
        .build()
}

fn attributes() -> [KeyValue; 4] {
    [
        KeyValue::new("text", "文"),
        KeyValue::new("whole", 2),
        KeyValue::new("half", 2.0),
        KeyValue::new("truth", true),
    ]
}
