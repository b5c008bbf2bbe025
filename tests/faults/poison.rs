//! Records that a receiver refuses, and a worker that dies while it looks for them: the rest arrives, they are kept apart, once each.

use dify_observe_tests::{Behaviour, eventually};

use crate::incident::{DATABASE, Incident, PATIENCE};

const POISON: usize = 12;

/// An event that has a log, no span, and no row in the tables that tell what must arrive.
#[track_caller]
fn log_poison(incident: &Incident) {
    incident.cluster.sql(
        DATABASE,
        "SELECT dify_observe.log_tool_execution(tenant_id => gen_random_uuid(), app_id => gen_random_uuid(), tool_name => 'poison', status => 'succeeded')",
    );
}

#[track_caller]
fn rejected(incident: &Incident) -> usize {
    let kept = "SELECT count(*) || ' ' || count(DISTINCT event_id) FROM dify_observe.export_rejections WHERE name = 'dify.tool.execution' AND signal = 'logs'";
    let kept = incident.cluster.value(DATABASE, kept).expect("counts");
    let (all, distinct) = kept.split_once(' ').expect("two counts");
    assert_eq!(all, distinct, "each once");
    all.parse().expect("a count")
}

#[test]
fn the_worker_is_killed_while_it_takes_a_batch_apart() {
    let mut incident = Incident::begin("worker killed while it takes a refused batch apart");
    incident.collector.answer(None, Behaviour::status(503));
    for _ in 0..POISON {
        log_poison(&incident);
        incident.backlog_grows(30);
    }
    incident.backlog_grows(900);
    let poisoned = Behaviour::Poisoned {
        text: "poison".to_owned(),
        code: 400,
    };
    incident.collector.answer(None, poisoned);
    let refused = || {
        let requests = incident.collector.requests();
        requests.iter().filter(|request| request.refused).count()
    };
    // As often as it goes: after the first time it may be through before this machine comes to look.
    let mut killed = 0;
    while killed < 3 {
        let before = refused();
        eventually("it is being taken apart", PATIENCE, || {
            refused() > before || rejected(&incident) == POISON
        });
        incident.kill_worker();
        incident.cluster.wait_ready();
        if rejected(&incident) == POISON {
            break;
        }
        killed += 1;
    }
    assert!(killed > 0, "it was through already");
    incident.over();
    eventually("each is kept", PATIENCE, || {
        let kept = rejected(&incident);
        if kept == POISON { Ok(()) } else { Err(kept) }
    });
    incident.recovers();
}
