//! The same over gRPC: a call that hangs, breaks off or is refused for a while, and a worker that dies in the middle of one.

use std::time::Duration;

use dify_observe_tests::Behaviour;

use crate::incident::Incident;
use crate::phase::Phase;
use crate::receivers::BACKLOG;

const UNAVAILABLE: i32 = 14;
const RESOURCE_EXHAUSTED: i32 = 8;

#[track_caller]
fn calling(fault: &'static str) -> Incident {
    Incident::begin_with(fault, |builder| {
        builder.conf("dify_observe.otlp_protocol", "grpc")
    })
}

#[track_caller]
fn answers(fault: &'static str, behaviour: Behaviour) {
    let mut incident = calling(fault);
    incident.collector.answer(None, behaviour);
    incident.backlog_grows(BACKLOG);
    incident.over();
    incident.collector.answer(None, Behaviour::Ok);
    incident.recovers();
}

#[test]
fn a_receiver_that_is_unavailable_for_a_while() {
    answers(
        "gRPC: receiver answers UNAVAILABLE for a while",
        Behaviour::called(UNAVAILABLE, "later"),
    );
}

#[test]
fn one_that_is_exhausted_and_says_for_how_long() {
    let exhausted = Behaviour::Called {
        code: RESOURCE_EXHAUSTED,
        message: "later".to_owned(),
        retry: Some(Duration::from_secs(3)),
    };
    answers(
        "gRPC: receiver answers RESOURCE_EXHAUSTED with RetryInfo of 3 s",
        exhausted,
    );
}

#[test]
fn one_that_hangs() {
    answers("gRPC: receiver hangs", Behaviour::Hang);
}

#[test]
fn one_that_resets_the_stream_in_the_middle_of_its_answer() {
    answers(
        "gRPC: receiver resets the stream in the middle of its answer",
        Behaviour::ResetStream,
    );
}

#[test]
fn one_that_is_restarted_in_the_middle() {
    let mut incident = calling("gRPC: receiver restarted five times");
    for _ in 0..5 {
        incident.collector.stop();
        incident.collector.start_again();
        incident.more_arrives(20);
    }
    incident.over();
    incident.recovers();
}

#[test]
fn the_worker_is_killed_while_a_call_is_under_way() {
    let mut incident = calling("gRPC: worker killed while it sends");
    let grip = Phase::Sending.holds(&incident);
    incident.kill_worker();
    Phase::lets_go(grip, &incident);
    incident.over();
    incident.recovers();
}
