"""Sends events as a program does that uses the SDK: a log record for each, a span for some, of 25 attributes. Prints the seconds of CPU."""

import resource
import sys

from opentelemetry._logs.severity import SeverityNumber
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider, LogRecord
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import TraceFlags

endpoint, compression = sys.argv[1], Compression(sys.argv[2])
events, spans_per_event = int(sys.argv[3]), float(sys.argv[4])
resource_of_all = Resource.create({"service.name": "dify"})
logs = LoggerProvider(resource=resource_of_all)
logs_out = BatchLogRecordProcessor(OTLPLogExporter(f"{endpoint}/v1/logs", compression=compression), max_queue_size=2048, max_export_batch_size=512)
logs.add_log_record_processor(logs_out)
traces = TracerProvider(resource=resource_of_all)
traces_out = BatchSpanProcessor(OTLPSpanExporter(f"{endpoint}/v1/traces", compression=compression), max_queue_size=2048, max_export_batch_size=512)
traces.add_span_processor(traces_out)
logger, tracer = logs.get_logger("bench"), traces.get_tracer("bench")

TEXT = "You have 30 days from delivery. As it came damaged, we replace it free of charge." * int(sys.argv[5])


def attributes(number):
    return {
        "dify.tenant_id": "550e8400-e29b-41d4-a716-446655440000",
        "dify.app_id": "770e8400-e29b-41d4-a716-446655440002",
        "dify.user_id": f"customer-{number % 50}",
        "dify.workflow.id": "880e8400-e29b-41d4-a716-446655440003",
        "dify.inputs": '{"query": "How long do I have to return an order that came damaged?", "order": %d}' % number,
        "dify.outputs": '{"text": "%s"}' % TEXT,
        "gen_ai.usage.input_tokens": 800 + number % 1000,
        "gen_ai.usage.output_tokens": 64,
        "gen_ai.usage.total_tokens": 864 + number % 1000,
        "dify.price": 0.00267,
        **{f"dify.attribute.{n}": f"value {n}" for n in range(15)},
    }


def spent():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


before = spent()
due = 0.0
for number in range(events):
    said = attributes(number)
    due += spans_per_event
    if due >= 1:
        due -= 1
        with tracer.start_as_current_span("dify.node.execution", attributes=said):
            pass
    logger.emit(LogRecord(timestamp=1, trace_id=number + 1, span_id=number + 1, trace_flags=TraceFlags(1), severity_number=SeverityNumber.INFO,
                          severity_text="INFO", body="dify.node.execution", resource=resource_of_all, attributes=said))
    # Neither queue drops what it has no room for.
    if number % 512 == 511:
        logs_out.force_flush()
        traces_out.force_flush()
logs.shutdown()
traces.shutdown()
print(spent() - before)
