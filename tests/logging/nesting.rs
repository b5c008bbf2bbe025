//! Where a log belongs, computed from the contract, and runs nested inside each other.

use postgres::Client;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::asking::Asking;
use crate::call::Call;

pub fn span(source: &str) -> String {
    let digest = Sha256::digest(source.as_bytes());
    digest
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

pub fn new_id() -> String {
    Uuid::now_v7().hyphenated().to_string()
}

/// Trace, span and parent of the log whose source has this id, as the contract names them.
#[track_caller]
pub fn assert_place(
    session: &mut Client,
    id: &str,
    trace: &str,
    span_of: &str,
    parent: Option<&str>,
) {
    let shown = session.table(&format!(
        "SELECT trace_id, span_id, parent_span_id FROM dify_observe.companion_logs WHERE source_id = '{id}'"
    ));
    let expected = vec![
        Some(trace.replace('-', "")),
        Some(span(span_of)),
        parent.map(span),
    ];
    assert_eq!(shown, [expected]);
}

pub fn run(id: &str) -> Call {
    Call::of("log_workflow_run").with("id", id)
}

pub fn inner(id: &str, run_id: &str, node_id: &str) -> Call {
    run(id)
        .with("parent_workflow_run_id", run_id)
        .with("parent_node_execution_id", node_id)
}

pub fn node(id: &str, run_id: &str) -> Call {
    Call::of("log_node_execution")
        .with("id", id)
        .with("workflow_run_id", run_id)
        .with("node_type", "tool")
}

pub fn message(id: &str) -> Call {
    Call::of("log_message").with("id", id)
}

pub fn feedback(message_id: &str) -> Call {
    Call::of("log_feedback")
        .with("message_id", message_id)
        .with("rating", "like")
}

pub struct Nest {
    pub runs: [String; 3],
    pub nodes: [String; 3],
}

/// Three runs, each inside a tool node of the one before; a node in each.
pub fn nest() -> Nest {
    Nest {
        runs: [(); 3].map(|()| new_id()),
        nodes: [(); 3].map(|()| new_id()),
    }
}

impl Nest {
    pub fn run(&self, depth: usize) -> Call {
        match depth {
            0 => run(&self.runs[0]),
            _ => inner(
                &self.runs[depth],
                &self.runs[depth - 1],
                &self.nodes[depth - 1],
            ),
        }
    }

    pub fn node(&self, depth: usize) -> Call {
        node(&self.nodes[depth], &self.runs[depth])
    }

    #[track_caller]
    pub fn assert_run(&self, session: &mut Client, depth: usize, trace: &str) {
        let parent = depth.checked_sub(1).map(|outer| self.nodes[outer].as_str());
        assert_place(session, &self.runs[depth], trace, &self.runs[depth], parent);
    }

    #[track_caller]
    pub fn assert_node(&self, session: &mut Client, depth: usize, trace: &str) {
        assert_place(
            session,
            &self.nodes[depth],
            trace,
            &self.nodes[depth],
            Some(&self.runs[depth]),
        );
    }
}
