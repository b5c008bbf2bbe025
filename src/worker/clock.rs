//! Whether the server's clock has gone back, after which what was kept of times ahead would hide events.

use pgrx::prelude::*;

pub struct Clock {
    last: pg_sys::TimestampTz,
}

impl Clock {
    pub fn new() -> Self {
        Self { last: now() }
    }

    /// Since it was asked the last time.
    pub fn went_back(&mut self) -> bool {
        let now = now();
        let back = now < self.last;
        self.last = now;
        back
    }
}

fn now() -> pg_sys::TimestampTz {
    unsafe { pg_sys::GetCurrentTimestamp() }
}
