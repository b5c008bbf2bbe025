//! What logging a row costs the server, in CPU and WAL, compared in one run with a plain INSERT of the same row into the same
//! partitioned table without a trigger; one by one, in bulk, and as a batch.

mod batch;
mod bulk;
pub mod cost;
mod report;
pub mod row;
mod single;
mod stage;
pub mod table;

use std::time::Instant;

use report::Report;
use stage::Stage;
use table::TABLES;

use crate::Scale;

/// One round more before those that are counted warms up.
pub fn run(scale: Scale) -> String {
    let rounds = scale.rounds();
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
    report.text(&stage, rounds)
}
