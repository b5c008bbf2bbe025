//! What logging, counting and sending cost with more and more rows there, all in today's partitions; beside a second server that has few, in turns.

use serde_json::Value;

use crate::Scale;
use crate::drain::{DATABASE, Drain};
use crate::history;
use crate::logging::cost::{Cost, Meter};
use crate::logging::row::Id;
use crate::mixture::{BATCH, Times, events};
use crate::page::table;
use crate::plain;
use crate::process;
use crate::run_with_nodes::{EVENTS, Way, Writer};
use crate::spread::{median, spread};

/// Rows that are there.
const SIZES: [usize; 3] = [100_000, 1_000_000, 10_000_000];
/// Batches and transactions of a round.
const BATCHES: usize = 10;
const TRANSACTIONS: usize = 200;

#[derive(Default)]
struct Costs {
    batch: Vec<f64>,
    wal: Vec<f64>,
    call: Vec<f64>,
    worker: Vec<f64>,
}

pub fn run(scale: Scale) -> String {
    let [few, many] = ["bench_growth_few", "bench_growth_many"].map(|name| {
        let stage = Drain::set(name);
        plain::create(&stage.cluster, DATABASE);
        stage
    });
    let mut written = 0;
    let mut rows = Vec::new();
    for size in SIZES {
        let size = scale.of(size);
        if written == 0 {
            history::write(&mut few.session(), size);
            few.settle();
        }
        history::write(&mut many.session(), size.saturating_sub(written));
        many.settle();
        written = size;
        let [mut base, mut costs] = [Costs::default(), Costs::default()];
        for round in 0..=scale.rounds() {
            // The first only warms up.
            measure(&few, (round > 0).then_some(&mut base));
            measure(&many, (round > 0).then_some(&mut costs));
        }
        let cell = |of: fn(&Costs) -> &Vec<f64>, digits: usize| {
            let times: Vec<f64> = of(&costs)
                .iter()
                .zip(of(&base))
                .map(|(costs, base)| costs / base)
                .collect();
            format!(
                "{:.digits$}, {} times",
                median(of(&costs)),
                spread(&times, 2)
            )
        };
        rows.push(vec![
            size.to_string(),
            cell(|costs| &costs.batch, 1),
            cell(|costs| &costs.wal, 0),
            cell(|costs| &costs.call, 1),
            cell(|costs| &costs.worker, 1),
        ]);
    }
    format!(
        "Rows of some 1 KB in today's partitions, an eleventh of them runs, the rest node executions; fsync off. Times: what the same costs in the same round on a second \
         server with {} rows.\n\n{}",
        scale.of(SIZES[0]),
        table(
            &[
                "rows there",
                "`log_batch`, µs of CPU an event",
                "bytes of WAL an event",
                "single calls, µs of CPU each",
                "worker: counting and sending, µs of CPU an event"
            ],
            &rows
        )
    )
}

fn measure(stage: &Drain, costs: Option<&mut Costs>) {
    let (mut session, mut observer) = (stage.session(), stage.session());
    let row = session.query_one(
        "SELECT pg_backend_pid(), to_json(now() - interval '2.3 s') #>> '{}', to_json(now()) #>> '{}'",
        &[],
    );
    let row = row.expect("the time");
    let times = Times {
        created_at: row.get(1),
        finished_at: row.get(2),
    };
    let call = session
        .prepare("SELECT dify_observe.log_batch($1)")
        .expect("a statement");
    let before = process::cpu(stage.worker);
    stage.open("now");
    let mut meter = Meter {
        observer: &mut observer,
        pid: row.get(0),
    };
    let mut batches = Cost::default();
    for _ in 0..BATCHES {
        let batch = Value::Array(events(Id::Generated, &times));
        batches += meter.measure(|| {
            session.execute(&call, &[&batch]).expect("a batch");
        });
    }
    let mut writer = Writer::connect(&stage.cluster, DATABASE);
    writer.write(Way::Calls);
    let spent = writer.cpu();
    for _ in 0..TRANSACTIONS {
        writer.write(Way::Calls);
    }
    let calls = (TRANSACTIONS * EVENTS) as f64;
    let single = 1e6 * (writer.cpu() - spent) / calls;
    stage.finish(|_| ());
    stage.count();
    if let Some(costs) = costs {
        let told = (BATCHES * BATCH) as f64 + calls + EVENTS as f64;
        costs.batch.push(batches.cpu / (BATCHES * BATCH) as f64);
        costs.wal.push(batches.wal / (BATCHES * BATCH) as f64);
        costs.call.push(single);
        costs
            .worker
            .push(1e6 * (process::cpu(stage.worker) - before) / told);
    }
}
