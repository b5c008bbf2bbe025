//! The server's clock jumps: `clock.c` stands between it and the kernel's, and only durations stay true.

use std::fs::{self, File};
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::process::Command;

use dify_observe_tests::cluster::Builder;
use dify_observe_tests::{Behaviour, eventually};
use tempfile::TempDir;

use crate::incident::{DATABASE, Incident, PATIENCE};
use crate::prepared::prepare;

/// A clock that a test can set.
pub struct Clock {
    folder: TempDir,
}

impl Clock {
    /// Off by so many hours.
    pub fn at(hours: i64) -> Clock {
        let folder = tempfile::tempdir_in("/tmp").expect("a folder");
        // The server's account reads it.
        let open = fs::Permissions::from_mode(0o755);
        fs::set_permissions(folder.path(), open).expect("its mode");
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/faults/clock.c");
        let built = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"])
            .arg(folder.path().join("clock.so"))
            .arg(source)
            .status();
        assert!(built.expect("a C compiler").success());
        fs::write(folder.path().join("offset"), [0; 8]).expect("the offset");
        let clock = Clock { folder };
        clock.set(hours);
        clock
    }

    /// At once, for every process of the server: they share the file's page.
    pub fn set(&self, hours: i64) {
        let file = File::options()
            .write(true)
            .open(self.folder.path().join("offset"));
        let seconds = (hours * 3600).to_ne_bytes();
        file.expect("the offset")
            .write_all_at(&seconds, 0)
            .expect("the offset");
    }

    /// The server and all its processes go by it.
    pub fn rules(&self, builder: Builder) -> Builder {
        let file = |name| self.folder.path().join(name).display().to_string();
        builder
            .env("LD_PRELOAD", &file("clock.so"))
            .env("CLOCK_OFFSET", &file("offset"))
    }
}

/// Jumps while a backlog waits, and goes on there.
#[track_caller]
fn jumps(fault: &'static str, from: i64, to: i64) {
    let clock = Clock::at(-4);
    let mut incident = Incident::begin_with(fault, |builder| clock.rules(builder));
    clock.set(from);
    incident.more_arrives(50);
    incident.collector.answer(None, Behaviour::status(503));
    incident.backlog_grows(200);
    clock.set(to);
    incident.backlog_grows(400);
    incident.over();
    incident.collector.answer(None, Behaviour::Ok);
    incident.recovers();
}

#[test]
fn an_hour_forward_while_a_backlog_waits() {
    jumps("clock jumps an hour forward while a backlog waits", -4, -3);
}

#[test]
fn three_days_forward_while_a_backlog_waits() {
    jumps(
        "clock jumps three days forward while a backlog waits",
        0,
        72,
    );
}

#[test]
fn an_hour_back_while_a_backlog_waits() {
    jumps("clock jumps an hour back while a backlog waits", 0, -1);
}

#[test]
fn back_behind_the_installation() {
    jumps("clock jumps back behind the installation", 0, -6);
}

/// Days that a wrong clock had told are not what later reads begin with.
#[test]
fn three_days_ahead_for_a_while_and_those_days_then_pass_in_an_outage() {
    let clock = Clock::at(0);
    let mut incident = Incident::begin_with(
        "clock three days ahead for a while, then an outage of three days",
        |builder| clock.rules(builder),
    );
    clock.set(72);
    incident.more_arrives(100);
    incident.stop_writing();
    incident.arrives();
    incident.collector.answer(None, Behaviour::status(503));
    clock.set(0);
    incident.write();
    incident.backlog_grows(200);
    incident.stop_writing();
    clock.set(72);
    incident.write();
    incident.backlog_grows(300);
    incident.over();
    incident.collector.answer(None, Behaviour::Ok);
    incident.recovers();
}

#[test]
fn a_transaction_that_was_prepared_an_hour_ago_is_told_when_it_commits() {
    let clock = Clock::at(-1);
    let mut incident =
        Incident::begin_with("transaction prepared an hour ago commits", |builder| {
            clock.rules(builder).conf("max_prepared_transactions", "5")
        });
    let mut session = incident.cluster.connect(DATABASE);
    for name in ["kept", "dropped"] {
        prepare(&mut session, name);
    }
    drop(session);
    incident.more_arrives(200);
    clock.set(0);
    incident.more_arrives(200);
    incident.cluster.restart();
    incident.more_arrives(200);
    eventually("it is an hour old", PATIENCE, || {
        let old = "SELECT count(*) FROM pg_prepared_xacts WHERE prepared < clock_timestamp() - interval '59 minutes'";
        incident.cluster.value(DATABASE, old).as_deref() == Some("2")
    });
    incident
        .cluster
        .sql(DATABASE, "ROLLBACK PREPARED 'dropped'");
    incident.cluster.sql(DATABASE, "COMMIT PREPARED 'kept'");
    incident.over();
    incident.recovers();
}
