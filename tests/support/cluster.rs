//! A throwaway PostgreSQL cluster with the extension preloaded: started for one test, gone with it.

mod builder;
mod configuration;
mod copy;
mod data_directory;
mod lifecycle;
mod process;
mod sessions;
mod stand_alone;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use tempfile::TempDir;

use crate::installation::Installation;

pub use builder::Builder;
pub(crate) use builder::free_port;
pub use lifecycle::{Remains, Shutdown};

/// A running server of its own, on a unix socket and on 127.0.0.1. Dropping it stops the server and removes everything,
/// but a test that panics keeps the folder and prints its path.
pub struct Cluster {
    installation: &'static Installation,
    folder: Option<TempDir>,
    port: u16,
    settings: Mutex<BTreeMap<String, String>>,
    environment: Vec<(String, String)>,
}

impl Cluster {
    /// With the extension preloaded and nothing else set. `name` becomes its `cluster_name`.
    #[track_caller]
    pub fn start(name: &str) -> Cluster {
        Self::builder(name).start()
    }

    pub fn builder(name: &str) -> Builder {
        Builder::new(name)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// The folder of everything, and of the unix socket.
    pub fn folder(&self) -> &Path {
        self.folder.as_ref().expect("present until dropped").path()
    }

    pub fn data(&self) -> PathBuf {
        self.folder().join("data")
    }

    /// What the server has logged since it was made.
    pub fn log(&self) -> String {
        let read = std::fs::read(self.folder().join("log")).unwrap_or_default();
        String::from_utf8_lossy(&read).into_owned()
    }

    /// psql, pg_dump, pg_restore, pgbench …, set up to reach this cluster as its superuser.
    pub fn bin(&self, program: &str) -> Command {
        let mut command = self.installation.command(program);
        command
            .current_dir(self.folder())
            .env("PGHOST", self.folder())
            .env("PGPORT", self.port.to_string())
            .env("PGUSER", "postgres")
            .env("PGDATABASE", "postgres");
        command
    }
}
