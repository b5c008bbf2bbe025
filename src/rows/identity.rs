//! Numbers of a sequence.

use pgrx::pg_sys;
use pgrx::pg_sys::ffi::pg_guard_ffi_boundary;

// Not among the bindings.
unsafe extern "C-unwind" {
    fn nextval_internal(sequence: pg_sys::Oid, check_permissions: bool) -> i64;
}

/// The next one, whoever asks.
///
/// # Safety
/// In a transaction; a sequence.
pub unsafe fn next(sequence: pg_sys::Oid) -> i64 {
    unsafe { pg_guard_ffi_boundary(|| nextval_internal(sequence, false)) }
}
