//! The disk is full when the worker writes its position.

use std::fs;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::Command;

use dify_observe_tests::{Cluster, eventually};
use nix::unistd::{User, geteuid};
use postgres::Error;

use crate::incident::{DATABASE, Incident, PATIENCE};

/// A file system of its own of 1 MiB; only root can make one.
struct SmallDisk {
    mounted_on: PathBuf,
}

impl SmallDisk {
    fn mount(on: &Path) -> Option<SmallDisk> {
        if !geteuid().is_root() {
            return None;
        }
        fs::create_dir(on).expect("a folder");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"])
            .arg(on)
            .status();
        if !mounted.is_ok_and(|done| done.success()) {
            return None;
        }
        let account = User::from_name("postgres").ok().flatten()?;
        chown(on, Some(account.uid.as_raw()), Some(account.gid.as_raw())).expect("chown");
        Some(SmallDisk {
            mounted_on: on.to_owned(),
        })
    }

    fn fill(&self) {
        // As much as there is room for.
        fs::write(self.mounted_on.join("junk"), vec![0; 2 << 20]).ok();
    }

    fn make_room(&self) {
        fs::remove_file(self.mounted_on.join("junk")).expect("junk");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        Command::new("umount")
            .arg("-l")
            .arg(&self.mounted_on)
            .status()
            .ok();
    }
}

#[test]
fn the_worker_waits_and_goes_on_when_there_is_room() {
    let mut incident = Incident::begin("disk full when the position is written");
    let disk = SmallDisk::mount(&incident.cluster.folder().join("small"));
    match &disk {
        Some(disk) => really_full(&mut incident, disk),
        None => as_if_full(&mut incident),
    }
    incident.recovers();
}

fn really_full(incident: &mut Incident, disk: &SmallDisk) {
    let folder = disk.mounted_on.display();
    incident.cluster.sql(
        "postgres",
        &format!("CREATE TABLESPACE small LOCATION '{folder}'"),
    );
    // Whoever is writing keeps the lock for a moment.
    eventually("the table is moved", PATIENCE, || {
        incident
            .cluster
            .connect(DATABASE)
            .batch_execute("ALTER TABLE dify_observe.export_progress SET TABLESPACE small")
    });
    // An old snapshot: no version of a row is removed, so that every new one needs room.
    let mut snapshot = incident.cluster.connect(DATABASE);
    snapshot
        .batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM dify_observe.export_progress")
        .expect("a snapshot");
    disk.fill();
    eventually("the position cannot be written", PATIENCE, || {
        incident.cluster.log().contains("No space left on device")
    });
    incident.backlog_grows(200);
    incident.over();
    disk.make_room();
}

fn as_if_full(incident: &mut Incident) {
    is_as_if_full(&incident.cluster).expect("a trigger");
    incident.backlog_grows(200);
    incident.over();
    has_room_again(&incident.cluster).expect("no trigger");
}

/// What the server would raise. Whoever is writing the position may keep its lock for a moment.
pub fn is_as_if_full(cluster: &Cluster) -> Result<(), Error> {
    cluster.connect(DATABASE).batch_execute(
        "CREATE FUNCTION public.no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
           RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$;
         CREATE TRIGGER no_room BEFORE UPDATE ON dify_observe.export_progress EXECUTE FUNCTION public.no_room()",
    )
}

pub fn has_room_again(cluster: &Cluster) -> Result<(), Error> {
    cluster.connect(DATABASE).batch_execute(
        "DROP TRIGGER no_room ON dify_observe.export_progress; DROP FUNCTION public.no_room()",
    )
}
