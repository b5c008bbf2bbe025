//! What removing costs while others write.

use std::time::{Duration, Instant};

use dify_observe_tests::Cluster;
use postgres::Client;

use super::DATABASE;
use super::writers::{Target, Writers};

/// Without anything being removed: how long writers are held up then, and what WAL they write.
const QUIET: Duration = Duration::from_secs(20);

pub struct Removal {
    pub seconds: f64,
    /// Bytes, of what removed alone.
    pub wal: f64,
    /// Bytes.
    pub before: i64,
    pub after: i64,
    pub stall: Duration,
    pub quiet_stall: Duration,
    /// Milliseconds that a writer waited for a lock at most.
    pub locked_out: f64,
    /// Rows.
    pub expired: i64,
    pub removed: i64,
    /// Until the space can be used again.
    pub vacuum_seconds: f64,
}

impl Removal {
    /// How many times what was removed `all` is.
    pub fn share(&self, all: f64) -> f64 {
        all / self.removed as f64
    }
}

pub fn measured(cluster: &Cluster, target: Target, remove: impl FnOnce(&mut Client)) -> Removal {
    let mut session = cluster.connect(DATABASE);
    let writers = Writers::start(cluster, DATABASE, target);
    std::thread::sleep(Duration::from_secs(2));
    writers.reset();
    std::thread::sleep(QUIET);
    let quiet_stall = writers.reset();
    let before = size(&mut session, target);
    let expired = expired(&mut session, target);
    let logged = cluster.log().len();
    session
        .batch_execute("SELECT pg_stat_statements_reset()")
        .expect("nothing counted");
    let began = Instant::now();
    remove(&mut session);
    let seconds = began.elapsed().as_secs_f64();
    let stall = writers.reset();
    let wal = written(&mut session, target);
    let locked_out = longest_wait(&cluster.log()[logged..]);
    let began = Instant::now();
    for table in target.vacuumed() {
        session
            .batch_execute(&format!("VACUUM {}.{table}", target.schema()))
            .expect("vacuumed");
    }
    let vacuum_seconds = began.elapsed().as_secs_f64();
    let after = size(&mut session, target);
    let left = self::expired(&mut session, target);
    writers.stop();
    Removal {
        seconds,
        wal,
        before,
        after,
        stall,
        quiet_stall,
        locked_out,
        expired,
        removed: expired - left,
        vacuum_seconds,
    }
}

/// Of writers alone: what removes asks for other locks. Postgres tells of a wait once it is longer than `deadlock_timeout`.
fn longest_wait(log: &str) -> f64 {
    let waits = log.lines().filter_map(|line| {
        let (_, lock) = line.split_once(" acquired ")?;
        let (_, milliseconds) = lock.strip_suffix(" ms")?.rsplit_once(" after ")?;
        ["RowExclusiveLock", "AccessShareLock", "RowShareLock"]
            .iter()
            .any(|mode| lock.starts_with(mode))
            .then(|| milliseconds.parse().expect("milliseconds"))
    });
    waits.fold(0.0, f64::max)
}

/// Bytes of WAL of the statements that removed.
fn written(session: &mut Client, target: Target) -> f64 {
    let statement = "SELECT sum(wal_bytes)::float8 FROM pg_stat_statements WHERE query LIKE $1";
    let row = session.query_one(statement, &[&target.removing()]);
    row.expect("what they wrote").get(0)
}

/// Rows that are older than 20 days: what is to be removed.
fn expired(session: &mut Client, target: Target) -> i64 {
    let schema = target.schema();
    let old = "< date_trunc('day', now(), 'UTC') - interval '20 days'";
    let statement = format!(
        "SELECT (SELECT count(*) FROM {schema}.node_executions WHERE created_at {old}) + (SELECT count(*) FROM {schema}.workflow_runs WHERE created_at {old})
              + (SELECT count(*) FROM {schema}.messages WHERE created_at {old}) + (SELECT count(*) FROM {schema}.conversations WHERE last_message_at {old})"
    );
    let row = session.query_one(&statement, &[]).expect("a count");
    row.get(0)
}

/// Bytes of everything.
fn size(session: &mut Client, target: Target) -> i64 {
    let schema = target.schema();
    let statement = format!(
        "SELECT sum(pg_total_relation_size(c.oid))::bigint FROM pg_class c WHERE c.relnamespace = '{schema}'::regnamespace AND c.relkind = 'r'"
    );
    let row = session.query_one(&statement, &[]).expect("a size");
    row.get(0)
}
