//! Files that settings and options name.

use std::fs::File;
use std::io::Read;

/// The bundles of distributions have some 250 KB.
const LARGEST: u64 = 4 << 20;

/// Reads a regular file, and not without end: the worker would wait for a pipe for ever. An error names no path.
pub fn read(path: &str) -> Result<Vec<u8>, String> {
    let told = |error: std::io::Error| format!("it cannot be read: {error}");
    if !std::fs::metadata(path).map_err(told)?.is_file() {
        return Err("it cannot be read: not a file".into());
    }
    let file = File::open(path).map_err(told)?;
    let mut text = Vec::new();
    let length = file
        .take(LARGEST + 1)
        .read_to_end(&mut text)
        .map_err(told)?;
    if length as u64 > LARGEST {
        return Err("it cannot be read: more than 4 MiB".into());
    }
    Ok(text)
}

/// A secret that is alone in a file; the line's end is not part of it.
pub fn secret(path: &str) -> Result<String, String> {
    let text = String::from_utf8(read(path)?).map_err(|_| "it is not text".to_owned())?;
    let secret = text.trim();
    if secret.is_empty() {
        return Err("the file is empty".into());
    }
    Ok(secret.to_owned())
}
