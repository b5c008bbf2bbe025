//! How often the server has begun anew, crash upon crash. A worker of ours may be what crashes, and the launcher forgets with
//! everybody else; the postmaster does not, and its children inherit what it knows.

use super::launcher::{HEALTHY, LONGEST_PAUSE};
use pgrx::prelude::*;
use std::sync::Mutex;
use std::time::{Duration, Instant};

struct Beginnings {
    /// After the first.
    in_a_row: u32,
    last: Option<Instant>,
}

static BEGINNINGS: Mutex<Beginnings> = Mutex::new(Beginnings {
    in_a_row: 0,
    last: None,
});

static mut NEXT_HOOK: pg_sys::shmem_startup_hook_type = None;

/// Once, in the postmaster, while it loads libraries.
pub fn count() {
    unsafe {
        NEXT_HOOK = pg_sys::shmem_startup_hook;
        pg_sys::shmem_startup_hook = Some(begun);
    }
}

/// How long no worker is to be started now. One crash is no loop.
pub fn pause() -> Duration {
    let in_a_row = BEGINNINGS.lock().map_or(0, |known| known.in_a_row);
    match in_a_row {
        0 | 1 => Duration::ZERO,
        again => Duration::from_secs(1 << (again - 2).min(6)).min(LONGEST_PAUSE),
    }
}

#[pg_guard]
unsafe extern "C-unwind" fn begun() {
    unsafe {
        if let Some(next) = NEXT_HOOK {
            next();
        }
    }
    if let Ok(mut known) = BEGINNINGS.lock() {
        let soon = |last: Instant| last.elapsed() < LONGEST_PAUSE + HEALTHY;
        known.in_a_row = match known.last {
            Some(last) if soon(last) => known.in_a_row.saturating_add(1),
            Some(_) => 1,
            None => 0,
        };
        known.last = Some(Instant::now());
    }
}
