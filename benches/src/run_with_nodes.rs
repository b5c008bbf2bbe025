//! A run with ten node executions in one transaction: what a workflow engine writes.

use dify_observe_tests::Cluster;
use postgres::{Client, Statement};
use serde_json::Value;

use crate::logging::row::{self, Id, borrowed, event, values};
use crate::logging::table::{TABLES, Table};
use crate::plain::PLAIN;
use crate::process;

pub const EVENTS: usize = 1 + NODES;
const NODES: usize = 10;
static RUN: &Table = &TABLES[0];
static NODE: &Table = &TABLES[1];

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Eleven INSERTs into the copy without triggers.
    Plain,
    /// Eleven calls of logging functions.
    Calls,
    /// One call of `log_batch`.
    Batch,
}

pub struct Writer {
    client: Client,
    pid: i32,
    /// Of a run and of a node, for the ways that have one for each.
    single: [[Statement; 2]; 2],
    batch: Statement,
}

impl Writer {
    pub fn connect(cluster: &Cluster, database: &str) -> Writer {
        let mut client = cluster.connect(database);
        let pid = process::backend(&mut client);
        let mut prepared = |sql: &str| client.prepare(sql).expect(sql);
        Writer {
            single: [
                [RUN, NODE].map(|table| prepared(&table.insert(PLAIN))),
                [RUN, NODE].map(|table| prepared(&table.call())),
            ],
            batch: prepared("SELECT dify_observe.log_batch($1)"),
            pid,
            client,
        }
    }

    /// The run's id is the client's, as its nodes tell it; theirs are the server's, or for a plain INSERT the client's too.
    pub fn write(&mut self, way: Way) {
        let nodes_id = match way {
            Way::Plain => Id::V7,
            Way::Calls | Way::Batch => Id::Generated,
        };
        let run = values(RUN.columns, 0, Id::V7);
        let nodes = (0..NODES).map(|number| {
            let mut node = values(NODE.columns, number, nodes_id);
            node[place("workflow_run_id")] = row::Value::Id(run[0].id());
            node
        });
        if way == Way::Batch {
            let mut batch = vec![event("dify.workflow.run", RUN.columns, &run)];
            batch.extend(nodes.map(|node| event("dify.node.execution", NODE.columns, &node)));
            let batch = Value::Array(batch);
            self.client
                .execute(&self.batch, &[&batch])
                .expect("a batch");
            return;
        }
        let [of_run, of_node] = &self.single[way as usize];
        let mut transaction = self.client.transaction().expect("a transaction");
        transaction.query(of_run, &borrowed(&run)).expect("a run");
        for node in nodes {
            transaction
                .query(of_node, &borrowed(&node))
                .expect("a node");
        }
        transaction.commit().expect("a commit");
    }

    /// Seconds of CPU of its backend so far.
    pub fn cpu(&self) -> f64 {
        process::cpu(self.pid)
    }
}

fn place(wanted: &str) -> usize {
    let mut names = NODE.columns.iter();
    names
        .position(|(name, _)| *name == wanted)
        .expect("a column")
}
