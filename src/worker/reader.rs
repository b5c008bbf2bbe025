//! One process per database reads events: the worker, or a procedure.

use pgrx::pg_sys;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

/// Whether this process is the reader.
static READING: AtomicBool = AtomicBool::new(false);

/// A session's advisory lock of a kind that SQL cannot take: the SQL functions use 1 and 2 in the fourth field.
fn tag() -> pg_sys::LOCKTAG {
    pg_sys::LOCKTAG {
        locktag_field1: unsafe { pg_sys::MyDatabaseId }.to_u32(),
        locktag_field2: 1_684_629_089,
        locktag_field3: 1,
        locktag_field4: 3,
        locktag_type: pg_sys::LockTagType::LOCKTAG_ADVISORY as u8,
        locktag_lockmethodid: pg_sys::USER_LOCKMETHOD as u8,
    }
}

/// Becomes the reader, until this process ends or unlocks; false when another process is.
pub fn try_lock() -> bool {
    if READING.load(SeqCst) {
        return true;
    }
    let result = unsafe { pg_sys::LockAcquire(&tag(), pg_sys::ExclusiveLock as i32, true, true) };
    let mine = result != pg_sys::LockAcquireResult::LOCKACQUIRE_NOT_AVAIL;
    READING.store(mine, SeqCst);
    mine
}

/// Lets another process be the reader. Also works after an error.
pub fn unlock() {
    if READING.swap(false, SeqCst) {
        unsafe { pg_sys::LockRelease(&tag(), pg_sys::ExclusiveLock as i32, true) };
    }
}
