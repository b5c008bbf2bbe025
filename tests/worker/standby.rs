//! A standby is silent, and takes over where the primary stopped when it is promoted.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use dify_observe_tests::{Cluster, Collector, eventually};

use crate::shop::{DATABASE, are_settled, arrive_once, log_run, observed, users};

struct Standby<'a> {
    primary: &'a Cluster,
    data: PathBuf,
    port: u16,
}

impl<'a> Standby<'a> {
    #[track_caller]
    fn start(primary: &'a Cluster) -> Standby<'a> {
        let data = primary.folder().join("standby");
        succeeds(
            primary
                .bin("pg_basebackup")
                .args(["-R", "-c", "fast", "-X", "stream", "-D"])
                .arg(&data),
        );
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let port = listener.local_addr().expect("its address").port();
        drop(listener);
        let standby = Standby {
            primary,
            data,
            port,
        };
        let options = format!("-p {port} -c cluster_name=standby");
        succeeds(
            standby
                .pg_ctl("start")
                .args(["-o", &options, "-l"])
                .arg(primary.folder().join("standby.log")),
        );
        standby
    }

    fn pg_ctl(&self, action: &str) -> Command {
        let mut command = self.primary.bin("pg_ctl");
        command
            .args([action, "--wait", "--silent", "-D"])
            .arg(&self.data);
        command
    }

    #[track_caller]
    fn value(&self, database: &str, statement: &str) -> String {
        let mut psql = self.primary.bin("psql");
        psql.env("PGPORT", self.port.to_string());
        succeeds(psql.args(["-X", "-A", "-t", "-d", database, "-c", statement]))
    }
}

impl Drop for Standby<'_> {
    fn drop(&mut self) {
        self.pg_ctl("stop").args(["-m", "immediate"]).output().ok();
    }
}

#[track_caller]
fn succeeds(command: &mut Command) -> String {
    let done = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let told = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{command:?}: {told}");
    String::from_utf8_lossy(&done.stdout).trim().to_owned()
}

#[test]
fn it_says_nothing_until_it_is_promoted_and_then_everything_that_is_left() {
    let collector = Collector::start();
    let primary = Cluster::builder("primary")
        .exports_to(&collector.endpoint())
        .start();
    observed(&primary, DATABASE);
    log_run(&primary, DATABASE, "first");
    arrive_once(&collector, &["first"]);
    eventually("counted", Duration::from_secs(60), || {
        collector.total("dify.requests.total", &[]) == 1
    });
    let standby = Standby::start(&primary);
    log_run(&primary, DATABASE, "second");
    arrive_once(&collector, &["first", "second"]);
    are_settled(&primary, DATABASE, 2);
    let ours = "SELECT count(*) FROM pg_stat_activity WHERE backend_type LIKE 'dify_observe%'";
    let events = "SELECT count(*) FROM dify_observe.events";
    let replayed = |count: &str| {
        eventually("it is replayed", Duration::from_secs(60), || {
            let now = standby.value(DATABASE, events);
            if now == count { Ok(()) } else { Err(now) }
        });
    };
    replayed("2");
    assert_eq!(standby.value(DATABASE, ours), "0");

    collector.stop();
    log_run(&primary, DATABASE, "left");
    replayed("3");
    primary.crash();
    collector.start_again();
    assert_eq!(standby.value(DATABASE, "SELECT pg_is_in_recovery()"), "t");
    assert_eq!(standby.value(DATABASE, ours), "0");
    assert_eq!(users(&collector), ["first", "second"]);

    succeeds(&mut standby.pg_ctl("promote"));
    arrive_once(&collector, &["first", "left", "second"]);
    eventually("the counters go on", Duration::from_secs(60), || {
        let total = collector.total("dify.requests.total", &[]);
        if total == 3 { Ok(()) } else { Err(total) }
    });
    assert_eq!(
        standby.value(
            DATABASE,
            "SELECT count(*) FROM dify_observe.check_metrics()"
        ),
        "0"
    );
}
