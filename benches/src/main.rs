//! `make bench`: what logging, counting, exporting, removing and looking cost. Each part gives a section of docs/performance.md; it reports, and
//! judges nothing by its exit code. `make regression` does.

mod backlog;
mod console;
mod drain;
mod export;
mod fold;
mod growth;
mod history;
mod latency;
mod logging;
mod mixture;
mod page;
mod plain;
mod process;
mod regression;
mod retention;
mod run_with_nodes;
mod sink;
mod spread;
mod transaction;
mod writers;

use std::process::ExitCode;

use page::Section;

/// How much of everything a part does: 1 is the whole, 0.01 takes about a minute.
#[derive(Clone, Copy)]
pub struct Scale(f64);

/// Rounds of the whole.
const ROUNDS: usize = 5;

impl Scale {
    pub fn of(self, whole: usize) -> usize {
        ((whole as f64 * self.0).round() as usize).max(1)
    }

    pub fn rounds(self) -> usize {
        if self.0 < 0.1 { 1 } else { ROUNDS }
    }
}

struct Part {
    name: &'static str,
    run: fn(Scale) -> String,
}

static PARTS: [Part; 10] = [
    part("logging", logging::run),
    part("transaction", transaction::run),
    part("writers", writers::run),
    part("export", export::run),
    part("latency", latency::run),
    part("backlog", backlog::run),
    part("fold", fold::run),
    part("growth", growth::run),
    part("retention", retention::run),
    part("console", console::run),
];

const fn part(name: &'static str, run: fn(Scale) -> String) -> Part {
    Part { name, run }
}

fn main() -> ExitCode {
    let mut given = std::env::args().skip(1);
    let chosen = given.next().unwrap_or_else(|| "all".to_owned());
    if chosen == "regression" {
        return regression::run(given.next().as_deref() == Some("record"));
    }
    let scale = given.next().unwrap_or_else(|| "1".to_owned());
    let Ok(number) = scale.parse() else {
        refuse(&format!("SCALE={scale} is no number"));
    };
    let parts: Vec<&Part> = PARTS
        .iter()
        .filter(|part| chosen == "all" || chosen == part.name)
        .collect();
    if parts.is_empty() {
        let names: Vec<&str> = PARTS.iter().map(|part| part.name).collect();
        refuse(&format!("no part {chosen}: {} or all", names.join(", ")));
    }
    for part in parts {
        let section = Section {
            name: part.name,
            scale: &scale,
            text: (part.run)(Scale(number)),
        };
        println!("\n{}", section.whole());
        // A short form is for looking at; what is published was measured whole, or nearly.
        if number >= 0.1 {
            section.write();
        }
    }
    ExitCode::SUCCESS
}

fn refuse(why: &str) -> ! {
    eprintln!("{why}");
    std::process::exit(2);
}
