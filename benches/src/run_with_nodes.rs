//! A run with ten node executions in one transaction of eleven statements, prepared: what a workflow engine writes.

use dify_observe_tests::Cluster;
use postgres::{Client, Statement};

use crate::logging::row::{Id, borrowed, values};
use crate::logging::table::TABLES;
use crate::plain::PLAIN;
use crate::process;

pub const EVENTS: usize = 1 + NODES;
const NODES: usize = 10;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// INSERT into the copy without triggers.
    Plain,
    /// The logging functions.
    Ours,
}

pub struct Writer {
    client: Client,
    pid: i32,
    run: [Statement; 2],
    node: [Statement; 2],
}

impl Writer {
    pub fn connect(cluster: &Cluster, database: &str) -> Writer {
        let mut client = cluster.connect(database);
        let pid = process::backend(&mut client);
        let mut prepared = |table: usize| {
            let table = &TABLES[table];
            [table.insert(PLAIN), table.call()].map(|sql| client.prepare(&sql).expect(&sql))
        };
        Writer {
            run: prepared(0),
            node: prepared(1),
            pid,
            client,
        }
    }

    pub fn write(&mut self, way: Way) {
        let [run_table, node_table, ..] = &TABLES;
        let run = values(run_table.columns, 0, Id::V7);
        let at = |wanted| {
            let mut names = node_table.columns.iter();
            names
                .position(|(name, _)| *name == wanted)
                .expect("a column")
        };
        let mut transaction = self.client.transaction().expect("a transaction");
        let row = borrowed(&run);
        transaction
            .query(&self.run[way as usize], &row)
            .expect("a run");
        let id = row[0];
        for number in 0..NODES {
            let node = values(node_table.columns, number, Id::V7);
            let mut row = borrowed(&node);
            row[at("workflow_run_id")] = id;
            transaction
                .query(&self.node[way as usize], &row)
                .expect("a node");
        }
        transaction.commit().expect("a commit");
    }

    /// Seconds of CPU of its backend so far.
    pub fn cpu(&self) -> f64 {
        process::cpu(self.pid)
    }
}
