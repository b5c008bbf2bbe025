//! The server's clock jumps: libfaketime stands between it and the kernel's, and only durations stay true.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

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
    /// Off by this, such as `-2h` or `+3d`.
    pub fn at(offset: &str) -> Clock {
        let folder = tempfile::tempdir_in("/tmp").expect("a folder");
        // The server's account reads it.
        let open = fs::Permissions::from_mode(0o755);
        fs::set_permissions(folder.path(), open).expect("its mode");
        let clock = Clock { folder };
        clock.set(offset);
        clock
    }

    pub fn set(&self, offset: &str) {
        let beside = self.folder.path().join("new");
        fs::write(&beside, offset).expect("the offset");
        fs::rename(&beside, self.file()).expect("the offset");
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("offset")
    }

    /// The server and all its processes go by it.
    pub fn rules(&self, builder: Builder) -> Builder {
        builder
            .env("LD_PRELOAD", &library())
            .env(
                "FAKETIME_TIMESTAMP_FILE",
                &self.file().display().to_string(),
            )
            .env("FAKETIME_NO_CACHE", "1")
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
            .env("NO_FAKE_STAT", "1")
    }
}

fn library() -> String {
    let folders = fs::read_dir("/usr/lib").expect("/usr/lib").flatten();
    let library = folders
        .map(|folder| folder.path().join("faketime/libfaketime.so.1"))
        .find(|library| library.exists());
    let library = library.expect("libfaketime: make setup-tests, or install the package faketime");
    library.display().to_string()
}

/// Jumps while a backlog waits, and goes on there.
#[track_caller]
fn jumps(fault: &'static str, from: &str, to: &str) {
    let clock = Clock::at("-4h");
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
    jumps(
        "clock jumps an hour forward while a backlog waits",
        "-4h",
        "-3h",
    );
}

#[test]
fn three_days_forward_while_a_backlog_waits() {
    jumps(
        "clock jumps three days forward while a backlog waits",
        "+0",
        "+3d",
    );
}

#[test]
fn an_hour_back_while_a_backlog_waits() {
    jumps(
        "clock jumps an hour back while a backlog waits",
        "+0",
        "-1h",
    );
}

#[test]
#[ignore = "what is recorded before the installation is taken for another database's history"]
fn back_behind_the_installation() {
    jumps("clock jumps back behind the installation", "+0", "-6h");
}

/// Days that a wrong clock had told are not what later reads begin with.
#[test]
#[ignore = "passed_at is not put right when the clock is"]
fn three_days_ahead_for_a_while_and_those_days_then_pass_in_an_outage() {
    let clock = Clock::at("+0");
    let mut incident = Incident::begin_with(
        "clock three days ahead for a while, then an outage of three days",
        |builder| clock.rules(builder),
    );
    clock.set("+3d");
    incident.more_arrives(100);
    incident.stop_writing();
    incident.arrives();
    incident.collector.answer(None, Behaviour::status(503));
    clock.set("+0");
    incident.write();
    incident.backlog_grows(200);
    incident.stop_writing();
    clock.set("+3d");
    incident.write();
    incident.backlog_grows(300);
    incident.over();
    incident.collector.answer(None, Behaviour::Ok);
    incident.recovers();
}

#[test]
fn a_transaction_that_was_prepared_an_hour_ago_is_told_when_it_commits() {
    let clock = Clock::at("-1h");
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
    clock.set("+0");
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
