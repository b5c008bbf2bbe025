//! What was measured, as medians with their spread.

use super::cost::Cost;
use super::row;
use super::stage::Stage;
use crate::mixture;

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
    cpu: Vec<f64>,
    cpu_ratio: Vec<f64>,
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

    pub fn print(&self, stage: &Stage, rounds: usize) {
        println!(
            "\nCost of logging a row: PostgreSQL {}, {} partitions a table, {} bytes of JSON a row ({} an event of a batch), one client, fsync off,",
            stage.server(),
            stage.partitions(),
            row::json_bytes(),
            mixture::bytes(&stage.times())
        );
        println!(
            "no full-page images. Medians of {rounds} rounds, lowest to highest in brackets. CPU is the backend's own."
        );
        let mut group = "";
        for line in &self.lines {
            if line.group != group {
                group = line.group;
                println!(
                    "\n{group:<42}{:>10}  {:<22}{:>10}  {:<22}",
                    "CPU µs", "times plain", "WAL bytes", "times plain"
                );
            }
            println!("{}", line.text());
        }
    }
}

impl Line {
    fn new(group: &'static str, one: &Measured) -> Line {
        Line {
            group,
            what: one.what.clone(),
            target: one.target,
            cpu: Vec::new(),
            cpu_ratio: Vec::new(),
            wal: Vec::new(),
            wal_ratio: Vec::new(),
        }
    }

    fn add(&mut self, one: &Measured) {
        self.cpu.push(one.cost.cpu);
        self.cpu_ratio.push(one.cost.cpu / one.baseline.cpu);
        self.wal.push(one.cost.wal);
        self.wal_ratio.push(one.cost.wal / one.baseline.wal);
    }

    fn text(&self) -> String {
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
        let verdict = verdicts.join(", ");
        let text = format!(
            "{:<42}{:>10.1}  {:<22}{:>10.0}  {:<22}{verdict}",
            self.what,
            median(&self.cpu),
            spread(&self.cpu_ratio),
            median(&self.wal),
            spread(&self.wal_ratio)
        );
        text.trim_end().to_owned()
    }
}

fn judge(what: &str, found: f64, most: f64) -> String {
    let verdict = if found <= most { "meets" } else { "misses" };
    format!("{what} {verdict} {most}")
}

fn spread(values: &[f64]) -> String {
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let most = values.iter().copied().fold(0.0, f64::max);
    format!("{:.2} ({least:.2} to {most:.2})", median(values))
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}
