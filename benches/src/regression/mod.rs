//! `make regression`: instructions and bytes of WAL for what runs most, against those that were recorded. Neither depends on what else the machine does: a
//! stand-alone backend runs under valgrind, which counts. Hardware counters would be quicker, but virtual machines seldom have them.

mod recorded;
mod stage;
mod work;

use std::collections::BTreeMap;
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
    println!("{}\n\n{}", stage.kind, compared(&before, &found));
    let worse = worse(&before, &found);
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

fn compared(before: &BTreeMap<String, Costs>, found: &[(&str, Costs)]) -> String {
    let rows: Vec<Vec<String>> = found
        .iter()
        .map(|(name, costs)| {
            let old = before.get(*name).copied().unwrap_or_default();
            vec![
                (*name).to_owned(),
                text(old.instructions),
                text(costs.instructions),
                text(old.wal),
                text(costs.wal),
            ]
        })
        .collect();
    let heads = [
        "for each",
        "instructions, recorded",
        "now",
        "WAL, recorded",
        "now",
    ];
    table(&heads, &rows)
}

/// What costs more than it may. What was not counted, then or now, is not judged.
fn worse(before: &BTreeMap<String, Costs>, found: &[(&str, Costs)]) -> Vec<String> {
    let mut worse = Vec::new();
    for (name, costs) in found {
        let old = before.get(*name).copied().unwrap_or_default();
        for (what, was, is) in [
            ("instructions", old.instructions, costs.instructions),
            ("bytes of WAL", old.wal, costs.wal),
        ] {
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
    }
    worse
}

fn text(number: Option<f64>) -> String {
    number.map_or_else(|| "—".to_owned(), |number| format!("{number:.0}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn costs(instructions: impl Into<Option<f64>>, wal: f64) -> Costs {
        Costs {
            instructions: instructions.into(),
            wal: Some(wal),
        }
    }

    fn told(was: Costs, is: Costs) -> Vec<String> {
        worse(&BTreeMap::from([("call".to_owned(), was)]), &[("call", is)])
    }

    #[test]
    fn a_tenth_more_passes_and_what_is_beyond_is_told() {
        assert!(told(costs(100_000.0, 1000.0), costs(109_000.0, 1090.0)).is_empty());
        let told = told(costs(100_000.0, 1000.0), costs(112_000.0, 1200.0));
        assert_eq!(
            told,
            [
                "call: 112000 instructions, 1.12 times the 100000 recorded",
                "call: 1200 bytes of WAL, 1.20 times the 1000 recorded"
            ]
        );
    }

    #[test]
    fn wal_is_judged_where_instructions_are_not_counted() {
        assert_eq!(told(costs(100_000.0, 1000.0), costs(None, 1200.0)).len(), 1);
    }

    #[test]
    fn less_and_what_was_never_recorded_pass() {
        assert!(told(costs(100_000.0, 1000.0), costs(10.0, 10.0)).is_empty());
        assert!(worse(&BTreeMap::new(), &[("new", costs(1.0, 1.0))]).is_empty());
    }
}
