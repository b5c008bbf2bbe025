//! A worker that dies soon after each start is started later each time.

use std::time::{Duration, Instant};

use dify_observe_tests::eventually;
use serde_json::json;

use crate::incident::{DATABASE, Incident, PATIENCE, WORKER};
use crate::record;

/// Ends every worker as soon as it is seen. The pauses between an end and the next start.
#[track_caller]
fn pauses(incident: &Incident, deaths: usize, mut end: impl FnMut(i32)) -> Vec<Duration> {
    let mut worker = incident.worker();
    let mut pauses = Vec::new();
    for _ in 0..deaths {
        end(worker);
        let begun = Instant::now();
        worker = eventually("another worker", PATIENCE, || {
            let next = incident.cluster.backend_pid(WORKER, DATABASE);
            next.filter(|pid| *pid != worker)
        });
        pauses.push(begun.elapsed());
    }
    pauses
}

#[track_caller]
fn slows_down(fault: &'static str, end: impl FnOnce(&Incident) -> Vec<Duration>) {
    let mut incident = Incident::begin(fault);
    let pauses = end(&incident);
    incident.over();
    incident.recovers();
    let seconds: Vec<f64> = pauses.iter().map(Duration::as_secs_f64).collect();
    record::keep(
        "pauses",
        fault,
        &json!({ "fault": fault, "seconds": seconds }),
    );
    // The waits double: the first ones depend on how long the worker had lived. One crash is no loop.
    assert!(pauses[pauses.len() - 1] > pauses[0] * 2, "{pauses:?}");
}

#[test]
fn a_worker_that_ends_again_and_again_is_started_later_each_time() {
    slows_down("worker ends again and again", |incident| {
        pauses(incident, 3, |worker| {
            let end = format!("SELECT pg_terminate_backend({worker})");
            incident.cluster.sql("postgres", &end);
        })
    });
}

#[test]
fn a_worker_that_takes_the_server_with_it_is_started_later_each_time() {
    slows_down("worker is killed again and again", |incident| {
        pauses(incident, 5, |worker| {
            incident.cluster.signal(worker, "SIGKILL")
        })
    });
}
