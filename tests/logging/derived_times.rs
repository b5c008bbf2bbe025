//! Times, durations and token counts that follow from what was given.

use postgres::Client;

use crate::asking::{Asking, ready};
use crate::call::{Call, KINDS, Kind};

const SECOND: i64 = 1_000_000;
const ID_AGO: i64 = 5_000 * SECOND;
const CREATED_AGO: i64 = 3_000 * SECOND;
const FINISHED_AGO: i64 = 1_000 * SECOND;
const ELAPSED: i64 = 100_250_000;

/// Microseconds since 1970.
#[derive(Clone, Copy, Debug, Default)]
struct Given {
    id: Option<i64>,
    created: Option<i64>,
    finished: Option<i64>,
    elapsed: Option<i64>,
}

/// (created, finished, elapsed), as the contract's section 2 says.
fn expected(now: i64, given: Given) -> (i64, i64, i64) {
    let lasted = given.elapsed.unwrap_or(0);
    let created = given
        .created
        .or(given.id)
        .unwrap_or(given.finished.unwrap_or(now) - lasted);
    let end = given.elapsed.map_or(now, |elapsed| created + elapsed);
    let finished = given.finished.unwrap_or(end);
    (
        created,
        finished,
        given.elapsed.unwrap_or(finished - created),
    )
}

/// By the Julian day, which needs no calendar here.
fn time(micros: i64) -> String {
    let (seconds, micros) = (micros.div_euclid(SECOND), micros.rem_euclid(SECOND));
    let (day, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (hour, minute, second) = (rest / 3_600, rest / 60 % 60, rest % 60);
    format!(
        "J{} {hour:02}:{minute:02}:{second:02}.{micros:06}+00",
        day + 2_440_588
    )
}

fn seconds(micros: i64) -> String {
    format!("{}.{:06}", micros / SECOND, micros % SECOND)
}

fn apply(mut call: Call, kind: &Kind, given: Given) -> Call {
    if let Some(created) = given.created {
        call = call.with("created_at", &time(created));
    }
    if let Some(finished) = given.finished {
        call = call.with("finished_at", &time(finished));
    }
    if let Some(elapsed) = given.elapsed {
        call = call.with(kind.elapsed, &seconds(elapsed));
    }
    call
}

fn stored(session: &mut Client, kind: &Kind, id: &str) -> (i64, i64, i64) {
    let row = format!(
        "SELECT unnest(ARRAY[extract(epoch FROM created_at), extract(epoch FROM finished_at), {}::numeric]) * 1000000 FROM dify_observe.{} WHERE id = '{id}'",
        kind.elapsed, kind.table
    );
    let micros: Vec<i64> = session
        .column(&row)
        .iter()
        .map(|text| {
            text.parse::<f64>()
                .unwrap_or_else(|_| panic!("{text} in {row}"))
                .round() as i64
        })
        .collect();
    (micros[0], micros[1], micros[2])
}

fn now(session: &mut Client) -> i64 {
    session.number("SELECT (extract(epoch FROM now()) * 1000000)::bigint")
}

/// Every combination of what may be given, from none to all.
fn combinations(now: i64) -> impl Iterator<Item = Given> {
    (0..16).map(move |bits: u8| Given {
        id: (bits & 1 != 0).then_some((now - ID_AGO) / 1_000 * 1_000),
        created: (bits & 2 != 0).then_some(now - CREATED_AGO),
        finished: (bits & 4 != 0).then_some(now - FINISHED_AGO),
        elapsed: (bits & 8 != 0).then_some(ELAPSED),
    })
}

#[test]
fn every_combination_of_times_is_completed_as_the_contract_says() {
    let (_cluster, mut session) = ready("times");
    for kind in &KINDS {
        session.run("BEGIN");
        let now = now(&mut session);
        for given in combinations(now) {
            let mut call = apply(kind.call(), kind, given);
            if let Some(at) = given.id {
                let id = session.ask(&format!("SELECT dify_observe.uuid_v7('{}')", time(at)));
                call = call.with("id", &id);
            }
            let id = session.call(&call);
            assert_eq!(
                stored(&mut session, kind, &id),
                expected(now, given),
                "{} {given:?}",
                kind.log
            );
        }
        session.run("COMMIT");
    }
}

#[test]
fn an_id_without_a_time_leaves_the_times_to_the_rest() {
    let (_cluster, mut session) = ready("times_v4");
    for kind in &KINDS {
        session.run("BEGIN");
        let now = now(&mut session);
        for given in combinations(now).filter(|given| given.id.is_none()) {
            let id = session.ask("SELECT gen_random_uuid()");
            let call = apply(kind.call(), kind, given).with("id", &id);
            assert_eq!(session.call(&call), id);
            assert_eq!(
                stored(&mut session, kind, &id),
                expected(now, given),
                "{} {given:?}",
                kind.log
            );
        }
        session.run("COMMIT");
    }
}

#[test]
fn a_finish_completes_the_times_of_what_was_started() {
    let (_cluster, mut session) = ready("times_finish");
    for (kind, start, finish) in [
        (&KINDS[0], "start_workflow_run", "finish_workflow_run"),
        (&KINDS[1], "start_node_execution", "finish_node_execution"),
    ] {
        session.run("BEGIN");
        let now = now(&mut session);
        for given in combinations(now).filter(|given| given.id.is_none()) {
            let started = Given {
                created: given.created,
                ..Given::default()
            };
            let started_at = given.created.unwrap_or(now);
            let ended = Given {
                created: None,
                finished: given.finished.filter(|finished| *finished >= started_at),
                ..given
            };
            let id = session.call(&apply(Call::of(start), kind, started));
            session.call(&apply(Call::of(finish), kind, ended).with("id", &id));
            let known = Given {
                created: Some(started_at),
                ..ended
            };
            assert_eq!(
                stored(&mut session, kind, &id),
                expected(now, known),
                "{finish} {given:?}"
            );
        }
        session.run("COMMIT");
    }
}

#[test]
fn a_start_in_the_future_of_the_server_is_not_finished_before_it() {
    let (_cluster, mut session) = ready("times_future");
    for kind in &KINDS {
        let id = session.ask("SELECT dify_observe.uuid_v7(now() + interval '1 hour')");
        session.call(&kind.call().with("id", &id));
        let (created, finished, elapsed) = stored(&mut session, kind, &id);
        assert!(finished >= created, "{}", kind.log);
        assert_eq!(elapsed, finished - created, "{}", kind.log);
        assert!(
            created > now(&mut session),
            "{}: the id's own time",
            kind.log
        );
    }
}
