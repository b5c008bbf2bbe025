//! What was measured, as medians with their spread.

use super::cost::Cost;
use super::row;
use super::stage::Stage;
use crate::mixture;
use crate::page::table;
use crate::spread::{median, spread};

/// The most that a way may cost, in times its baseline.
#[derive(Clone, Copy)]
pub struct Target {
    pub cpu: f64,
    pub wal: Option<f64>,
}

/// One way to write a row, in one round.
pub struct Measured {
    pub what: String,
    pub cost: Cost,
    /// Of the same round: what the ratio is taken to.
    pub baseline: Cost,
    pub target: Option<Target>,
}

#[derive(Default)]
pub struct Report {
    lines: Vec<Line>,
}

struct Line {
    group: &'static str,
    what: String,
    target: Option<Target>,
    plain_cpu: Vec<f64>,
    cpu: Vec<f64>,
    cpu_ratio: Vec<f64>,
    plain_wal: Vec<f64>,
    wal: Vec<f64>,
    wal_ratio: Vec<f64>,
}

impl Report {
    pub fn add(&mut self, group: &'static str, measured: Vec<Measured>) {
        for one in measured {
            let found = self
                .lines
                .iter()
                .position(|line| line.group == group && line.what == one.what);
            let at = found.unwrap_or_else(|| {
                self.lines.push(Line::new(group, &one));
                self.lines.len() - 1
            });
            self.lines[at].add(&one);
        }
    }

    pub fn text(&self, stage: &Stage, rounds: usize) -> String {
        let rows: Vec<Vec<String>> = self.lines.iter().map(Line::cells).collect();
        format!(
            "{} partitions a table, {} bytes of JSON a row ({} an event of a batch), one client, fsync off, no full-page images. CPU is the \
             backend's own; medians of {rounds} rounds, with the least and the most.\n\n{}",
            stage.partitions(),
            row::json_bytes(),
            mixture::bytes(&stage.times()),
            table(
                &[
                    "what",
                    "CPU µs",
                    "times plain",
                    "WAL bytes",
                    "times plain",
                    "aims"
                ],
                &rows
            )
        )
    }
}

impl Line {
    fn new(group: &'static str, one: &Measured) -> Line {
        Line {
            group,
            what: one.what.clone(),
            target: one.target,
            plain_cpu: Vec::new(),
            cpu: Vec::new(),
            cpu_ratio: Vec::new(),
            plain_wal: Vec::new(),
            wal: Vec::new(),
            wal_ratio: Vec::new(),
        }
    }

    fn add(&mut self, one: &Measured) {
        self.plain_cpu.push(one.baseline.cpu);
        self.cpu.push(one.cost.cpu);
        self.cpu_ratio.push(one.cost.cpu / one.baseline.cpu);
        self.plain_wal.push(one.baseline.wal);
        self.wal.push(one.cost.wal);
        self.wal_ratio.push(one.cost.wal / one.baseline.wal);
    }

    fn cells(&self) -> Vec<String> {
        let cpu = self
            .target
            .map(|target| ("CPU", &self.cpu_ratio, target.cpu));
        let wal = self
            .target
            .and_then(|target| Some(("WAL", &self.wal_ratio, target.wal?)));
        let judged = [cpu, wal].into_iter().flatten();
        let verdicts: Vec<String> = judged
            .map(|(what, found, most)| judge(what, median(found), most))
            .collect();
        vec![
            format!("{}: {}", self.group, self.what),
            format!("{:.1}", median(&self.plain_cpu)),
            format!("{:.1}", median(&self.cpu)),
            spread(&self.cpu_ratio, 2),
            format!("{:.0}", median(&self.plain_wal)),
            format!("{:.0}", median(&self.wal)),
            spread(&self.wal_ratio, 2),
            verdicts.join(", "),
        ]
    }
}

fn judge(what: &str, found: f64, most: f64) -> String {
    let verdict = if found <= most { "meets" } else { "misses" };
    format!("{what} {verdict} {most}")
}
