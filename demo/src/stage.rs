//! The cluster that logs and the receiver that listens.

use std::io::Write;
use std::process::{Command, Stdio, exit};
use std::time::Instant;
use std::{panic, thread};

use dify_observe_tests::{Cluster, Collector};

const ACTIVITY: &str = include_str!("../activity.sql");
pub const DATABASE: &str = "demo";

pub struct Stage {
    pub cluster: Cluster,
    /// None where the telemetry goes elsewhere.
    pub receiver: Option<Collector>,
    pub endpoint: String,
}

impl Stage {
    pub fn set(elsewhere: Option<String>) -> Stage {
        println!("dify_observe demo\n");
        let begun = Instant::now();
        let receiver = elsewhere.is_none().then(Collector::start);
        let endpoint = elsewhere
            .or_else(|| receiver.as_ref().map(Collector::endpoint))
            .unwrap_or_default();
        let cluster = Cluster::builder("demo")
            .conf("dify_observe.enabled", "on")
            .conf("dify_observe.telemetry_enabled", "on")
            .conf("dify_observe.otlp_endpoint", &endpoint)
            // A minute by default; nobody wants to watch that.
            .conf("dify_observe.metric_interval", "1s")
            .start();
        remove_when_interrupted(&cluster);
        let version = cluster
            .value(DATABASE_OF_ALL, "SHOW server_version")
            .unwrap_or_default();
        done(
            begun,
            &format!("PostgreSQL {version} started, with dify_observe preloaded"),
        );
        let kind = if receiver.is_some() {
            "the receiver of the demo"
        } else {
            "yours"
        };
        println!("         OTLP endpoint {endpoint} ({kind})");

        let begun = Instant::now();
        cluster.create_database(DATABASE);
        cluster.create_extension(DATABASE);
        done(begun, "CREATE EXTENSION dify_observe");
        Stage {
            cluster,
            receiver,
            endpoint,
        }
    }

    /// Plays the script through psql, as a newcomer would.
    pub fn play(&self) {
        let begun = Instant::now();
        let mut psql = self.psql();
        psql.arg("--quiet")
            .stdin(Stdio::piped())
            .stdout(Stdio::null());
        let mut running = psql.spawn().expect("psql starts");
        let mut input = running.stdin.take().expect("its input");
        input
            .write_all(ACTIVITY.as_bytes())
            .expect("psql reads the script");
        drop(input);
        assert!(
            running.wait().expect("psql ends").success(),
            "demo/activity.sql failed"
        );
        let events = self.value("SELECT count(*) FROM dify_observe.events");
        done(
            begun,
            &format!("demo/activity.sql played: {events} events logged"),
        );
    }

    pub fn psql(&self) -> Command {
        let mut psql = self.cluster.bin("psql");
        psql.args(["--no-psqlrc", "--set=ON_ERROR_STOP=1", "--dbname", DATABASE]);
        psql
    }

    pub fn rows(&self, query: &str) -> Vec<Vec<String>> {
        let rows = self.cluster.rows(DATABASE, query);
        rows.into_iter()
            .map(|row| row.into_iter().map(Option::unwrap_or_default).collect())
            .collect()
    }

    pub fn value(&self, query: &str) -> String {
        self.cluster.value(DATABASE, query).unwrap_or_default()
    }

    /// Where to look when nothing arrives.
    pub fn complaints(&self) -> String {
        let log = self.cluster.log();
        let lines: Vec<&str> = log
            .lines()
            .filter(|line| !line.contains(" LOG:  ") || line.contains("] dify_observe"))
            .collect();
        let last = lines[lines.len().saturating_sub(20)..].join("\n");
        format!("From the server's log:\n{last}")
    }
}

const DATABASE_OF_ALL: &str = "postgres";

/// Prints what was done, and how long it took.
pub fn done(begun: Instant, what: &str) {
    println!("{:>6.2} s {what}", begun.elapsed().as_secs_f64());
}

fn remove_when_interrupted(cluster: &Cluster) {
    let remains = cluster.remains();
    ctrlc::set_handler(move || {
        // The main thread is about to find its server gone: no news any more.
        panic::set_hook(Box::new(|_| {
            loop {
                thread::park();
            }
        }));
        remains.remove();
        exit(130);
    })
    .expect("a signal handler");
}
