//! Which trace something belongs to, and the ids that follow: section 3 of the contract.

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::call::Call;
use crate::kind::Kind;
use crate::world::{Event, World};

/// The UUID that names the trace of a row that is told now.
pub fn root(world: &World, call: &Call, id: Uuid) -> Uuid {
    let given = call.uuid("parent_trace_id");
    let of_run = |name| call.uuid(name).map(|run| of_run(world, run));
    let of_node = |node| of_row(world, Kind::Node, node);
    match call.kind {
        Kind::Run => given
            .or(of_run("parent_workflow_run_id"))
            .or(call.uuid("parent_node_execution_id").and_then(of_node))
            .unwrap_or(id),
        Kind::Node if call.is_draft() => id,
        Kind::Node | Kind::Message => given.or(of_run("workflow_run_id")).unwrap_or(id),
        Kind::Name => given
            .or(of_run("workflow_run_id"))
            .or(call.uuid("node_execution_id").and_then(of_node))
            .or(call.uuid("conversation_id"))
            .expect("a conversation"),
        _ => given
            .or(of_run("workflow_run_id"))
            .or(call.uuid("node_execution_id").and_then(of_node))
            .or(call
                .uuid("message_id")
                .map(|message| of_message(world, message)))
            .unwrap_or(id),
    }
}

fn of_run(world: &World, run: Uuid) -> Uuid {
    world.row(Kind::Run, run).map_or(run, |row| row.root)
}

/// In which a row is now; its run may have become known, or nested, since it was told.
fn of_row(world: &World, kind: Kind, id: Uuid) -> Option<Uuid> {
    world.row(kind, id).map(|row| root(world, &row.call, id))
}

pub fn of_message(world: &World, message: Uuid) -> Uuid {
    of_row(world, Kind::Message, message).unwrap_or(message)
}

pub fn trace_id(event: &Event) -> Option<String> {
    event.root.map(|root| root.simple().to_string())
}

/// Where it happened inside a node, the node's; else its subject's.
pub fn span_id(event: &Event) -> Option<String> {
    let call = &event.call;
    let source = match call.kind {
        Kind::Run | Kind::Node => event.id,
        Kind::AppCreated | Kind::AppUpdated | Kind::AppDeleted => None,
        Kind::Feedback => call.uuid("message_id"),
        Kind::Message => call.uuid("node_execution_id").or(event.id),
        Kind::Name => call
            .uuid("node_execution_id")
            .or(call.uuid("conversation_id")),
        _ => call
            .uuid("node_execution_id")
            .or(call.uuid("message_id"))
            .or(event.id),
    };
    source.map(hashed)
}

/// Of spans only: a node is the child of its run, an inner run that of the tool node that called it.
pub fn parent_span_id(event: &Event) -> Option<String> {
    let call = &event.call;
    let parent = match call.kind {
        Kind::Run => call
            .uuid("parent_node_execution_id")
            .or(call.uuid("parent_workflow_run_id")),
        Kind::Node if !call.is_draft() => call.uuid("workflow_run_id"),
        _ => None,
    };
    parent.map(hashed)
}

fn hashed(source: Uuid) -> String {
    let digest = Sha256::digest(source.hyphenated().to_string().as_bytes());
    let id: String = digest[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    if id == "0000000000000000" {
        "0000000000000001".to_owned()
    } else {
        id
    }
}
