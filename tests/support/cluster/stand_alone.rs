//! A stand-alone backend: one process and nothing beside it, so that what it does is the same every time.

use std::io::Write;
use std::process::Stdio;

use crate::cluster::Cluster;

impl Cluster {
    /// Runs statements, one a line, on the stopped cluster, with settings for this time; under a program such as valgrind where one is
    /// given, with variables of its environment before it. Gives what was printed, complaints included; panics when a statement failed.
    #[track_caller]
    pub fn stand_alone(
        &self,
        database: &str,
        settings: &[&str],
        statements: &str,
        under: &[&str],
    ) -> String {
        let server = self.installation.bindir.join("postgres");
        // A program of the path, where one of this PostgreSQL is usual.
        let mut command = self.installation.command("/usr/bin/env");
        command
            .args(under)
            .arg(server)
            .arg("--single")
            .arg("-D")
            .arg(self.data());
        for setting in settings {
            command.args(["-c", setting]);
        }
        command
            .arg(database)
            .current_dir(self.folder())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut running = command
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        // It answers at the end of its input; more than a pipe holds is never printed before.
        let mut input = running.stdin.take().expect("a pipe");
        input
            .write_all(statements.as_bytes())
            .expect("the statements");
        drop(input);
        let done = running.wait_with_output().expect("its end");
        let printed = String::from_utf8_lossy(&done.stdout) + String::from_utf8_lossy(&done.stderr);
        let failed = ["ERROR:", "FATAL:", "PANIC:", "WARNING:"];
        assert!(
            done.status.success() && !failed.iter().any(|word| printed.contains(word)),
            "{command:?}: {}\n{printed}",
            done.status
        );
        printed.into_owned()
    }
}
