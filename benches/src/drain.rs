//! A database with the worker up, and a destination that is made when it is time to send.

use std::cell::RefCell;
use std::time::Duration;

use dify_observe_tests::{Cluster, eventually};
use postgres::Client;

use crate::process;
use crate::sink::Sink;

pub const DATABASE: &str = "bench";
const PATIENCE: Duration = Duration::from_secs(6000);

pub struct Drain {
    pub cluster: Cluster,
    pub worker: i32,
    sink: Sink,
    looking: RefCell<Client>,
}

impl Drain {
    pub fn set(name: &str) -> Drain {
        let cluster = Cluster::builder(name)
            .conf("shared_buffers", "1GB")
            .conf("max_wal_size", "10GB")
            .conf("dify_observe.enabled", "on")
            .conf("dify_observe.telemetry_enabled", "on")
            .start();
        cluster.create_database(DATABASE);
        cluster.create_extension(DATABASE);
        let worker = process::worker(&cluster, DATABASE);
        Drain {
            looking: RefCell::new(cluster.connect(DATABASE)),
            cluster,
            worker,
            sink: Sink::start(),
        }
    }

    pub fn session(&self) -> Client {
        self.cluster.connect(DATABASE)
    }

    pub fn count(&self) {
        self.cluster
            .sql(DATABASE, "CALL dify_observe.fold_metrics()");
    }

    /// Counted, and known to the planner.
    pub fn settle(&self) {
        self.count();
        self.cluster.sql(DATABASE, "VACUUM ANALYZE");
        self.cluster.sql(DATABASE, "CHECKPOINT");
    }

    /// A destination that has nothing yet and begins here: `now`, or `installation` for everything.
    pub fn open(&self, start: &str) {
        let create = format!(
            "CREATE SERVER drain FOREIGN DATA WRAPPER dify_observe OPTIONS (endpoint '{}', signals 'traces,logs', start_at '{start}')",
            self.sink.endpoint
        );
        self.cluster.sql(DATABASE, &create);
        eventually("its progress", PATIENCE, || {
            self.passed().iter().all(|passed| *passed >= 0)
        });
    }

    /// Until all that is there was sent; tells how many of the events have been, from time to time.
    pub fn finish(&self, mut told: impl FnMut(i64)) {
        let last = self.number("SELECT max(id) FROM dify_observe.events");
        eventually("everything is sent", PATIENCE, || {
            let [spans, logs] = self.passed();
            told(spans.midpoint(logs));
            spans.min(logs) >= last
        });
        self.cluster.sql(DATABASE, "DROP SERVER drain");
    }

    /// The last event that spans and log records have passed; -1 while there is nothing to look at.
    fn passed(&self) -> [i64; 2] {
        ["traces", "logs"].map(|signal| {
            self.number(&format!(
                "SELECT coalesce((SELECT p.passed FROM dify_observe.export_progress p JOIN pg_foreign_server s ON s.oid::text = p.destination \
                 WHERE s.srvname = 'drain' AND p.signal = '{signal}'), -1)"
            ))
        })
    }

    pub fn number(&self, sql: &str) -> i64 {
        let row = self.looking.borrow_mut().query_one(sql, &[]);
        row.expect(sql).get(0)
    }
}
