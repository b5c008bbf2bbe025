//! The trees of the spans that were received.

use std::collections::BTreeMap;

use dify_observe_tests::Collector;
use dify_observe_tests::collector::SpanSeen;

use crate::table;

pub fn show(receiver: &Collector) {
    let mut spans = receiver.spans();
    spans.sort_by_key(|span| (span.start_ns, span.end_ns));
    let mut traces: BTreeMap<&str, Vec<&SpanSeen>> = BTreeMap::new();
    for span in &spans {
        let trace = traces.entry(&span.trace_id).or_default();
        // Delivery is at least once: the same span may come again.
        if trace.iter().all(|seen| seen.span_id != span.span_id) {
            trace.push(span);
        }
    }
    table::heading(&format!(
        "Traces received: {} spans in {} traces",
        spans.len(),
        traces.len()
    ));
    let mut rows = Vec::new();
    for (id, trace) in &traces {
        rows.push(vec![format!("trace {id}")]);
        let known = |span: &SpanSeen| {
            trace
                .iter()
                .any(|other| other.span_id == span.parent_span_id)
        };
        for root in trace.iter().filter(|span| !known(span)) {
            branch(root, trace, "", "", &mut rows);
        }
    }
    table::print(&rows);
}

fn branch(
    span: &SpanSeen,
    trace: &[&SpanSeen],
    before: &str,
    below: &str,
    rows: &mut Vec<Vec<String>>,
) {
    rows.push(line(span, before));
    let children: Vec<_> = trace
        .iter()
        .filter(|child| child.parent_span_id == span.span_id)
        .collect();
    for (index, child) in children.iter().enumerate() {
        let last = index + 1 == children.len();
        let (knee, beam) = if last {
            ("└─ ", "   ")
        } else {
            ("├─ ", "│  ")
        };
        branch(
            child,
            trace,
            &format!("{below}{knee}"),
            &format!("{below}{beam}"),
            rows,
        );
    }
}

fn line(span: &SpanSeen, before: &str) -> Vec<String> {
    let text = |key: &str| span.attributes.get(key).and_then(|value| value.as_str());
    let from = || text("dify.invoke_from").map(|from| format!("({from})"));
    let title = text("dify.node.title").map(str::to_owned).or_else(from);
    let seconds = span.end_ns.saturating_sub(span.start_ns) as f64 / 1e9;
    let outcome = text("dify.node.status").or(text("dify.workflow.status"));
    let mut status = format!("{} {}", span.status, outcome.unwrap_or_default());
    if !span.status_message.is_empty() {
        status = format!("{status}: {}", span.status_message);
    }
    vec![
        format!("{before}{}", span.name),
        title.unwrap_or_default(),
        format!("{seconds:>6.2} s"),
        status,
    ]
}
