//! A database with the extension, and an application that may only log.

use std::path::Path;
use std::process::Command;

use dify_observe_tests::Cluster;
use serde_json::{Value, json};

use crate::page;

pub struct Shop {
    pub cluster: Cluster,
}

impl Shop {
    /// With the role and the table that the page makes.
    pub fn open(name: &str) -> Shop {
        let cluster = Cluster::start(name);
        cluster.create_database("shop");
        cluster.create_extension("shop");
        cluster.sql("shop", page::program("A role that only logs", "sql"));
        Shop { cluster }
    }

    /// Runs a program as that role, and gives what it printed.
    #[track_caller]
    pub fn run(&self, program: &str, arguments: &[&str], file: &Path) -> String {
        self.run_as("app", program, arguments, file)
    }

    /// The client's time zone is neither the server's nor the session's that the programs set.
    #[track_caller]
    pub fn run_as(&self, role: &str, program: &str, arguments: &[&str], file: &Path) -> String {
        let done = Command::new(program)
            .args(arguments)
            .arg(file)
            .env("PGHOST", self.cluster.folder())
            .env("PGPORT", self.cluster.port().to_string())
            .env("PGUSER", role)
            .env("PGDATABASE", "shop")
            .env("TZ", "America/New_York")
            .output()
            .unwrap_or_else(|error| panic!("{program}: {error}"));
        let printed = String::from_utf8_lossy(&done.stdout).into_owned();
        let complaint = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{program}:\n{printed}{complaint}");
        printed
    }

    /// That a program of the page wrote what all of them write.
    #[track_caller]
    pub fn check_written(&self) {
        let written = self.cluster.value(
            "shop",
            "SELECT jsonb_build_object(
               'runs', (SELECT jsonb_agg(jsonb_build_array(status, user_id, inputs, outputs, total_price, elapsed_time IN (1.9, 2.3),
                                                           finished_at BETWEEN now() - interval '1 minute' AND now() + interval '3 s')
                                         ORDER BY total_price, user_id NULLS FIRST) FROM dify_observe.workflow_runs),
               'nodes', (SELECT jsonb_agg(jsonb_build_array(n.status, n.inputs, n.model_name, n.total_tokens, a.answer))
                         FROM dify_observe.node_executions n JOIN answers a ON a.run_id = n.workflow_run_id),
               'messages', (SELECT jsonb_agg(jsonb_build_array(status, query) ORDER BY query DESC) FROM dify_observe.messages),
               'events', (SELECT count(*) FROM dify_observe.events),
               'quarantined', (SELECT count(*) FROM dify_observe.quarantined_events))",
        );
        let written: Value = written
            .and_then(|text| serde_json::from_str(&text).ok())
            .expect("JSON");
        let expected = json!({
            "runs": [
                ["succeeded", null, {"query": "Where is order 1107?"}, {"answer": "It arrives tomorrow."}, 0.00267, true, true],
                ["succeeded", null, null, null, null, true, true],
                ["succeeded", "customer-7", null, {"answer": "It is at your door."}, null, false, true],
            ],
            "nodes": [["succeeded", ["Where is order 1107?"], "gpt-4o", 876, "It arrives tomorrow."]],
            "messages": [["normal", "Where is order 1107?"], ["normal", "Thank you!"]],
            "events": 6,
            "quarantined": 0,
        });
        assert_eq!(written, expected);
    }
}

/// What the programs that count and read back print.
#[track_caller]
pub fn check_printed(printed: &str) {
    let lines: Vec<&str> = printed.lines().collect();
    let [first, second, told] = lines.as_slice() else {
        panic!("three lines: {printed}");
    };
    assert_eq!([*first, *second], ["2 0", "2 0"]);
    assert!(told.starts_with("dify.workflow.run "), "{told}");
    assert!(told.contains("ref:workflow_run_id="), "{told}");
}
