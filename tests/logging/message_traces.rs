//! The traces of messages and their feedback, and of drafts.

use crate::asking::{Asking, ready};
use crate::call::Call;
use crate::nesting::{assert_place, feedback, message, nest, new_id};

#[test]
fn a_draft_is_a_trace_of_its_own() {
    let (_cluster, mut session) = ready("draft_trace");
    let id = new_id();
    let draft = Call::of("log_node_execution")
        .without("workflow_run_id")
        .with("draft", "true");
    session.call(&draft.with("id", &id));
    assert_place(&mut session, &id, &id, &id, None);
}

#[test]
fn a_message_is_in_the_trace_of_its_outermost_run_else_its_own() {
    let (_cluster, mut session) = ready("message_trace");
    let nest = nest();
    for depth in 0..3 {
        session.call(&nest.run(depth).with("status", "running"));
    }
    let [alone, in_run, in_node, unknown_run, given] = [(); 5].map(|()| new_id());
    let (other, late) = (new_id(), new_id());
    let places = [
        (&alone, message(&alone), &alone, &alone),
        (
            &in_run,
            message(&in_run).with("workflow_run_id", &nest.runs[2]),
            &nest.runs[0],
            &in_run,
        ),
        (
            &in_node,
            message(&in_node)
                .with("workflow_run_id", &nest.runs[1])
                .with("node_execution_id", &nest.nodes[1]),
            &nest.runs[0],
            &nest.nodes[1],
        ),
        (
            &unknown_run,
            message(&unknown_run).with("workflow_run_id", &late),
            &late,
            &unknown_run,
        ),
        (
            &given,
            message(&given)
                .with("workflow_run_id", &nest.runs[2])
                .with("parent_trace_id", &other),
            &other,
            &given,
        ),
    ];
    for (id, call, trace, span_of) in &places {
        session.call(call);
        assert_place(&mut session, id, trace, span_of, None);
    }
    for (id, _, trace, _) in &places {
        let given = session.call(&feedback(id));
        assert_place(&mut session, &given, trace, id, None);
    }
    let unknown = new_id();
    let given = session.call(&feedback(&unknown));
    assert_place(&mut session, &given, &unknown, &unknown, None);
}

#[test]
fn a_message_finished_by_an_update_is_in_the_same_trace() {
    let (_cluster, mut session) = ready("message_finished");
    let nest = nest();
    session.call(&nest.run(0).with("status", "running"));
    session.call(&nest.run(1).with("status", "running"));
    let id = new_id();
    let call = message(&id).with("workflow_run_id", &nest.runs[1]);
    session.call(&call.with("status", "running"));
    session.call(&message(&id));
    assert_place(&mut session, &id, &nest.runs[0], &id, None);
}
