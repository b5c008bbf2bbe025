//! What a backend and the whole cluster spent between two moments.

use std::fs;

use postgres::Client;

/// Of a number of rows.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// Microseconds of CPU of the backend, a row.
    pub cpu: f64,
    /// Bytes of WAL, a row.
    pub wal: f64,
}

/// A backend that is measured, and a session beside it that looks at the WAL.
pub struct Meter<'a> {
    pub observer: &'a mut Client,
    pub pid: i32,
}

impl Meter<'_> {
    pub fn measure(&mut self, rows: usize, work: impl FnOnce()) -> Cost {
        let (cpu, wal) = (self.cpu(), self.wal());
        work();
        // In this order, as reading the WAL's position costs the other backend nothing.
        let (cpu, wal) = (self.cpu() - cpu, self.wal() - wal);
        Cost {
            cpu: cpu / rows as f64 / 1000.0,
            wal: wal / rows as f64,
        }
    }

    /// Nanoseconds on a CPU, as the scheduler counts them; the clock ticks of `stat` are too coarse.
    fn cpu(&self) -> f64 {
        let path = format!("/proc/{}/schedstat", self.pid);
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        text.split_whitespace()
            .next()
            .and_then(|first| first.parse().ok())
            .unwrap_or_else(|| panic!("{path}: {text}"))
    }

    fn wal(&mut self) -> f64 {
        let sql = "SELECT (pg_current_wal_insert_lsn() - '0/0')::float8";
        self.observer
            .query_one(sql, &[])
            .expect("the WAL's position")
            .get(0)
    }
}
