//! A run's attributes.

use super::{put_content, text};
use crate::otlp::record::{Record, WorkflowRun};
use crate::profiles::attribute::Attributes;
use crate::profiles::content::Content;
use crate::profiles::lineage::is_nested;
use crate::profiles::severity::error_text;

/// What its span and its log share.
pub(super) fn identity(record: &Record, run: &WorkflowRun) -> Attributes {
    let mut all = Attributes::default();
    all.put("dify.trace_id", run.id);
    all.put("dify.tenant_id", run.tenant_id);
    all.put("dify.app_id", run.app_id);
    all.put("dify.workflow.id", run.workflow_id);
    all.put("dify.workflow.run_id", run.id);
    all.put("dify.workflow.status", run.status.as_str());
    all.put("dify.workflow.error", error_text(run.error.as_deref()));
    all.put("dify.workflow.elapsed_time", run.elapsed_time);
    all.put("dify.invoke_from", run.invoke_from.as_deref());
    all.put("dify.conversation.id", run.conversation_id);
    all.put("dify.message.id", run.message_id);
    all.put("dify.invoked_by", run.invoked_by.as_deref());
    if is_nested(run) {
        let trace = run.parent_trace_id.or(record.correlation_id);
        all.put("dify.parent.trace_id", trace);
        all.put("dify.parent.workflow.run_id", run.parent_workflow_run_id);
        all.put(
            "dify.parent.node.execution_id",
            run.parent_node_execution_id,
        );
        all.put("dify.parent.app.id", run.parent_app_id);
    }
    all
}

/// What only its log has.
pub(super) fn details(log: &mut Attributes, run: &WorkflowRun, content: &Content) {
    log.put("dify.user.id", run.user_id.as_deref());
    log.put("gen_ai.usage.total_tokens", run.total_tokens);
    log.put("dify.workflow.version", run.workflow_version.as_deref());
    put_content(log, content, "dify.workflow.inputs", || text(&run.inputs));
    put_content(log, content, "dify.workflow.outputs", || text(&run.outputs));
    put_content(log, content, "dify.workflow.query", || run.query.clone());
}
