//! The PostgreSQL that is tested, and the account its server runs as.

use std::env;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use nix::unistd::{User, geteuid};

const FINDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/find-pg-config.sh");

pub struct Installation {
    pub bindir: PathBuf,
    /// Whom to become, as a server refuses to run as root; none when we are not root.
    pub account: Option<User>,
}

impl Installation {
    /// That of `PG_CONFIG`, else the one the Makefile would choose.
    pub fn found() -> &'static Installation {
        static FOUND: OnceLock<Installation> = OnceLock::new();
        FOUND.get_or_init(|| Installation {
            bindir: bindir(),
            account: account(),
        })
    }

    /// A program of this PostgreSQL, as the server's account. Only what it needs of our environment is passed on:
    /// no PG* variable, no proxy, none of the extension's own.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.bindir.join(program));
        command.env_clear().env("LC_ALL", "C.UTF-8");
        for name in ["PATH", "LD_LIBRARY_PATH"] {
            if let Some(value) = env::var_os(name) {
                command.env(name, value);
            }
        }
        if let Some(account) = &self.account {
            command.uid(account.uid.as_raw()).gid(account.gid.as_raw());
        }
        command
    }
}

/// Runs to the end and gives what was printed; panics with its complaint when it fails.
#[track_caller]
pub fn run(command: &mut Command) -> String {
    let done = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let printed = String::from_utf8_lossy(&done.stdout).into_owned();
    let complaint = String::from_utf8_lossy(&done.stderr);
    assert!(
        done.status.success(),
        "{command:?}: {}\n{printed}{complaint}",
        done.status
    );
    printed
}

fn bindir() -> PathBuf {
    let pg_config = match env::var("PG_CONFIG") {
        Ok(given) if !given.is_empty() => given,
        _ => run(&mut Command::new(FINDER)),
    };
    run(Command::new(pg_config.trim()).arg("--bindir"))
        .trim()
        .into()
}

fn account() -> Option<User> {
    let named = |name| User::from_name(name).ok().flatten();
    let other = || {
        named("postgres")
            .or_else(|| named("nobody"))
            .expect("an account other than root")
    };
    geteuid().is_root().then(other)
}
