//! Physical copies of a running cluster: standbys, and clones that go their own way.

use std::fs;
use std::sync::Mutex;
use std::time::Duration;

use crate::cluster::Cluster;
use crate::installation::run;
use crate::private_folder;
use crate::waiting::eventually;

impl Cluster {
    /// A standby that streams from this cluster, with the same settings and environment; returns when it answers queries.
    #[track_caller]
    pub fn standby(&self, name: &str) -> Cluster {
        self.base_backup(name, &["--write-recovery-conf"])
    }

    /// A base backup that was started on its own, as a restored snapshot of the disks would be.
    #[track_caller]
    pub fn physical_clone(&self, name: &str) -> Cluster {
        self.base_backup(name, &[])
    }

    /// Ends recovery; returns when the server takes writes.
    #[track_caller]
    pub fn promote(&self) {
        run(self
            .bin("pg_ctl")
            .args(["promote", "--wait", "--silent", "-D"])
            .arg(self.data()));
    }

    /// Waits until this standby has replayed what the primary has written by now.
    #[track_caller]
    pub fn catches_up_with(&self, primary: &Cluster) {
        let written = primary.value("postgres", "SELECT pg_current_wal_insert_lsn()");
        let written = written.expect("a position");
        let replayed = format!("SELECT pg_last_wal_replay_lsn() >= '{written}'");
        eventually("it is replayed", Duration::from_secs(60), || {
            self.value("postgres", &replayed).as_deref() == Some("t")
        });
    }

    #[track_caller]
    fn base_backup(&self, name: &str, options: &[&str]) -> Cluster {
        let folder = private_folder::create(self.installation);
        run(self
            .bin("pg_basebackup")
            .args(["--checkpoint=fast", "--wal-method=stream", "--no-sync"])
            .args(options)
            .arg("--pgdata")
            .arg(folder.path().join("data")));
        let mut settings = self.settings.lock().expect("settings").clone();
        settings.insert("cluster_name".to_owned(), name.to_owned());
        let mut copy = Cluster {
            installation: self.installation,
            port: 0,
            settings: Mutex::new(settings),
            environment: self.environment.clone(),
            folder: Some(folder),
        };
        copy.forget_included_settings();
        copy.include_settings();
        copy.start_on_a_free_port();
        copy
    }

    /// Those of the cluster that was copied.
    fn forget_included_settings(&self) {
        let main = self.data().join("postgresql.conf");
        let text = fs::read_to_string(&main).expect("postgresql.conf");
        let own: Vec<&str> = text
            .lines()
            .filter(|line| !line.starts_with("include "))
            .collect();
        fs::write(&main, own.join("\n") + "\n").expect("postgresql.conf");
    }
}
