//! Starting, stopping, crashing and removing a cluster.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::thread::panicking;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::cluster::Cluster;
use crate::cluster::builder::free_port;
use crate::installation::{Installation, run};
use crate::waiting::eventually;

/// How to stop the server: wait for sessions to end, end them, or crash.
#[derive(Clone, Copy, Debug)]
pub enum Shutdown {
    Smart,
    Fast,
    Immediate,
}

/// Enough to stop and remove a cluster from elsewhere, say a signal handler.
#[derive(Clone)]
pub struct Remains {
    installation: &'static Installation,
    folder: PathBuf,
}

impl Cluster {
    /// Starts the stopped server and waits until it takes connections.
    #[track_caller]
    pub fn start_again(&self) {
        if let Err(complaint) = self.try_start() {
            panic!("{complaint}\nserver log:\n{}", self.log());
        }
    }

    /// Starts the stopped server and does not wait: it may have much to recover.
    #[track_caller]
    pub fn begin_to_start(&self) {
        run(self.starting().arg("--no-wait"));
    }

    /// Stops the server and says how long that took. Panics after a minute.
    #[track_caller]
    pub fn stop(&self, mode: Shutdown) -> Duration {
        let begun = Instant::now();
        let mode = match mode {
            Shutdown::Smart => "smart",
            Shutdown::Fast => "fast",
            Shutdown::Immediate => "immediate",
        };
        run(self
            .bin("pg_ctl")
            .args([
                "stop",
                "--wait",
                "--timeout=60",
                "--silent",
                "-m",
                mode,
                "-D",
            ])
            .arg(self.data()));
        begun.elapsed()
    }

    #[track_caller]
    pub fn restart(&self) {
        self.stop(Shutdown::Fast);
        self.start_again();
    }

    /// As in a power cut, fsync aside; `start_again` recovers.
    #[track_caller]
    pub fn crash(&self) {
        self.stop(Shutdown::Immediate);
    }

    /// Waits until a session can be opened, say after the server restarted itself.
    #[track_caller]
    pub fn wait_ready(&self) {
        eventually(
            "the server takes connections",
            Duration::from_secs(60),
            || self.try_connect("postgres", "postgres"),
        );
    }

    /// The postmaster's process id; none when it is down.
    pub fn pid(&self) -> Option<i32> {
        let file = fs::read_to_string(self.data().join("postmaster.pid")).ok()?;
        file.lines().next()?.trim().parse().ok()
    }

    /// Sends a signal to a process of this cluster, as `backend_pid` names it.
    #[track_caller]
    pub fn signal(&self, pid: i32, signal: &str) {
        let signal: Signal = signal.parse().expect("a signal's name");
        kill(Pid::from_raw(pid), signal)
            .unwrap_or_else(|error| panic!("{signal} to {pid}: {error}"));
    }

    pub fn remains(&self) -> Remains {
        Remains {
            installation: self.installation,
            folder: self.folder().to_owned(),
        }
    }

    #[track_caller]
    pub(super) fn start_on_a_free_port(&mut self) {
        let mut complaint = String::new();
        for _ in 0..3 {
            self.port = free_port();
            self.write_settings();
            match self.try_start() {
                Ok(()) => return,
                Err(reason) => complaint = reason,
            }
            if !self.log().contains("could not bind") {
                break;
            }
        }
        panic!("{complaint}\nserver log:\n{}", self.log());
    }

    fn starting(&self) -> Command {
        let mut command = self.bin("pg_ctl");
        command
            .env_remove("PGPORT")
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .args(["start", "--silent", "-D"])
            .arg(self.data())
            .arg("-l")
            .arg(self.folder().join("log"));
        command
    }

    fn try_start(&self) -> Result<(), String> {
        let done = self
            .starting()
            .args(["--wait", "--timeout=60"])
            .output()
            .map_err(|error| error.to_string())?;
        if done.status.success() {
            Ok(())
        } else {
            Err(String::from_utf8_lossy(&done.stderr).into_owned())
        }
    }
}

impl Remains {
    pub fn remove(&self) {
        self.stop();
        fs::remove_dir_all(&self.folder).ok();
    }

    fn stop(&self) {
        let mut command = self.installation.command("pg_ctl");
        command
            .args(["stop", "--wait", "--silent", "-m", "immediate", "-D"])
            .arg(self.folder.join("data"));
        command.current_dir("/").output().ok();
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.remains().stop();
        if let Some(folder) = self.folder.take()
            && panicking()
        {
            eprintln!("the cluster's folder is kept: {}", folder.keep().display());
        }
    }
}
