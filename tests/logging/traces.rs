//! Runs and nodes of any depth are in the trace of the outermost run.

use postgres::Client;

use crate::asking::{Asking, ready};
use crate::nesting::{assert_place, inner, nest, new_id, node, run};

#[test]
fn runs_started_from_the_outside_in_are_one_trace_at_any_depth() {
    let (_cluster, mut session) = ready("outside_in");
    let nest = nest();
    for depth in 0..3 {
        session.call(&nest.run(depth).with("status", "running"));
    }
    for depth in (0..3).rev() {
        session.call(&nest.node(depth));
        session.call(&run(&nest.runs[depth]));
    }
    for depth in 0..3 {
        nest.assert_run(&mut session, depth, &nest.runs[0]);
        nest.assert_node(&mut session, depth, &nest.runs[0]);
    }
}

#[test]
fn runs_logged_whole_from_the_outside_in_are_one_trace() {
    let (_cluster, mut session) = ready("whole");
    let nest = nest();
    for depth in 0..3 {
        session.call(&nest.run(depth));
        session.call(&nest.node(depth));
    }
    for depth in 0..3 {
        nest.assert_run(&mut session, depth, &nest.runs[0]);
        nest.assert_node(&mut session, depth, &nest.runs[0]);
    }
}

#[test]
fn without_the_parent_rows_a_run_is_in_the_trace_of_its_parent_and_a_node_in_that_of_its_run() {
    let (_cluster, mut session) = ready("inside_out");
    let nest = nest();
    for depth in (0..3).rev() {
        session.call(&nest.node(depth));
        session.call(&nest.run(depth));
    }
    for depth in 0..3 {
        nest.assert_node(&mut session, depth, &nest.runs[depth]);
        nest.assert_run(&mut session, depth, &nest.runs[depth.saturating_sub(1)]);
    }
}

#[test]
fn the_given_trace_wins_in_any_order() {
    let (_cluster, mut session) = ready("given_trace");
    let nest = nest();
    let root = nest.runs[0].clone();
    for depth in (0..3).rev() {
        session.call(&nest.node(depth).with("parent_trace_id", &root));
        let given = if depth == 0 {
            nest.run(0)
        } else {
            nest.run(depth).with("parent_trace_id", &root)
        };
        session.call(&given);
    }
    for depth in 0..3 {
        nest.assert_node(&mut session, depth, &root);
        nest.assert_run(&mut session, depth, &root);
    }
    let other = new_id();
    let (inside, whole) = (new_id(), new_id());
    session.call(&inner(&whole, &nest.runs[2], &nest.nodes[2]).with("parent_trace_id", &other));
    session.call(&node(&inside, &whole));
    assert_place(&mut session, &whole, &other, &whole, Some(&nest.nodes[2]));
    assert_place(&mut session, &inside, &other, &inside, Some(&whole));
}

#[test]
fn nested_runs_inserted_by_one_statement_are_one_trace() {
    let (_cluster, mut session) = ready("one_statement");
    let nest = nest();
    let rows: Vec<String> = (0..3)
        .map(|depth| {
            let parents = match depth {
                0 => "NULL, NULL".to_owned(),
                _ => format!("'{}', '{}'", nest.runs[depth - 1], nest.nodes[depth - 1]),
            };
            format!("('{}', gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'succeeded', {parents})", nest.runs[depth])
        })
        .collect();
    session.run(&format!(
        "INSERT INTO dify_observe.workflow_runs (id, tenant_id, app_id, workflow_id, status, parent_workflow_run_id, parent_node_execution_id) VALUES {}",
        rows.join(", ")
    ));
    for depth in 0..3 {
        nest.assert_run(&mut session, depth, &nest.runs[0]);
    }
}

#[test]
fn what_a_nested_run_says_of_its_parent_is_the_given_trace_else_the_root() {
    let (_cluster, mut session) = ready("parent_attributes");
    let nest = nest();
    for depth in 0..3 {
        session.call(&nest.run(depth));
    }
    let shown = |session: &mut Client, id: &str| {
        session.json(&format!(
            "SELECT attributes FROM dify_observe.companion_logs WHERE source_id = '{id}'"
        ))
    };
    let innermost = shown(&mut session, &nest.runs[2]);
    assert_eq!(innermost["dify.parent.trace_id"], nest.runs[0].as_str());
    assert_eq!(
        innermost["dify.parent.workflow.run_id"],
        nest.runs[1].as_str()
    );
    assert_eq!(
        innermost["dify.parent.node.execution_id"],
        nest.nodes[1].as_str()
    );
    assert!(innermost["dify.parent.app.id"].is_null());
    assert_eq!(
        innermost["dify.trace_id"],
        nest.runs[2].as_str(),
        "its own run"
    );
    assert!(
        shown(&mut session, &nest.runs[0])
            .get("dify.parent.trace_id")
            .is_none()
    );
}

#[test]
fn a_parent_told_when_the_run_is_finished_still_places_it() {
    let (_cluster, mut session) = ready("told_late");
    let (outer, tool, late) = (new_id(), new_id(), new_id());
    session.call(&run(&outer));
    session.call(&run(&late).with("status", "running"));
    session.call(&inner(&late, &outer, &tool));
    assert_place(&mut session, &late, &outer, &late, Some(&tool));
}
