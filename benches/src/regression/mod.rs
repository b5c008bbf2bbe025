//! `make regression`: instructions and bytes of WAL for what runs most, against those that were recorded. Neither depends on what else the machine does: a
//! stand-alone backend runs under valgrind, which counts. Hardware counters would be quicker, but virtual machines seldom have them.

mod recorded;
mod stage;
mod work;

use std::process::ExitCode;

use crate::page::table;
use recorded::{Costs, Recorded};
use stage::Stage;
use work::WORKS;

/// The most that anything may cost, in times what was recorded.
const MOST: f64 = 1.1;

/// Compares with what was recorded, or records anew.
pub fn run(record: bool) -> ExitCode {
    let stage = Stage::set();
    if !stage.counts_instructions() {
        eprintln!(
            "\nINSTRUCTIONS ARE NOT COUNTED: valgrind is missing (apt-get install valgrind). Only WAL is compared.\n"
        );
    }
    let mut recorded = Recorded::read();
    let before = recorded.of(&stage.kind);
    let found: Vec<(&str, Costs)> = WORKS
        .iter()
        .map(|work| (work.name, stage.measure(work)))
        .collect();
    if record {
        recorded.keep(&stage.kind, &found);
    }
    let Some(before) = before else {
        eprintln!(
            "\n{}: NOTHING WAS RECORDED TO COMPARE WITH: make regression RECORD=yes\n",
            stage.kind
        );
        return ExitCode::SUCCESS;
    };
    let mut worse = Vec::new();
    let mut rows = Vec::new();
    for (name, costs) in &found {
        let old = before.get(*name).copied().unwrap_or_default();
        let mut cells = vec![(*name).to_owned()];
        for (what, was, is) in [
            ("instructions", old.instructions, costs.instructions),
            ("bytes of WAL", old.wal, costs.wal),
        ] {
            cells.push(text(was));
            cells.push(text(is));
            // A few bytes more of next to nothing are no news: when a page splits is chance.
            if let (Some(was), Some(is)) = (was, is)
                && is > was * MOST + 16.0
            {
                worse.push(format!(
                    "{name}: {is:.0} {what}, {:.2} times the {was:.0} recorded",
                    is / was
                ));
            }
        }
        rows.push(cells);
    }
    println!(
        "{}\n\n{}",
        stage.kind,
        table(
            &[
                "for each",
                "instructions, recorded",
                "now",
                "WAL, recorded",
                "now"
            ],
            &rows
        )
    );
    if worse.is_empty() || record {
        return ExitCode::SUCCESS;
    }
    eprintln!(
        "More than {MOST} times what was recorded in benches/recorded.json:\n  {}\nWhere that is the price of something wanted, record it and say why in the commit: \
         make regression RECORD=yes",
        worse.join("\n  ")
    );
    ExitCode::FAILURE
}

fn text(number: Option<f64>) -> String {
    number.map_or_else(|| "—".to_owned(), |number| format!("{number:.0}"))
}
