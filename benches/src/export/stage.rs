//! A database with a backlog, and a receiver.

use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use dify_observe_tests::{Cluster, eventually};
use serde_json::Value;

use crate::logging::row::Id;
use crate::mixture::{BATCH, Times, events, with_long_answers};
use crate::process;
use crate::sink::Sink;

const DATABASE: &str = "bench";
const PATIENCE: Duration = Duration::from_secs(600);

/// What one way to get the events out took.
pub struct Spent {
    /// Seconds of CPU.
    pub cpu: f64,
    pub events: usize,
    pub note: String,
}

pub struct Stage {
    cluster: Cluster,
    pub sink: Sink,
    events: usize,
    /// How many times the usual length answers have.
    pub answers: usize,
}

impl Stage {
    pub fn set(backlog: usize, answers: usize) -> Stage {
        let cluster = Cluster::builder("bench_export")
            .conf("shared_buffers", "1GB")
            .conf("max_wal_size", "100GB")
            .conf("dify_observe.enabled", "on")
            .conf("dify_observe.telemetry_enabled", "on")
            .start();
        cluster.create_database(DATABASE);
        cluster.create_extension(DATABASE);
        let mut session = cluster.connect(DATABASE);
        let row = session
            .query_one(
                "SELECT to_json(now() - interval '2.3 s') #>> '{}', to_json(now()) #>> '{}'",
                &[],
            )
            .expect("the time");
        let times = Times {
            created_at: row.get(0),
            finished_at: row.get(1),
        };
        for _ in 0..backlog / BATCH {
            let batch = with_long_answers(&Value::Array(events(Id::V7, &times)), answers);
            session
                .execute("SELECT dify_observe.log_batch($1::json)", &[&batch])
                .expect("a batch");
        }
        session
            .batch_execute("CALL dify_observe.fold_metrics()")
            .expect("counted");
        session.batch_execute("VACUUM ANALYZE").expect("statistics");
        Stage {
            cluster,
            sink: Sink::start(),
            events: backlog,
            answers,
        }
    }

    /// Spans and log records of the backlog.
    pub fn records(&self) -> i64 {
        self.number(
            "SELECT count(*) + count(*) FILTER (WHERE event IN (1, 2, 3)) FROM dify_observe.events",
        )
    }

    pub fn spans_per_event(&self) -> f64 {
        self.records() as f64 / self.events as f64 - 1.0
    }

    /// Through a destination of its own, from the first event on.
    pub fn drain(&self, compression: &str, content: &str) -> Spent {
        let worker = process::worker(&self.cluster, DATABASE);
        let (requests, bytes) = (
            self.sink.taken.requests.load(Relaxed),
            self.sink.taken.bytes.load(Relaxed),
        );
        let (began, before) = (Instant::now(), process::cpu(worker));
        self.cluster.sql(
            DATABASE,
            &format!(
                "CREATE SERVER drain FOREIGN DATA WRAPPER dify_observe OPTIONS (endpoint '{}', compression '{compression}', \
                   include_content '{content}', start_at 'installation', signals 'traces,logs')",
                self.sink.endpoint
            ),
        );
        let last = self.number("SELECT max(id) FROM dify_observe.events");
        let waiting = format!(
            "SELECT count(*) FROM dify_observe.export_progress p JOIN pg_foreign_server s ON s.oid::text = p.destination \
             WHERE s.srvname = 'drain' AND p.passed >= {last}"
        );
        eventually("the backlog is sent", PATIENCE, || {
            let done = self.number(&waiting);
            if done == 2 { Ok(()) } else { Err(done) }
        });
        let (cpu, wall) = (process::cpu(worker) - before, began.elapsed().as_secs_f64());
        self.cluster.sql(DATABASE, "DROP SERVER drain");
        let requests = self.sink.taken.requests.load(Relaxed) - requests;
        let bytes = self.sink.taken.bytes.load(Relaxed) - bytes;
        Spent {
            cpu,
            events: self.events,
            note: format!(
                "{:.0} bytes an event in {requests} requests, {:.0} events a second of wall time",
                bytes as f64 / self.events as f64,
                self.events as f64 / wall
            ),
        }
    }

    /// What any exporter must do at the least.
    pub fn read(&self) -> Spent {
        let mut session = self.cluster.connect(DATABASE);
        let pid = process::backend(&mut session);
        let before = process::cpu(pid);
        for table in [
            "workflow_runs",
            "node_executions",
            "messages",
            "tool_executions",
            "moderation_checks",
            "suggested_questions",
            "dataset_retrievals",
            "generated_names",
            "prompt_generations",
        ] {
            let copy = format!(
                "COPY (SELECT e.*, r.* FROM dify_observe.events e JOIN dify_observe.{table} r ON r.id = e.source_id AND r.created_at = e.source_at) TO '/dev/null'"
            );
            session.batch_execute(&copy).expect("the rows");
        }
        Spent {
            cpu: process::cpu(pid) - before,
            events: self.events,
            note: String::new(),
        }
    }

    fn number(&self, sql: &str) -> i64 {
        let row = self.cluster.connect(DATABASE).query_one(sql, &[]);
        row.expect(sql).get(0)
    }
}
