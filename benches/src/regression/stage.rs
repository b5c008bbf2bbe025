//! A stopped cluster whose database has been in use, and the counting.

use std::process::Command;

use dify_observe_tests::{Cluster, Shutdown};

use super::recorded::Costs;
use super::work::Work;
use crate::mixture::Times;
use crate::plain;
use crate::sink::Sink;

const DATABASE: &str = "bench";
/// As the worker has them.
const WORKER: [&str; 3] = [
    "jit=off",
    "enable_seqscan=off",
    "plan_cache_mode=force_generic_plan",
];
/// Each byte that a repeated string instruction moves would count as an instruction.
const COUNTING: [&str; 5] = [
    "GLIBC_TUNABLES=glibc.cpu.hwcaps=-ERMS,-FSRM",
    "valgrind",
    "--tool=cachegrind",
    "--cache-sim=no",
    "--cachegrind-out-file=/dev/null",
];

pub struct Stage {
    cluster: Cluster,
    times: Times,
    counting: bool,
    /// What the numbers are for: another server or processor has others.
    pub kind: String,
}

impl Stage {
    pub fn set() -> Stage {
        let cluster = Cluster::builder("regression")
            .conf("full_page_writes", "off")
            .conf("autovacuum", "off")
            .conf("dify_observe.enabled", "on")
            .conf("dify_observe.telemetry_enabled", "on")
            .conf("dify_observe.otlp_endpoint", &Sink::start().endpoint)
            .start();
        cluster.create_database(DATABASE);
        cluster.create_extension(DATABASE);
        plain::create(&cluster, DATABASE);
        let value = |sql: &str| cluster.value(DATABASE, sql).expect("a value");
        let times = Times {
            created_at: value("SELECT to_json(now() - interval '2.3 s') #>> '{}'"),
            finished_at: value("SELECT to_json(now()) #>> '{}'"),
        };
        let major = value("SELECT current_setting('server_version_num')::int / 10000");
        cluster.stop(Shutdown::Fast);
        let valgrind = Command::new("valgrind").arg("--version").output();
        Stage {
            times,
            counting: valgrind.is_ok_and(|told| told.status.success()),
            kind: format!("PostgreSQL {major}, {}", std::env::consts::ARCH),
            cluster,
        }
    }

    pub fn counts_instructions(&self) -> bool {
        self.counting
    }

    /// For one more.
    pub fn measure(&self, work: &Work) -> Costs {
        let [few, many] = work.amounts.map(|amount| self.costs(work, amount));
        let each = |few: Option<f64>, many: Option<f64>| {
            Some((many? - few?) / (work.amounts[1] - work.amounts[0]) as f64)
        };
        Costs {
            instructions: each(few.instructions, many.instructions),
            wal: each(few.wal, many.wal),
        }
    }

    fn costs(&self, work: &Work, amount: usize) -> Costs {
        self.run(
            &[
                "CALL dify_observe.fold_metrics()\nCALL dify_observe.export_now()\n".to_owned(),
                (work.prepare)(&self.times, amount),
                "VACUUM ANALYZE\n".to_owned(),
            ]
            .concat(),
            &[],
        );
        let written = "SELECT pg_current_wal_insert_lsn() - '0/0' AS written\n";
        let statements = (work.statements)(&self.times, amount);
        let under: &[&str] = if self.counting { &COUNTING } else { &[] };
        let printed = self.run(&[written, &statements, written].concat(), under);
        let positions: Vec<f64> = printed
            .lines()
            .filter_map(|line| line.split_once("written = \"")?.1.split('"').next())
            .filter_map(|number| number.parse().ok())
            .collect();
        let counted = printed
            .lines()
            .find_map(|line| line.split_once("I   refs:"))
            .map(|(_, number)| number.trim().replace(',', ""));
        Costs {
            instructions: counted.and_then(|number| number.parse().ok()),
            wal: Some(positions[1] - positions[0]),
        }
    }

    fn run(&self, statements: &str, under: &[&str]) -> String {
        self.cluster
            .stand_alone(DATABASE, &WORKER, statements, under)
    }
}
