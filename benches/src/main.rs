//! `make bench`: what logging, export and retention cost. Ratios are taken within one run. It reports; it judges nothing by its
//! exit code.

mod export;
mod logging;
mod mixture;
mod retention;

/// Rounds that are counted.
const ROUNDS: usize = 5;

fn main() {
    let mut given = std::env::args().skip(1);
    let part = given.next().unwrap_or_default();
    let number = given.next();
    let rounds = number
        .as_ref()
        .and_then(|rounds| rounds.parse().ok())
        .unwrap_or(ROUNDS);
    match part.as_str() {
        "logging" => logging::run(rounds),
        "export" => export::run(rounds),
        "retention" => retention::run(
            number
                .and_then(|rows| rows.parse().ok())
                .unwrap_or(retention::ROWS),
        ),
        "" | "all" => {
            logging::run(rounds);
            export::run(rounds);
            retention::run(retention::ROWS);
        }
        other => {
            eprintln!("no part {other}: logging, export, retention or all");
            std::process::exit(2);
        }
    }
}
