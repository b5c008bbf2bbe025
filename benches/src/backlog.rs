//! What waits after a long outage is sent by one worker: as fast as live, in memory that does not grow.

use std::time::Instant;

use crate::Scale;
use crate::drain::Drain;
use crate::history;
use crate::page::table;
use crate::process::{self, MemoryWatch};

const EVENTS: usize = 5_000_000;
const LIVE: usize = 100_000;
const PARTS: i64 = 5;

/// From the last line on.
struct Meter {
    watch: MemoryWatch,
    worker: i32,
    spent: f64,
    began: Instant,
}

pub fn run(scale: Scale) -> String {
    let stage = Drain::set("bench_backlog");
    let mut meter = Meter::over(stage.worker);
    stage.open("now");
    let live = scale.of(LIVE);
    meter.begin();
    history::write(&mut stage.session(), live);
    stage.finish(|_| ());
    stage.count();
    let mut rows = vec![meter.line("sent and counted as it is written", live as f64)];
    history::write(&mut stage.session(), scale.of(EVENTS));
    stage.settle();
    let events = stage.number("SELECT max(id) FROM dify_observe.events");
    stage.open("installation");
    meter.begin();
    let (mut parts, mut from) = (0, 0);
    stage.finish(|passed| {
        if passed >= events * (parts + 1) / PARTS {
            parts += 1;
            let what = format!("backlog, about part {parts} of {PARTS}");
            rows.push(meter.line(&what, (passed - from) as f64));
            from = passed;
        }
    });
    meter.watch.end();
    format!(
        "A backlog of {events} events, runs with ten nodes, some 1 KB each; spans and log records, gzip; fsync off. It was counted before.\n\n{}",
        table(
            &[
                "what",
                "worker, µs of CPU an event",
                "events a second of a core",
                "events a second of wall time",
                "worker's memory at most, MiB"
            ],
            &rows
        )
    )
}

impl Meter {
    fn over(worker: i32) -> Meter {
        Meter {
            watch: MemoryWatch::over(worker),
            worker,
            spent: process::cpu(worker),
            began: Instant::now(),
        }
    }

    fn begin(&mut self) {
        self.watch.reset();
        self.spent = process::cpu(self.worker);
        self.began = Instant::now();
    }

    fn line(&mut self, what: &str, events: f64) -> Vec<String> {
        let cpu = process::cpu(self.worker) - self.spent;
        let cells = vec![
            what.to_owned(),
            format!("{:.1}", 1e6 * cpu / events),
            format!("{:.0}", events / cpu),
            format!("{:.0}", events / self.began.elapsed().as_secs_f64()),
            format!("{:.0}", self.watch.reset()),
        ];
        self.begin();
        cells
    }
}
