#!/usr/bin/env python3
"""Writes docs/signals.md from catalogue.json. With --check it writes nothing, and fails if the page is not current."""

import json
import sys
from pathlib import Path

CATALOGUE = Path("catalogue.json")
PAGE = Path("docs/signals.md")

ON_THE_WIRE = {"time": "string, ISO 8601", "json": "string, JSON text"}
PRESENT = {
    "always": "always",
    "user": "user known",
    "nested": "nested run",
    "model": "model node",
    "plugin": "plugin node",
    "dataset": "retrieval node",
}
# As OpenTelemetry's translation to Prometheus spells units; one in braces is dropped.
UNITS = {"s": "seconds"}

INTRODUCTION = """\
# Signals

*Written by `scripts/signals.py` from `catalogue.json`. Change that, and run the script.*

Everything that leaves the database, by name. An event is one thing that happened: it is told once as a log, for runs and nodes also as a span,
and counted once in the metrics. Logs and metrics are always complete; spans are sampled by whole traces (`dify_observe.otel_sampling_rate`).
"""

IDS = """\
## Trace and span ids

The trace id is the 128 bits of a UUID of the application, the span id the first 8 bytes of the SHA-256 of a UUID's canonical lower-case text, so anybody who has
the UUID can compute them: `SELECT dify_observe.trace_id('…'), dify_observe.span_id('…')`. (`dify_observe.span_id_rule = uuid_low64` takes the UUID's low 64
bits instead.) Which UUIDs these are is said for each event. The outermost run is the `parent_trace_id` that was given, else the root of the run as far as it was
logged by then, however deep runs are nested. A log has the ids of the span it accompanies; the log of an event without a span has a span id all the same, so that it is
found beside the node in which it happened.
"""

LOGS = """\
## Logs

Event name and body are the event's name. Time is when it happened or was finished, observed time when it was recorded. Severity is ERROR (17) when it failed, WARN (13) for the
statuses partial-succeeded and retry, a flagged moderation and a run with warnings, else INFO (9). In the database the same logs are the views
`dify_observe.companion_logs` (content as references) and `dify_observe.companion_log_details` (with content).

**Present.** *always*: in every log of the event, as null when unknown (in OTLP a value without content) where it says *or null*. *user known*: left out when
nobody is named. *nested run*: only on a run that another one called. *model node*: on the node types llm, agent, question-classifier and parameter-extractor.
*plugin node*: on tool and knowledge-retrieval. *retrieval node*: on knowledge-retrieval. These three also on any other node for which a value was given.

**Span.** These attributes are on the event's span too, where null and empty ones are left out. Spans never carry content.

**Content.** Shown as it is when `dify_observe.include_content` is on, the default. Else a reference stands in its place, which leads back to the row in the database. The setting
acts on whatever is not sent yet.

**Types.** JSON travels as its text, a JSON string as the bare string. UUIDs are lower-case text.
"""

TOKENS = """\
## Tokens are counted once per level

`dify.tokens.total`, `dify.tokens.input` and `dify.tokens.output` have the tokens of a run under `operation_type="workflow"`, **again** those of its nodes under
`operation_type="node_execution"`, and those of a chat turn's message under `operation_type="message"`. Adding all of them up counts the same tokens two or three times:
always filter by one `operation_type`. A nested run counts as a workflow of its own, also where the outer run's sum has its tokens.

| question | filter |
|---|---|
| what workflows used | `operation_type="workflow"` |
| which model or node type used it, drafts included | `operation_type="node_execution"` |
| what chat, completion and agent apps used that run no workflow | `operation_type="message"` |
| what writing prompts used | `operation_type=~"rule_generate\\|code_generate\\|structured_output\\|instruction_modify"` |

No label tells a message that a run has answered from one without a run, so no filter gives the true usage of a tenant that has both kinds of apps. The view
`dify_observe.token_usage` does: true usage per tenant and app, nothing counted twice, suggested questions included, which no counter has. It reads the stored rows, so it
forgets what is removed.

```sql
SELECT tenant_id, app_id, input_tokens, output_tokens, total_tokens FROM dify_observe.token_usage;
```
"""

PROMQL = """\
## Names in a Prometheus store

OTLP names are translated on the way into a Prometheus store, and stores differ. *With suffixes* is Prometheus' own default (`UnderscoreEscapingWithSuffixes`),
the Collector's, and VictoriaMetrics' with `-opentelemetry.usePrometheusNaming`: the unit is appended (`s` as `_seconds`; a unit in braces such as `{token}` is
dropped), and counters end in `_total`. *Without* is Prometheus' `UnderscoreEscapingWithoutSuffixes` and VictoriaMetrics' `-usePromCompatibleNaming`. VictoriaMetrics
with neither keeps the dots: `{__name__="dify.tokens.input"}`. Histograms have `_bucket`, `_sum` and `_count` behind these names.
"""

