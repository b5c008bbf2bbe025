//! Finishing many runs with one statement takes time in proportion.

use std::time::{Duration, Instant};

use postgres::Client;

use crate::asking::{Asking, ready};
use crate::call::Call;

const RUNS: i64 = 20_000;

fn start_and_finish(session: &mut Client) -> Duration {
    session.run("TRUNCATE dify_observe.events, dify_observe.workflow_runs");
    let one = session.call(&Call::of("start_workflow_run"));
    let finish =
        "UPDATE dify_observe.workflow_runs SET status = 'succeeded' WHERE status = 'running'";
    session.run(finish);
    assert_eq!(
        session.ask("SELECT source_id FROM dify_observe.events"),
        one
    );
    let start = Call::of("start_workflow_run").sql();
    session.run(&format!("{start} FROM generate_series(1, {RUNS})"));
    assert_eq!(
        session.number("SELECT count(*) FROM dify_observe.workflow_runs WHERE status = 'running'"),
        RUNS
    );
    let begun = Instant::now();
    session.run(finish);
    begun.elapsed()
}

#[test]
fn twenty_thousand_started_runs_are_finished_at_once_in_seconds() {
    let (_cluster, mut session) = ready("many");
    let mut took = Vec::new();
    while took.len() < 3 {
        took.push(start_and_finish(&mut session));
        let events = "SELECT count(*) || ' ' || count(DISTINCT source_id) FROM dify_observe.events";
        assert_eq!(session.ask(events), format!("{} {}", RUNS + 1, RUNS + 1));
    }
    let best = took.iter().min().expect("three");
    // With one look-up after the other it took twenty times as long.
    assert!(*best < Duration::from_secs(5), "{took:?}");
}
