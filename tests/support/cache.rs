//! The folder outside the checkout that keeps what is slow to make: an initialised data directory, Rotel.

use std::env;
use std::path::PathBuf;

/// `$XDG_CACHE_HOME/dify_observe`, or the same below `~/.cache`; none without a home.
pub fn folder() -> Option<PathBuf> {
    let set = |name| {
        env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let base = set("XDG_CACHE_HOME").or_else(|| set("HOME").map(|home| home.join(".cache")))?;
    Some(base.join("dify_observe"))
}
