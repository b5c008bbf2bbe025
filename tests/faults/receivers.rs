//! Receivers that are away, hang, break off and refuse for a while.

use std::time::Duration;

use dify_observe_tests::Behaviour;

use crate::incident::Incident;

/// Enough that more than one request is needed for what waits.
pub const BACKLOG: usize = 600;

/// Answers so until there is a backlog.
#[track_caller]
fn answers(fault: &'static str, behaviour: Behaviour) {
    let mut incident = Incident::begin(fault);
    incident.collector.answer(None, behaviour);
    incident.backlog_grows(BACKLOG);
    incident.over();
    incident.collector.answer(None, Behaviour::Ok);
    incident.recovers();
}

#[test]
fn one_that_refuses_connections() {
    let mut incident = Incident::begin("receiver refuses connections");
    incident.collector.stop();
    incident.backlog_grows(BACKLOG);
    incident.over();
    incident.collector.start_again();
    incident.recovers();
}

#[test]
fn one_that_is_restarted_in_the_middle() {
    let mut incident = Incident::begin("receiver restarted five times");
    for _ in 0..5 {
        incident.collector.stop();
        incident.collector.start_again();
        incident.more_arrives(20);
    }
    incident.over();
    incident.recovers();
}

#[test]
fn one_that_resets_the_connection_in_the_middle_of_its_answer() {
    answers(
        "receiver resets in the middle of its answer",
        Behaviour::ResetMidway,
    );
}

#[test]
fn one_whose_answer_is_slower_than_the_time_out() {
    let body = Behaviour::SlowBody {
        pause: Duration::from_millis(100),
        bytes: 1000,
    };
    answers("receiver whose answer is slower than the time-out", body);
}

#[test]
fn one_that_hangs() {
    answers("receiver hangs", Behaviour::Hang);
}

#[test]
fn one_that_answers_503_for_a_while() {
    answers("receiver answers 503 for a while", Behaviour::status(503));
}

#[test]
fn one_that_answers_429_with_retry_after() {
    answers(
        "receiver answers 429 with Retry-After: 3",
        Behaviour::retry_after(429, "3"),
    );
}
