//! `make bench PART=retention`: removing the oldest third of 30 days by retention, while four clients write, against deleting the same rows from plain
//! tables in batches of 100 runs, as the original does it. It reports; it judges nothing by its exit code.

mod history;
mod writers;

use std::time::{Duration, Instant};

use dify_observe_tests::Cluster;
use postgres::Client;

use writers::{Target, Writers};

use crate::Scale;
use crate::page::table;

const DATABASE: &str = "bench";
/// Node executions, of which a third expires.
const ROWS: usize = 1_000_000;
/// Without anything being removed: how long writers are held up then, and what WAL they write.
const QUIET: Duration = Duration::from_secs(20);

/// Batched DELETE is measured for so long, and the rest reckoned.
const DELETING: Duration = Duration::from_secs(900);

struct Removal {
    seconds: f64,
    /// Bytes, without what the writers wrote.
    wal: f64,
    /// Bytes.
    before: i64,
    after: i64,
    stall: Duration,
    quiet_stall: Duration,
    expired: i64,
    removed: i64,
    /// Until the space can be used again.
    vacuum_seconds: f64,
}

impl Removal {
    /// How many times what was removed all of it is.
    fn rest(&self) -> f64 {
        self.expired as f64 / self.removed as f64
    }
}

pub fn run(scale: Scale) -> String {
    let rows = scale.of(ROWS) as u32;
    let cluster = Cluster::builder("bench")
        .conf("checkpoint_timeout", "1d")
        .conf("max_wal_size", "8GB")
        .conf("shared_buffers", "1GB")
        // As in production: what a batch commits, and a file that is emptied, wait for the disk.
        .conf("fsync", "on")
        // Which pages are written as a whole depends on the checkpoints alone; without, DELETE looks better.
        .conf("full_page_writes", "off")
        .conf("dify_observe.workflow_log_retention_days", "20")
        .start();
    cluster.create_database(DATABASE);
    cluster.create_extension(DATABASE);
    let mut session = cluster.connect(DATABASE);
    let begun = Instant::now();
    let step = |what: &str| eprintln!("{:6.0} s  {what}", begun.elapsed().as_secs_f64());
    step("writing 30 days");
    history::write(&mut session, rows);
    step("the same into plain tables");
    history::copy(&mut session);
    step("VACUUM ANALYZE");
    for statement in ["VACUUM ANALYZE", "CHECKPOINT"] {
        session.batch_execute(statement).expect("prepared");
    }
    step("counting");
    history::fold(&mut session, rows);
    step("retention");
    let ours = measured(&cluster, Target::Ours, |session| {
        session
            .batch_execute("CALL dify_observe.run_retention()")
            .expect("removed");
    });
    step("batched DELETE");
    let deletes = measured(&cluster, Target::Plain, |session| {
        history::delete_in_batches(session, DELETING);
    });
    step("done");
    let differences: i64 = session
        .query_one("SELECT count(*) FROM dify_observe.check_metrics()", &[])
        .expect("a count")
        .get(0);
    let line = |what: &str, of: &dyn Fn(&Removal) -> String| {
        vec![what.to_owned(), of(&ours), of(&deletes)]
    };
    let rows_of_table = [
        line("rows removed", &|one| one.removed.to_string()),
        line("seconds", &|one| format!("{:.2}", one.seconds)),
        line("seconds for all that has expired", &|one| {
            format!("{:.2}", one.seconds * one.rest())
        }),
        line("seconds of VACUUM then", &|one| {
            format!("{:.2}", one.vacuum_seconds)
        }),
        line("WAL, MB", &|one| format!("{:.2}", one.wal / 1e6)),
        line("disk before, MB", &|one| {
            (one.before / 1_000_000).to_string()
        }),
        line("disk after, MB", &|one| (one.after / 1_000_000).to_string()),
        line("longest call of a writer, ms", &|one| {
            one.stall.as_millis().to_string()
        }),
        line("the same with nothing removed, ms", &|one| {
            one.quiet_stall.as_millis().to_string()
        }),
    ];
    format!(
        "{rows} node executions of 1 KB in runs of ten over 30 days, the oldest 10 removed, four writers, fsync on.\n\n{}\ntime 1/{:.0}, WAL {:.2} %, each for all that has expired; \
         metrics that cannot be recounted: {differences}",
        table(&["", "retention", "batched DELETE"], &rows_of_table),
        deletes.seconds * deletes.rest() / ours.seconds,
        100.0 * ours.wal / (deletes.wal * deletes.rest())
    )
}

fn measured(cluster: &Cluster, target: Target, remove: impl FnOnce(&mut Client)) -> Removal {
    let mut session = cluster.connect(DATABASE);
    let writers = Writers::start(cluster, DATABASE, target);
    std::thread::sleep(Duration::from_secs(2));
    writers.reset();
    let from = written(&mut session);
    std::thread::sleep(QUIET);
    let quiet = writers.reset();
    let per_call = (written(&mut session) - from) / f64::from(quiet.calls);
    let before = history::size(&mut session, target);
    let expired = history::expired(&mut session, target);
    let from = written(&mut session);
    let began = Instant::now();
    remove(&mut session);
    let seconds = began.elapsed().as_secs_f64();
    let busy = writers.reset();
    let wal = written(&mut session) - from - per_call * f64::from(busy.calls);
    let began = Instant::now();
    for table in ["workflow_runs", "node_executions"] {
        session
            .batch_execute(&format!("VACUUM {}.{table}", target.schema()))
            .expect("vacuumed");
    }
    let vacuum_seconds = began.elapsed().as_secs_f64();
    let after = history::size(&mut session, target);
    let left = history::expired(&mut session, target);
    writers.stop();
    Removal {
        seconds,
        wal,
        before,
        after,
        stall: busy.longest,
        quiet_stall: quiet.longest,
        expired,
        removed: expired - left,
        vacuum_seconds,
    }
}

fn written(session: &mut Client) -> f64 {
    session
        .query_one("SELECT (pg_current_wal_insert_lsn() - '0/0')::float8", &[])
        .expect("a position")
        .get(0)
}
