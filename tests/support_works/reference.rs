//! The official OpenTelemetry SDK and exporter, as a client: what our receiver makes of it must be what was sent.

use std::time::Duration;

use opentelemetry::logs::{AnyValue, LogRecord, Logger, LoggerProvider, Severity};
use opentelemetry::metrics::MeterProvider;
use opentelemetry::trace::{Span, SpanKind, Status, Tracer, TracerProvider};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_otlp::{
    Compression, ExporterBuildError, LogExporter, MetricExporter, Protocol, SpanExporter,
    WithExportConfig, WithTonicConfig,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::logs::SdkLoggerProvider;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tokio::runtime::Builder;

pub const SERVICE: &str = "reference";
pub const SCOPE: &str = "reference.scope";
pub const VERSION: &str = "1.2.3";
pub const BOUNDS: [f64; 3] = [0.5, 1.0, 2.0];

/// The ids of the span that was sent, in hex.
pub struct Sent {
    pub trace_id: String,
    pub span_id: String,
}

/// Over HTTP: one failed client span, one log in its context, a counter and a histogram; waits for the answers.
pub fn send(endpoint: &str) -> Sent {
    let at = |path: &str| format!("{endpoint}{path}");
    let spans = SpanExporter::builder()
        .with_http()
        .with_endpoint(at("/v1/traces"));
    let logs = LogExporter::builder()
        .with_http()
        .with_endpoint(at("/v1/logs"));
    let metrics = MetricExporter::builder()
        .with_http()
        .with_endpoint(at("/v1/metrics"));
    send_by(
        spans
            .with_protocol(Protocol::HttpBinary)
            .with_timeout(TIMEOUT)
            .build(),
        logs.with_protocol(Protocol::HttpBinary)
            .with_timeout(TIMEOUT)
            .build(),
        metrics
            .with_protocol(Protocol::HttpBinary)
            .with_timeout(TIMEOUT)
            .build(),
    )
}

/// The same over gRPC.
pub fn call(endpoint: &str, compression: Option<Compression>) -> Sent {
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    let _entered = runtime.enter();
    let spans = SpanExporter::builder()
        .with_tonic()
        .with_endpoint(endpoint)
        .with_timeout(TIMEOUT);
    let logs = LogExporter::builder()
        .with_tonic()
        .with_endpoint(endpoint)
        .with_timeout(TIMEOUT);
    let metrics = MetricExporter::builder()
        .with_tonic()
        .with_endpoint(endpoint)
        .with_timeout(TIMEOUT);
    match compression {
        None => send_by(spans.build(), logs.build(), metrics.build()),
        Some(by) => send_by(
            spans.with_compression(by).build(),
            logs.with_compression(by).build(),
            metrics.with_compression(by).build(),
        ),
    }
}

type Built<E> = Result<E, ExporterBuildError>;

fn send_by(
    spans: Built<SpanExporter>,
    logs: Built<LogExporter>,
    metrics: Built<MetricExporter>,
) -> Sent {
    let sent = send_span(spans.expect("an exporter"));
    send_log(logs.expect("an exporter"));
    send_metrics(metrics.expect("an exporter"));
    sent
}

fn send_span(exporter: SpanExporter) -> Sent {
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

fn send_log(exporter: LogExporter) {
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

fn send_metrics(exporter: MetricExporter) {
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
