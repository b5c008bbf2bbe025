//! `make bench PART=retention`: removing the oldest third of 30 days by retention, while four clients write, against deleting the same rows from plain
//! tables in batches of 100 runs: as the original does it, and with an index for each step. It reports; it judges nothing by its exit code.

mod history;
mod measured;
mod original;
mod writers;

use std::time::{Duration, Instant};

use dify_observe_tests::Cluster;

use measured::{Removal, measured};
use writers::Target;

use crate::Scale;
use crate::page::table;

const DATABASE: &str = "bench";
/// Node executions, of which a third expires.
const ROWS: usize = 1_000_000;
/// Waits for a lock that are as long are told.
const NOTED: Duration = Duration::from_millis(10);
/// DELETE is measured for so long, and the rest reckoned.
const DELETING: Duration = Duration::from_secs(120);

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
        // It tells what each statement writes.
        .conf(
            "shared_preload_libraries",
            "dify_observe,pg_stat_statements",
        )
        // So that the log tells of every wait of more than this.
        .conf("log_lock_waits", "on")
        .conf("deadlock_timeout", &format!("{}ms", NOTED.as_millis()))
        .start();
    cluster.create_database(DATABASE);
    cluster.create_extension(DATABASE);
    let mut session = cluster.connect(DATABASE);
    session
        .batch_execute("CREATE EXTENSION pg_stat_statements")
        .expect("pg_stat_statements");
    let begun = Instant::now();
    let step = |what: &str| eprintln!("{:6.0} s  {what}", begun.elapsed().as_secs_f64());
    step("writing 30 days");
    history::write(&mut session, rows);
    step("VACUUM ANALYZE");
    session.batch_execute("VACUUM ANALYZE").expect("prepared");
    step("counting");
    history::fold(&mut session, rows);
    step("the same into plain tables");
    original::copy(&mut session);
    for statement in ["VACUUM ANALYZE", "CHECKPOINT"] {
        session.batch_execute(statement).expect("prepared");
    }
    step("retention");
    let ours = measured(&cluster, Target::Ours, |session| {
        session
            .batch_execute(Target::Ours.removing())
            .expect("removed");
    });
    // Each has five days of its own.
    step("DELETE as the original does it");
    let original = measured(&cluster, Target::Plain, |session| {
        original::clean_up(session, 25, DELETING);
    });
    step("DELETE with an index for each step");
    original::index_each_step(&mut session);
    let indexed = measured(&cluster, Target::Plain, |session| {
        original::clean_up(session, 20, DELETING);
    });
    step("done");
    let differences: i64 = session
        .query_one("SELECT count(*) FROM dify_observe.check_metrics()", &[])
        .expect("a count")
        .get(0);
    let all = original.expired as f64;
    let line = |what: &str, of: &dyn Fn(&Removal) -> String| {
        vec![what.to_owned(), of(&ours), of(&original), of(&indexed)]
    };
    let rows_of_table = [
        line("rows removed", &|one| one.removed.to_string()),
        line("seconds", &|one| format!("{:.2}", one.seconds)),
        line("seconds for all that has expired", &|one| {
            format!("{:.2}", one.seconds * one.share(all))
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
        line("longest wait of a writer for a lock, ms", &|one| {
            if one.locked_out == 0.0 {
                format!("under {}", NOTED.as_millis())
            } else {
                format!("{:.0}", one.locked_out)
            }
        }),
    ];
    let against = |deletes: &Removal| {
        let times = |vacuum: f64| {
            (deletes.seconds * deletes.share(all) + vacuum * deletes.vacuum_seconds)
                / (ours.seconds * ours.share(all) + vacuum * ours.vacuum_seconds)
        };
        format!(
            "time 1/{:.0}, with one VACUUM 1/{:.0}, WAL {:.2} %",
            times(0.0),
            times(1.0),
            100.0 * ours.wal * ours.share(all) / (deletes.wal * deletes.share(all))
        )
    };
    format!(
        "{rows} node executions of 1 KB in runs of ten, each with a message of 1 KB, ten runs in a conversation, over 30 days; the oldest 10 removed with four writers, fsync on. \
         DELETE in batches of 100 runs is measured for {} s at most and reckoned for the rest: as the original does it on its tables and indexes, then \
         with the one index it lacks, of messages by run.\n\n{}\n\
         Retention against the original: {}. Against an index for each step: {}. Each for all that has expired. Metrics that cannot be recounted: {differences}.",
        DELETING.as_secs(),
        table(
            &[
                "",
                "retention",
                "DELETE as the original",
                "DELETE, an index for each step"
            ],
            &rows_of_table
        ),
        against(&original),
        against(&indexed)
    )
}
