//! An initialised data directory. The first one is kept as a template: a copy takes a tenth of initdb's second.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cache;
use crate::installation::{Installation, run};

/// Fills `data`, which must not exist yet. With `own_identity` it gets a system identifier of its own; copies share one.
pub fn create(installation: &Installation, data: &Path, own_identity: bool) {
    let template = if own_identity {
        None
    } else {
        template_path(installation)
    };
    if let Some(template) = &template
        && owner(template) == owner(data.parent().expect("a parent"))
    {
        run(&mut copy(template, data));
        return;
    }
    initdb(installation, data);
    if let Some(template) = &template {
        keep(data, template);
    }
}

fn initdb(installation: &Installation, data: &Path) {
    run(installation
        .command("initdb")
        .args([
            "--no-sync",
            "--auth=trust",
            "--username=postgres",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "-D",
        ])
        .arg(data)
        .current_dir("/"));
}

/// Named after the exact server, so that another one never meets a foreign data directory.
fn template_path(installation: &Installation) -> Option<PathBuf> {
    let version = run(installation
        .command("postgres")
        .arg("--version")
        .current_dir("/"));
    let server = format!(
        "initdb {} {}",
        version.trim(),
        installation.bindir.display()
    );
    Some(
        cache::folder()?
            .join(server.replace(|c: char| !c.is_ascii_alphanumeric() && c != '.', "-")),
    )
}

/// Whoever comes first wins; without a writable cache the next one runs initdb too.
fn keep(data: &Path, template: &Path) {
    let Some(folder) = template.parent() else {
        return;
    };
    fs::create_dir_all(folder).ok();
    let Ok(beside) = tempfile::tempdir_in(folder) else {
        return;
    };
    let whole = beside.path().join("data");
    if copy(data, &whole)
        .output()
        .is_ok_and(|done| done.status.success())
    {
        fs::rename(&whole, template).ok();
    }
}

fn copy(from: &Path, to: &Path) -> Command {
    let mut command = Command::new("cp");
    command
        .args(["-a", "--reflink=auto", "-T"])
        .arg(from)
        .arg(to);
    command
}

fn owner(path: &Path) -> Option<u32> {
    fs::metadata(path).ok().map(|found| found.uid())
}
