//! What a backend and the whole cluster spent between two moments.

use std::fs;
use std::ops::AddAssign;

use postgres::Client;

#[derive(Clone, Copy, Debug, Default)]
pub struct Cost {
    /// Microseconds of CPU of the backend.
    pub cpu: f64,
    /// Bytes.
    pub wal: f64,
}

impl AddAssign for Cost {
    fn add_assign(&mut self, more: Cost) {
        self.cpu += more.cpu;
        self.wal += more.wal;
    }
}

impl Cost {
    pub fn per(self, rows: usize) -> Cost {
        Cost {
            cpu: self.cpu / rows as f64,
            wal: self.wal / rows as f64,
        }
    }
}

/// A backend that is measured, and a session beside it that looks at the WAL.
pub struct Meter<'a> {
    pub observer: &'a mut Client,
    pub pid: i32,
}

impl Meter<'_> {
    pub fn measure(&mut self, work: impl FnOnce()) -> Cost {
        let (cpu, wal) = (self.cpu(), self.wal());
        work();
        let (cpu, wal) = (self.cpu() - cpu, self.wal() - wal);
        Cost {
            cpu: cpu / 1000.0,
            wal,
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
