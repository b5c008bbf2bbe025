//! Python packages, installed once per machine into the cache: a receiver, and the clients that people use.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use crate::cache;
use crate::installation::run;

/// A folder for PYTHONPATH with these packages and what they need. Panics with pip's words where they cannot be installed:
/// without them nothing would be tested.
pub fn python(packages: &[&str]) -> PathBuf {
    // What is compiled is for one version of Python.
    let tag = "import sys; print(sys.implementation.cache_tag, end='')";
    let tag = run(Command::new("python3").args(["-c", tag]));
    kept(&format!("{tag}-{}", name(packages)), |beside, target| {
        let venv = beside.join("venv");
        run(Command::new("python3").args(["-m", "venv"]).arg(&venv));
        run(Command::new(venv.join("bin/pip"))
            .args(["install", "--quiet", "--target"])
            .arg(target)
            .args(packages));
    })
}

/// Installed beside and renamed: another process may do the same, and an interrupted one leaves nothing half done.
fn kept(name: &str, install: impl FnOnce(&Path, &Path)) -> PathBuf {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock();
    let cache = cache::folder().expect("a cache folder: set HOME or XDG_CACHE_HOME");
    let kept = cache.join(name);
    if !kept.exists() {
        fs::create_dir_all(&cache).expect("the cache folder");
        let beside = tempfile::tempdir_in(&cache).expect("a temporary folder");
        let target = beside.path().join("target");
        install(beside.path(), &target);
        if let Err(error) = fs::rename(&target, &kept) {
            assert!(kept.exists(), "{}: {error}", kept.display());
        }
    }
    kept
}

/// Such as `rotel-0.0.1a15` of `rotel==0.0.1a15`.
fn name(packages: &[&str]) -> String {
    let usual = |letter: char| letter.is_ascii_alphanumeric() || "._".contains(letter);
    let words = packages.iter().flat_map(|package| {
        package
            .split(move |letter| !usual(letter))
            .filter(|word| !word.is_empty())
    });
    words.collect::<Vec<_>>().join("-")
}
