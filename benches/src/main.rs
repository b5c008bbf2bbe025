//! `make bench`: what logging a row costs the server, in CPU and WAL, compared in one run with a plain INSERT of the same
//! row into the same partitioned table without a trigger; one by one, in bulk, and as a batch. It reports; it judges nothing
//! by its exit code.

mod batch;
mod bulk;
mod cost;
mod mixture;
mod report;
mod row;
mod single;
mod stage;
mod table;

use std::time::Instant;

use report::Report;
use stage::Stage;
use table::TABLES;

/// Rounds that are counted; one more before them warms up.
const ROUNDS: usize = 5;

fn main() {
    let rounds = std::env::args()
        .nth(1)
        .and_then(|given| given.parse().ok())
        .unwrap_or(ROUNDS);
    let begun = Instant::now();
    let stage = Stage::set();
    let mut report = Report::default();
    for round in 0..=rounds {
        for table in &TABLES {
            stage.empty();
            let mut costs = single::measure(&stage, table, round);
            stage.empty();
            costs.extend(bulk::measure(&stage, table, round));
            if round > 0 {
                report.add(table.name, costs);
            }
        }
        stage.empty();
        let costs = batch::measure(&stage, round);
        if round > 0 {
            report.add("1000 mixed events, per event", costs);
        }
        eprintln!(
            "round {round} of {rounds}, {:.0} s",
            begun.elapsed().as_secs_f64()
        );
    }
    report.print(&stage, rounds);
}
