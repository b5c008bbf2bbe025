//! The cluster that is measured: quiet, with a handful of daily partitions, and a copy of the tables without triggers.

use std::cell::RefCell;

use dify_observe_tests::Cluster;
use postgres::Client;
use serde_json::Value;

use super::cost::{Cost, Meter};
use crate::mixture::{SHARES, Times};
use crate::plain::{self, PLAIN};
use crate::process;

/// A session whose backend can be measured.
pub struct Session {
    pub client: Client,
    pid: i32,
}

pub struct Stage {
    cluster: Cluster,
    observer: RefCell<Client>,
    /// As any client's.
    pub usual: RefCell<Session>,
    /// In which no trigger fires.
    pub without_triggers: RefCell<Session>,
}

impl Stage {
    pub fn set() -> Stage {
        let cluster = Cluster::builder("bench")
            .conf("autovacuum", "off")
            .conf("checkpoint_timeout", "1d")
            .conf("max_wal_size", "100GB")
            .conf("shared_buffers", "1GB")
            // How many there are depends on the checkpoints alone, the same for a plain INSERT.
            .conf("full_page_writes", "off")
            // Filling a new segment takes as long as a batch and meets whoever comes to it; in use they are recycled.
            .conf("wal_init_zero", "off")
            .start();
        cluster.create_database("bench");
        cluster.create_extension("bench");
        // It is woken by every commit; one that is not there yet would be asked for by every commit.
        process::worker(&cluster, "bench");
        cluster.sql(
            "bench",
            "SELECT dify_observe.ensure_partitions(now() - interval '3 days', now() + interval '3 days')",
        );
        plain::create(&cluster, "bench");
        cluster.sql(
            "bench",
            "INSERT INTO dify_observe.trace_roots SELECT gen_random_uuid(), gen_random_uuid(), now() FROM generate_series(1, 10000)",
        );
        let usual = Session::open(&cluster, "");
        let without_triggers = Session::open(&cluster, "SET session_replication_role = replica");
        Stage {
            observer: RefCell::new(cluster.connect("bench")),
            usual,
            without_triggers,
            cluster,
        }
    }

    /// The same state before each measurement. Events stay: truncation would make their BRIN indexes other than they are in use.
    pub fn empty(&self) {
        let names: Vec<String> = SHARES
            .iter()
            .flat_map(|share| {
                [
                    format!("dify_observe.{}", share.table),
                    format!("{PLAIN}.{}", share.table),
                ]
            })
            .collect();
        self.cluster
            .sql("bench", &format!("TRUNCATE {}", names.join(", ")));
    }

    pub fn measure(&self, session: &RefCell<Session>, work: impl FnOnce(&mut Client)) -> Cost {
        let mut session = session.borrow_mut();
        let mut observer = self.observer.borrow_mut();
        let mut meter = Meter {
            observer: &mut observer,
            pid: session.pid,
        };
        meter.measure(|| work(&mut session.client))
    }

    pub fn events(&self) -> usize {
        self.count("dify_observe.events")
    }

    /// What a transaction wrote into a table: whole rows, as a JSON array.
    pub fn rows_of(&self, table: &str, transaction: &str) -> Value {
        let sql = format!(
            "SELECT json_agg(json_strip_nulls(row_to_json(r))) FROM dify_observe.{table} r WHERE xid = $1::text::xid8"
        );
        let row = self.observer.borrow_mut().query_one(&sql, &[&transaction]);
        row.expect("the rows").get(0)
    }

    pub fn times(&self) -> Times {
        let sql = "SELECT to_json(now() - interval '2.3 s') #>> '{}', to_json(now()) #>> '{}'";
        let row = self.observer.borrow_mut().query_one(sql, &[]);
        let row = row.expect("the time");
        Times {
            created_at: row.get(0),
            finished_at: row.get(1),
        }
    }

    fn count(&self, table: &str) -> usize {
        let counted = self
            .cluster
            .value("bench", &format!("SELECT count(*) FROM {table}"));
        counted.and_then(|text| text.parse().ok()).unwrap_or(0)
    }

    pub fn partitions(&self) -> usize {
        self.count("pg_inherits WHERE inhparent = 'dify_observe.workflow_runs'::regclass")
    }
}

impl Session {
    fn open(cluster: &Cluster, setting: &str) -> RefCell<Session> {
        let mut client = cluster.connect("bench");
        client
            .batch_execute(setting)
            .expect("the session's setting");
        let pid = process::backend(&mut client);
        RefCell::new(Session { client, pid })
    }
}
