//! The worker is killed, and the server crashes, in every phase of a delivery.

use crate::incident::Incident;
use crate::phase::Phase;

#[track_caller]
fn kills_the_worker(fault: &'static str, phase: Phase) {
    let mut incident = Incident::begin(fault);
    let grip = phase.holds(&incident);
    incident.kill_worker();
    Phase::lets_go(grip, &incident);
    incident.over();
    incident.recovers();
}

#[track_caller]
fn crashes_the_server(fault: &'static str, phase: Phase) {
    let mut incident = Incident::begin(fault);
    let grip = phase.holds(&incident);
    incident.cluster.crash();
    Phase::lets_go(grip, &incident);
    incident.over();
    incident.cluster.start_again();
    incident.recovers();
}

#[test]
fn the_worker_is_killed_before_it_reads() {
    kills_the_worker("worker killed before it reads", Phase::BeforeReading);
}

#[test]
fn the_worker_is_killed_after_it_has_read() {
    kills_the_worker("worker killed after it has read", Phase::AfterReading);
}

#[test]
fn the_worker_is_killed_while_it_sends() {
    kills_the_worker("worker killed while it sends", Phase::Sending);
}

#[test]
fn the_worker_is_killed_after_the_answer_and_before_it_settles() {
    kills_the_worker(
        "worker killed after the answer, before it settles",
        Phase::BeforeSettling,
    );
}

#[test]
fn the_server_crashes_before_the_worker_reads() {
    crashes_the_server("server crash before the worker reads", Phase::BeforeReading);
}

#[test]
fn the_server_crashes_after_the_worker_has_read() {
    crashes_the_server(
        "server crash after the worker has read",
        Phase::AfterReading,
    );
}

#[test]
fn the_server_crashes_while_the_worker_sends() {
    crashes_the_server("server crash while the worker sends", Phase::Sending);
}

#[test]
fn the_server_crashes_after_the_answer_and_before_the_worker_settles() {
    crashes_the_server(
        "server crash after the answer, before the worker settles",
        Phase::BeforeSettling,
    );
}
