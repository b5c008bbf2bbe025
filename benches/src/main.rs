//! `make bench`: what logging costs, and what export costs. Ratios are taken within one run. It reports; it judges nothing by its
//! exit code.

mod export;
mod logging;
mod mixture;

/// Rounds that are counted.
const ROUNDS: usize = 5;

fn main() {
    let mut given = std::env::args().skip(1);
    let part = given.next().unwrap_or_default();
    let rounds = given
        .next()
        .and_then(|rounds| rounds.parse().ok())
        .unwrap_or(ROUNDS);
    match part.as_str() {
        "logging" => logging::run(rounds),
        "export" => export::run(rounds),
        "" | "all" => {
            logging::run(rounds);
            export::run(rounds);
        }
        other => {
            eprintln!("no part {other}: logging, export or all");
            std::process::exit(2);
        }
    }
}
