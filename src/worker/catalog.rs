//! Whether somebody has changed what destinations there are.

use pgrx::prelude::*;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};

static CHANGES: AtomicUsize = AtomicUsize::new(1);
static WATCHING: AtomicBool = AtomicBool::new(false);

/// Once in a process that exports.
pub fn watch() {
    if WATCHING.swap(true, SeqCst) {
        return;
    }
    use pg_sys::SysCacheIdentifier::{
        AUTHMEMMEMROLE, AUTHOID, FOREIGNDATAWRAPPEROID, FOREIGNSERVEROID, USERMAPPINGOID,
    };
    let caches = [
        FOREIGNSERVEROID,
        USERMAPPINGOID,
        // The owner's rights.
        FOREIGNDATAWRAPPEROID,
        AUTHOID,
        AUTHMEMMEMROLE,
    ];
    for cache in caches {
        let nothing = pg_sys::Datum::null();
        unsafe { pg_sys::CacheRegisterSyscacheCallback(cache as i32, Some(changed), nothing) };
    }
}

/// Grows with every change that this process has learned of, which it does when a transaction begins.
pub fn changes() -> usize {
    CHANGES.load(SeqCst)
}

#[pg_guard]
unsafe extern "C-unwind" fn changed(_arg: pg_sys::Datum, _cache: i32, _hash: u32) {
    CHANGES.fetch_add(1, SeqCst);
}
