//! What the kernel knows of a server's process.

use std::fs;

use crate::cluster::Cluster;

impl Cluster {
    /// Memory of the process's own in KiB, without the shared buffers that it has touched. None when it has ended.
    pub fn private_memory(&self, pid: i32) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("RssAnon:"))?;
        line.trim().strip_suffix("kB")?.trim().parse().ok()
    }

    /// Processor time that the process has used, all threads, in clock ticks (a hundredth of a second on Linux).
    pub fn processor_ticks(&self, pid: i32) -> Option<u64> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // Its name, in parentheses, may have blanks.
        let fields: Vec<&str> = stat.rsplit(')').next()?.split_whitespace().collect();
        let ticks = |at: usize| fields.get(at)?.parse::<u64>().ok();
        Some(ticks(11)? + ticks(12)?)
    }
}
