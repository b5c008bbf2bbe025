//! The cluster's settings: one file of ours, included by postgresql.conf and written anew on each change.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::time::Duration;

use crate::cluster::Cluster;
use crate::waiting::eventually;

impl Cluster {
    /// Writes the setting; it takes effect with `reload` or `restart`.
    pub fn set_conf(&self, key: &str, value: &str) {
        self.settings
            .lock()
            .expect("settings")
            .insert(key.to_owned(), value.to_owned());
        self.write_settings();
    }

    /// Back to the server's default.
    pub fn reset_conf(&self, key: &str) {
        self.settings.lock().expect("settings").remove(key);
        self.write_settings();
    }

    /// Makes the server read its settings again; returns when new sessions have them.
    #[track_caller]
    pub fn reload(&self) {
        let loaded = || self.value("postgres", "SELECT pg_conf_load_time()");
        let before = loaded();
        self.sql("postgres", "SELECT pg_reload_conf()");
        eventually("settings read again", Duration::from_secs(60), || {
            loaded() != before
        });
    }

    pub(super) fn include_settings(&self) {
        let main = self.data().join("postgresql.conf");
        let mut file = OpenOptions::new()
            .append(true)
            .open(main)
            .expect("postgresql.conf");
        writeln!(
            file,
            "include '{}'",
            self.folder().join("settings.conf").display()
        )
        .expect("postgresql.conf");
    }

    pub(super) fn write_settings(&self) {
        let settings = self.settings.lock().expect("settings");
        let quoted = |value: &str| value.replace('\\', "\\\\").replace('\'', "''");
        let mut text: String = settings
            .iter()
            .map(|(key, value)| format!("{key} = '{}'\n", quoted(value)))
            .collect();
        text.push_str(&format!("port = {}\n", self.port));
        text.push_str(&format!(
            "unix_socket_directories = '{}'\n",
            self.folder().display()
        ));
        fs::write(self.folder().join("settings.conf"), text).expect("settings.conf");
    }
}
