//! From the end of a commit to a receiver's having the log record, at two rates; and what the worker takes when there is nothing to do.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use dify_observe_tests::{Cluster, eventually};
use serde_json::{Value, json};

use crate::Scale;
use crate::page::table;
use crate::process;
use crate::sink::Sink;
use crate::spread::quantile;

const DATABASE: &str = "bench";
const PATIENCE: Duration = Duration::from_secs(120);
/// A transaction every this often, and how many are measured.
const PERIOD: Duration = Duration::from_millis(10);
const TRANSACTIONS: usize = 3000;
/// Seconds without any event.
const REST: usize = 60;
/// Begins an event's user, whose number follows with as many digits.
const MARK: &[u8] = b"customer-";
const DIGITS: usize = 9;

type Arrivals = Arc<Mutex<HashMap<usize, Instant>>>;

pub fn run(scale: Scale) -> String {
    let arrivals = Arrivals::default();
    let seen = Arc::clone(&arrivals);
    let sink = Sink::showing(Arc::new(move |path, body| {
        if path == "/v1/logs" {
            note(&seen, body);
        }
    }));
    let cluster = Cluster::builder("bench_latency")
        .exports_to(&sink.endpoint)
        .conf("fsync", "on")
        .conf("shared_buffers", "1GB")
        .conf("dify_observe.metric_interval", "60s")
        .conf("dify_observe.otlp_compression", "none")
        .start();
    cluster.create_database(DATABASE);
    cluster.create_extension(DATABASE);
    let worker = process::worker(&cluster, DATABASE);
    let mut sent = 0;
    let mut rows = Vec::new();
    for events in [1, 50] {
        let transactions = scale.of(TRANSACTIONS);
        let spent = process::cpu(worker);
        let began = Instant::now();
        let commits = write(&cluster, transactions, events, &mut sent);
        let seconds = began.elapsed().as_secs_f64();
        eventually("all arrive", PATIENCE, || {
            arrivals.lock().expect("arrivals").len() >= sent
        });
        let cpu = process::cpu(worker) - spent;
        let arrived = arrivals.lock().expect("arrivals");
        let milliseconds: Vec<f64> = commits
            .iter()
            .map(|(number, commit)| {
                arrived[number]
                    .saturating_duration_since(*commit)
                    .as_secs_f64()
                    * 1e3
            })
            .collect();
        rows.push(vec![
            format!("{events} in a transaction, {} transactions", transactions),
            format!("{:.0}", (transactions * events) as f64 / seconds),
            format!("{:.0}", quantile(&milliseconds, 0.5)),
            format!("{:.0}", quantile(&milliseconds, 0.99)),
            format!("{:.0}", quantile(&milliseconds, 1.0)),
            format!("{:.1}", 100.0 * cpu / seconds),
        ]);
    }
    // What was logged is counted before, and autovacuum's work done.
    cluster.sql(DATABASE, "CALL dify_observe.fold_metrics()");
    thread::sleep(Duration::from_secs(15));
    let rest = Duration::from_secs(scale.of(REST) as u64);
    let spent = process::cpu(worker);
    thread::sleep(rest);
    let idle = 100.0 * (process::cpu(worker) - spent) / rest.as_secs_f64();
    format!(
        "Node executions, a span and a log record each, by `log_batch` every {} ms; from the end of the commit to the receiver's having the log record; fsync on, uncompressed.\n\n{}\n\
         With nothing to do for {} s the worker takes {idle:.2} % of a core.",
        PERIOD.as_millis(),
        table(
            &[
                "events",
                "a second",
                "p50, ms",
                "p99, ms",
                "most, ms",
                "worker, % of a core"
            ],
            &rows
        ),
        rest.as_secs()
    )
}

/// The events' numbers, each with when it was committed.
fn write(
    cluster: &Cluster,
    transactions: usize,
    events: usize,
    sent: &mut usize,
) -> Vec<(usize, Instant)> {
    let mut session = cluster.connect(DATABASE);
    let call = session
        .prepare("SELECT dify_observe.log_batch($1)")
        .expect("a statement");
    let mut commits = Vec::with_capacity(transactions * events);
    let mut due = Instant::now();
    for _ in 0..transactions {
        let numbers = *sent..*sent + events;
        *sent += events;
        let batch = Value::Array(numbers.clone().map(event).collect());
        session.execute(&call, &[&batch]).expect("a batch");
        let commit = Instant::now();
        commits.extend(numbers.map(|number| (number, commit)));
        due += PERIOD;
        thread::sleep(due.saturating_duration_since(Instant::now()));
    }
    commits
}

fn event(number: usize) -> Value {
    json!({
        "event": "dify.node.execution", "tenant_id": "550e8400-e29b-41d4-a716-446655440000", "app_id": "770e8400-e29b-41d4-a716-446655440002",
        "user_id": format!("customer-{number:0DIGITS$}"), "workflow_run_id": "990e8400-e29b-41d4-a716-446655440004",
        "workflow_id": "880e8400-e29b-41d4-a716-446655440003", "node_id": "write", "node_type": "llm", "title": "Write an answer", "status": "succeeded",
        "index": 3, "inputs": {"query": "How long do I have to return an order that came damaged?"}, "outputs": {"text": "30 days from delivery."},
        "model_provider": "openai", "model_name": "gpt-4o", "input_tokens": 800, "output_tokens": 64, "total_tokens": 864, "total_price": 0.00267,
        "currency": "USD", "elapsed_time": 2.3,
    })
}

/// When each event was first seen.
fn note(arrivals: &Arrivals, body: &[u8]) {
    let now = Instant::now();
    let mut arrivals = arrivals.lock().expect("arrivals");
    for (at, _) in body
        .windows(MARK.len())
        .enumerate()
        .filter(|(_, window)| *window == MARK)
    {
        let digits = body.get(at + MARK.len()..at + MARK.len() + DIGITS);
        let number = digits.and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
        if let Some(number) = number {
            arrivals.entry(number).or_insert(now);
        }
    }
}
