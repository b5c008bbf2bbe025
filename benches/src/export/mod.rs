//! What it costs to send what was logged: a backlog drained by the worker to a receiver that throws it away, against reading the
//! same events with their rows, and against the OpenTelemetry SDK for Python sending as many records of as many attributes.

mod sdk;
mod stage;

use crate::Scale;
use crate::page::table;
use crate::spread::{median, spread};
use stage::Stage;

/// In the backlog.
const EVENTS: usize = 60_000;
/// Of 82 bytes each make 2 KB.
const LONG: usize = 25;

pub fn run(scale: Scale) -> String {
    let events = scale.of(EVENTS).next_multiple_of(1000);
    let stage = Stage::set(events, 1);
    let long = Stage::set(events, LONG);
    let rounds = scale.rounds();
    let mut lines: Vec<(&str, Vec<f64>, String)> = Vec::new();
    for round in 0..rounds {
        let measured = [
            ("reading them with their rows, as text", stage.read()),
            ("worker, protobuf", stage.drain("none", "true")),
            ("worker, protobuf, gzip", stage.drain("gzip", "true")),
            (
                "worker, protobuf, content as references",
                stage.drain("none", "false"),
            ),
            ("SDK for Python, protobuf", sdk::send(&stage, "none")),
            ("SDK for Python, protobuf, gzip", sdk::send(&stage, "gzip")),
            ("2 KB of content: reading them with their rows", long.read()),
            (
                "2 KB of content: worker, protobuf",
                long.drain("none", "true"),
            ),
            (
                "2 KB of content: SDK for Python, protobuf",
                sdk::send(&long, "none"),
            ),
        ];
        for (at, (what, spent)) in measured.into_iter().enumerate() {
            if round == 0 {
                lines.push((what, Vec::new(), String::new()));
            }
            lines[at].1.push(1e6 * spent.cpu / spent.events as f64);
            lines[at].2 = spent.note;
        }
    }
    let rows: Vec<Vec<String>> = lines
        .into_iter()
        .map(|(what, cpu, note)| {
            vec![
                what.to_owned(),
                spread(&cpu, 1),
                format!("{:.0}", 1e6 / median(&cpu)),
                note,
            ]
        })
        .collect();
    format!(
        "{events} mixed events, {:.1} spans and log records an event, drained by one worker; fsync off. Medians of {rounds} rounds, with the least and the most.\n\n{}",
        stage.records() as f64 / events as f64,
        table(
            &[
                "what",
                "µs of CPU an event",
                "events a second of a core",
                "beside"
            ],
            &rows
        )
    )
}
