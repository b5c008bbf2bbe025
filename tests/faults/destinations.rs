//! Several destinations: one that is well is told everything while one hangs and one is dead, and these are told it later.

use std::time::{Duration, SystemTime};

use dify_observe_tests::{Behaviour, Collector, eventually};
use serde_json::json;

use crate::committed::Committed;
use crate::incident::{DATABASE, Incident, PATIENCE};
use crate::record;
use crate::tally::Tally;
use crate::wire::{Totals, receives, recounted};

/// A foreign server, and who listens there.
struct Other {
    name: &'static str,
    collector: Collector,
    tally: Tally,
}

impl Other {
    #[track_caller]
    fn created(incident: &Incident, name: &'static str, protocol: &str) -> Other {
        let collector = Collector::start();
        let endpoint = collector.endpoint();
        incident.cluster.sql(
            DATABASE,
            &format!(
                "CREATE SERVER {name} FOREIGN DATA WRAPPER dify_observe \
                   OPTIONS (endpoint '{endpoint}', protocol '{protocol}', timeout '2s', start_at 'installation')"
            ),
        );
        Other {
            name,
            collector,
            tally: Tally::default(),
        }
    }

    /// It has exactly what is committed, and the totals. The numbers are kept.
    #[track_caller]
    fn catches_up(
        &mut self,
        fault: &str,
        incident: &Incident,
        counted: &Totals,
        mended: SystemTime,
    ) {
        let committed = Committed::of(&incident.cluster);
        eventually("it has what is committed", PATIENCE, || {
            self.tally.refresh(&self.collector);
            match self.tally.differs_from(&committed) {
                (0, 0) => Ok(()),
                differ => Err(differ),
            }
        });
        receives(&incident.cluster, counted, || {
            self.tally.refresh(&self.collector);
            self.tally.metrics().cloned().collect::<Vec<_>>()
        });
        self.tally.close(&self.collector);
        let last = self.tally.last_arrival(&committed.spans, &committed.logs);
        let late = last.and_then(|at| at.duration_since(mended).ok());
        let numbers = json!({
            "fault": fault,
            "destination": self.name,
            "events": committed.len(),
            "logs": self.tally.logs().len(),
            "spans": self.tally.spans().len(),
            "duplicates": self.tally.duplicates(),
            "lost": 0,
            "seconds": late.unwrap_or_default().as_secs_f64(),
        });
        record::keep("destination", &format!("{fault} {}", self.name), &numbers);
    }
}

/// While one hangs and one is dead, something else happens.
#[track_caller]
fn beside_a_hung_and_a_dead_one(
    fault: &'static str,
    protocol: &str,
    happens: impl FnOnce(&Incident),
) {
    let mut incident = Incident::begin(fault);
    let mut hung = Other::created(&incident, "hung", protocol);
    let mut dead = Other::created(&incident, "dead", protocol);
    incident.more_arrives(50);
    hung.collector.answer(None, Behaviour::Hang);
    dead.collector.stop();
    incident.more_arrives(300);
    happens(&incident);
    incident.more_arrives(300);
    // Those that are unwell have not been told a thing of it, and say so; the one that is well is not behind.
    let behind = "SELECT count(*) FROM dify_observe.export_status WHERE destination IN ('hung', 'dead') AND signal = 'logs' AND lag_rows > 300";
    eventually("two are behind", PATIENCE, || {
        incident.cluster.value(DATABASE, behind).as_deref() == Some("2")
    });
    incident.over();
    hung.collector.answer(None, Behaviour::Ok);
    dead.collector.start_again();
    let mended = SystemTime::now();
    incident.recovers();
    let counted = recounted(&incident.cluster);
    for other in [&mut hung, &mut dead] {
        other.catches_up(fault, &incident, &counted, mended);
    }
}

#[test]
fn one_that_hangs_and_one_that_is_dead_delay_no_other() {
    beside_a_hung_and_a_dead_one("two others hang and are dead", "http", |_| {});
}

#[test]
fn the_server_crashes_while_two_of_three_are_unwell() {
    beside_a_hung_and_a_dead_one(
        "server crash while two others hang and are dead",
        "grpc",
        |incident| {
            incident.cluster.crash();
            incident.cluster.start_again();
        },
    );
}

#[test]
fn the_worker_is_killed_while_two_of_three_are_unwell() {
    beside_a_hung_and_a_dead_one(
        "worker killed while two others hang and are dead",
        "http/json",
        |incident| incident.kill_worker(),
    );
}

/// What one of them is told is not what another waits for.
#[test]
fn the_one_that_is_well_is_not_later_for_the_others() {
    let mut incident = Incident::begin("latency beside a hung and a dead destination");
    let hung = Other::created(&incident, "hung", "http");
    let dead = Other::created(&incident, "dead", "http");
    hung.collector.answer(None, Behaviour::Hang);
    dead.collector.stop();
    incident.stop_writing();
    incident.arrives();
    let mut session = incident.cluster.connect(DATABASE);
    let mut latencies = Vec::new();
    for _ in 0..20 {
        let before = incident.tally().logs().len();
        session.batch_execute("SELECT dify_observe.log_message(tenant_id => gen_random_uuid(), app_id => gen_random_uuid(), status => 'normal')").expect("logged");
        let committed = SystemTime::now();
        eventually("it arrives", PATIENCE, || {
            incident.tally().logs().len() > before
        });
        latencies.push(committed.elapsed().unwrap_or_default());
    }
    latencies.sort();
    // Each of the others takes two seconds for every attempt, or waits.
    assert!(latencies[10] < Duration::from_millis(500), "{latencies:?}");
}