EXAMPLES = """\
Input tokens per tenant, with and without suffixes:

```promql
sum(dify_tokens_input_total{tenant_id="my-tenant", operation_type="workflow"})
sum(dify_tokens_input{tenant_id="my-tenant", operation_type="workflow"})
```

P95 of node durations by type, with and without:

```promql
histogram_quantile(0.95, sum by (le, node_type) (rate(dify_node_duration_seconds_bucket[5m])))
histogram_quantile(0.95, sum by (le, node_type) (rate(dify_node_duration_bucket[5m])))
```
"""


def code(text):
    return f"`{text}`"


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def resource(catalogue):
    rows = [(code(one["name"]), one["type"], one["means"]) for one in catalogue["resource"]]
    scope = f"Instrumentation scope: `{catalogue['scope']}`, its version that of the extension.\n"
    return "\n".join(["## Resource and scope\n", table(("attribute", "type", "meaning"), rows), scope])


def reference(event):
    """What stands in the place of the event's content when that is switched off."""
    sources = event["reference"]
    if sources is None:
        return "the event has none"
    if not sources:
        return "left out, with its name"
    shown = [code(f"ref:{source.removeprefix('own:')}=…") + (" (its own id)" if source.startswith("own:") else "") for source in sources]
    return ", else ".join(shown)


def attribute(of):
    present = PRESENT[of["when"]] + (", or null" if of["nullable"] else "")
    marks = ("yes" if of["content"] else "", "yes" if of["span"] else "")
    return (code(of["name"]), ON_THE_WIRE.get(of["type"], of["type"]), present, *marks, of["means"])


def event(of):
    facts = [f"- Emitted when {of['emitted']}." + ("" if of["metrics"] else " It counts for nothing.")]
    facts.append(f"- Signal `{of['signal']}`: a log" + (" and a span." if of["span"] else ", no span."))
    facts.append(f"- {of['ids']}")
    if of["table"]:
        facts.append(f"- Logged with `{of['function']}`, kept in `{of['table']}`.")
    facts.append(f"- Content when `include_content` is off: {reference(of)}.")
    rows = [attribute(one) for one in of["attributes"]]
    header = ("attribute", "type", "present", "content", "span", "meaning")
    return "\n".join([f"### {of['name']}\n", *facts, "", table(header, rows)])


def labels(of):
    conditional = of.get("conditional_labels", {})
    for name in of["labels"]:
        shown = code(f'{name}="{of["fixed"][name]}"' if name in of["fixed"] else name)
        yield shown + (f" (only where {conditional[name]})" if name in conditional else "")


def metrics(catalogue):
    described = [(code(one["name"]), code(one["unit"]), one["kind"], one["means"]) for one in catalogue["metrics"]]
    counted = [
        (code(one["name"]), code(told["name"]), ", ".join(labels(one)))
        for metric in catalogue["metrics"]
        for told in catalogue["events"]
        for one in told["metrics"]
        if one["name"] == metric["name"]
    ]
    about = (
        "Cumulative and monotonic from the installation on, across restarts; counters are integers, histograms have count, sum, min and max, and the\n"
        "bounds of `dify_observe.histogram_bounds`. Every event counts exactly once. Every label listed is always there, as the empty text when its value is\n"
        "unknown. Beyond 50,000 series what comes is counted in one series per metric, labelled `otel.metric.overflow`.\n"
        "Failed means: status failed, error or exception, or an error text beside a status other than succeeded, normal, stopped and partial-succeeded.\n"
    )
    return "\n".join(
        ["## Metrics\n", about, table(("metric", "unit", "kind", "meaning"), described), "Labels, by the event that counts:\n"]
        + [table(("metric", "event", "labels"), counted)]
    )


def stored_name(metric, suffixes):
    tokens = metric["name"].replace(".", "_").split("_")
    if suffixes and metric["unit"] in UNITS:
        tokens.append(UNITS[metric["unit"]])
    if suffixes and metric["kind"] == "counter":
        tokens = [token for token in tokens if token != "total"] + ["total"]
    return code("_".join(tokens))


def stored_names(catalogue):
    rows = [(code(one["name"]), stored_name(one, True), stored_name(one, False)) for one in catalogue["metrics"]]
    return table(("metric", "with suffixes", "without"), rows)


def page(catalogue):
    events = [event(one) for one in catalogue["events"]]
    parts = [INTRODUCTION, resource(catalogue), IDS, LOGS, "## Events\n", *events]
    return "\n".join(parts + [metrics(catalogue), TOKENS, PROMQL, stored_names(catalogue), EXAMPLES])


def main():
    current = page(json.loads(CATALOGUE.read_text()))
    if sys.argv[1:] == ["--check"]:
        if not PAGE.exists() or PAGE.read_text() != current:
            print(f"{PAGE} is not what {CATALOGUE} makes of it: run scripts/signals.py", file=sys.stderr)
            return 1
        print(f"{PAGE} is current")
        return 0
    if sys.argv[1:]:
        print("usage: scripts/signals.py [--check]", file=sys.stderr)
        return 2
    PAGE.write_text(current)
    return 0


if __name__ == "__main__":
    sys.exit(main())
