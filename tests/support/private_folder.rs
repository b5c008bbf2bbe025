//! A temporary folder that belongs to the account the server runs as, and that this account can reach.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::installation::Installation;

/// Creates the folder, mode 0700. Its path is short: a unix socket's path may have 107 bytes.
pub fn create(installation: &Installation) -> TempDir {
    let folder = tempfile::Builder::new()
        .prefix("dify_observe.")
        .permissions(Permissions::from_mode(0o700))
        .tempdir_in(base(installation))
        .expect("a temporary folder");
    if let Some(account) = &installation.account {
        chown(
            folder.path(),
            Some(account.uid.as_raw()),
            Some(account.gid.as_raw()),
        )
        .expect("chown");
    }
    folder
}

/// The usual place, unless root's TMPDIR is closed to the server's account.
fn base(installation: &Installation) -> PathBuf {
    let usual = std::env::temp_dir();
    if installation.account.is_none() || usual.ancestors().all(open_to_others) {
        usual
    } else {
        PathBuf::from("/tmp")
    }
}

fn open_to_others(folder: &Path) -> bool {
    fs::metadata(folder).is_ok_and(|found| found.permissions().mode() & 0o001 != 0)
}
