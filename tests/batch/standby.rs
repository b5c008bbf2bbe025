//! A standby refuses a batch as it refuses every write.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;

use dify_observe_tests::Cluster;

use crate::asking::without_worker;
use crate::event::{Event, batch, call};
use crate::stored::count;

struct Standby<'a> {
    primary: &'a Cluster,
    data: PathBuf,
    port: u16,
}

impl<'a> Standby<'a> {
    #[track_caller]
    fn start(primary: &'a Cluster) -> Standby<'a> {
        let data = primary.folder().join("standby");
        let mut copy = primary.bin("pg_basebackup");
        succeeds(
            copy.args(["-R", "-c", "fast", "-X", "stream", "-D"])
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
        let options = format!("-p {port}");
        let log = primary.folder().join("standby.log");
        succeeds(
            standby
                .pg_ctl("start")
                .args(["-o", &options, "-l"])
                .arg(log),
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

    /// The SQLSTATE with which it is refused.
    fn code_of(&self, statement: &str) -> String {
        let mut psql = self.primary.bin("psql");
        psql.env("PGPORT", self.port.to_string());
        let done = psql
            .args(["-X", "-v", "VERBOSITY=sqlstate", "-c", statement])
            .output()
            .expect("psql");
        let told = String::from_utf8_lossy(&done.stderr).into_owned();
        told.trim().trim_start_matches("ERROR:").trim().to_owned()
    }
}

impl Drop for Standby<'_> {
    fn drop(&mut self) {
        self.pg_ctl("stop").args(["-m", "immediate"]).output().ok();
    }
}

#[track_caller]
fn succeeds(command: &mut Command) {
    let done = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(
        done.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&done.stderr)
    );
}

#[test]
fn it_refuses_good_and_bad_batches_alike() {
    let (primary, mut session) = without_worker("batch_standby");
    let standby = Standby::start(&primary);
    for batch in [batch(&[Event::of("dify.message.run")]), "[7]".to_owned()] {
        for on_error in ["abort", "quarantine"] {
            let code = standby.code_of(&call(&batch, on_error));
            let expected = if batch == "[7]" && on_error == "abort" {
                "22023"
            } else {
                "25006"
            };
            assert_eq!(code, expected, "{batch} {on_error}");
        }
    }
    assert_eq!(count(&mut session, "quarantined_events"), 0);
}
