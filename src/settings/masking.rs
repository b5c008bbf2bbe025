//! Postgres writes a changed setting into the server's log with its value. Not those of ours that are secret.

use pgrx::prelude::*;
use std::ffi::{CStr, CString};

pub(super) const HEADERS: &CStr = c"dify_observe.otlp_headers";
pub(super) const API_KEY: &CStr = c"dify_observe.otlp_api_key";
const SECRETS: [&CStr; 2] = [HEADERS, API_KEY];

/// As the server's source has it, whatever language it speaks.
const CHANGED: &CStr = c"parameter \"%s\" changed to \"%s\"";

static mut NEXT_HOOK: pg_sys::emit_log_hook_type = None;

/// Once, in the postmaster, which alone writes it and hands the hook down.
pub fn mask_changes() {
    unsafe {
        NEXT_HOOK = pg_sys::emit_log_hook;
        pg_sys::emit_log_hook = Some(mask);
    }
}

/// Must raise no error.
unsafe extern "C-unwind" fn mask(report: *mut pg_sys::ErrorData) {
    unsafe {
        let told = (*report).message;
        let is_change = !(*report).message_id.is_null()
            && !told.is_null()
            && CStr::from_ptr((*report).message_id) == CHANGED;
        if is_change {
            let text = CStr::from_ptr(told).to_bytes();
            let of = |name: &&CStr| {
                let name = name.to_bytes();
                text.windows(name.len()).any(|part| part == name)
            };
            if let Some(masked) = SECRETS.iter().find(|name| of(name)).and_then(changed) {
                (*report).message =
                    pg_sys::MemoryContextStrdup((*report).assoc_context, masked.as_ptr());
            }
        }
        if let Some(next) = NEXT_HOOK {
            next(report);
        }
    }
}

fn changed(name: &&CStr) -> Option<CString> {
    CString::new(format!("parameter \"{}\" changed", name.to_str().ok()?)).ok()
}
