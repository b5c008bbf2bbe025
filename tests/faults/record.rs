//! Numbers for docs/reliability.md: written where the variable says, by `make reliability`; nowhere in an ordinary run.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

const FOLDER: &str = "DIFY_OBSERVE_RELIABILITY";

fn folder() -> Option<PathBuf> {
    std::env::var_os(FOLDER).map(PathBuf::from)
}

/// Whether numbers are kept, so that it is worth to measure for longer.
pub fn wanted() -> bool {
    folder().is_some()
}

/// One file per record, so that tests that run at once do not meet.
pub fn keep(kind: &str, name: &str, record: &Value) {
    let Some(folder) = folder() else {
        return;
    };
    let usual = |letter: char| {
        if letter.is_ascii_alphanumeric() {
            letter
        } else {
            '-'
        }
    };
    let name: String = name.chars().map(usual).collect();
    let text = serde_json::to_string_pretty(record).expect("JSON");
    fs::write(folder.join(format!("{kind}.{name}.json")), text)
        .expect("the folder for the numbers");
}
