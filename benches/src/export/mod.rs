//! What it costs to send what was logged: a backlog drained by the worker to a receiver that throws it away, against reading the
//! same events with their rows, and against the OpenTelemetry SDK for Python sending as many records of as many attributes.

mod process;
mod sdk;
mod sink;
mod stage;

use stage::Stage;

/// In the backlog.
const EVENTS: usize = 60_000;

pub fn run(rounds: usize) {
    let stage = Stage::set(EVENTS);
    println!(
        "\nCost of export: {EVENTS} mixed events, {:.1} records an event, one worker. Medians of {rounds} rounds.",
        stage.records() as f64 / EVENTS as f64
    );
    let mut lines: Vec<(String, Vec<f64>, String)> = Vec::new();
    for round in 0..rounds {
        let measured = [
            ("reading them with their rows, as text", stage.read()),
            ("worker, protobuf", stage.drain("none", "true")),
            ("worker, protobuf, gzip", stage.drain("gzip", "true")),
            (
                "worker, protobuf, without content",
                stage.drain("none", "false"),
            ),
            ("SDK for Python, protobuf", sdk::send(&stage, "none")),
            ("SDK for Python, protobuf, gzip", sdk::send(&stage, "gzip")),
        ];
        for (at, (what, spent)) in measured.into_iter().enumerate() {
            if round == 0 {
                lines.push((what.to_owned(), Vec::new(), spent.note.clone()));
            }
            lines[at].1.push(spent.cpu / spent.events as f64);
        }
    }
    for (what, seconds, note) in &mut lines {
        seconds.sort_by(f64::total_cmp);
        let each = seconds[seconds.len() / 2];
        println!(
            "{what:<42}{:>8.1} µs of CPU an event, {:>8.0} events a second of a core  {note}",
            each * 1e6,
            1.0 / each
        );
    }
}
