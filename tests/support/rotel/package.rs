//! Rotel's program, installed once per machine into the cache.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use crate::cache;
use crate::installation::run;

const VERSION: &str = "0.0.1a15";

/// The path of the program. Panics with pip's words where it cannot be installed: without it nothing would be tested.
pub fn program() -> PathBuf {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock();
    let cache = cache::folder().expect("a cache folder: set HOME or XDG_CACHE_HOME");
    let kept = cache.join(format!("rotel-{VERSION}"));
    if !kept.exists() {
        fs::create_dir_all(&cache).expect("the cache folder");
        install(&cache, &kept);
    }
    kept.join("rotel/rotel-agent")
}

/// Installed beside and renamed: another process may do the same, and an interrupted one leaves nothing half done.
fn install(cache: &Path, kept: &Path) {
    let beside = tempfile::tempdir_in(cache).expect("a temporary folder");
    let (venv, target) = (beside.path().join("venv"), beside.path().join("rotel"));
    run(Command::new("python3").args(["-m", "venv"]).arg(&venv));
    let package = format!("rotel=={VERSION}");
    run(Command::new(venv.join("bin/pip"))
        .args(["install", "--quiet", "--no-deps", "--target"])
        .arg(&target)
        .arg(package));
    if let Err(error) = fs::rename(&target, kept) {
        assert!(kept.exists(), "{}: {error}", kept.display());
    }
}
