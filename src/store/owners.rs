//! Whose an event is, without reading more of its source row.

/// A query expression over `events e`: whether the event is of tenant `$9` and app `$10`, an empty text meaning any. Null where
/// the row is gone. Scalar subqueries, so that the planner cannot choose anything but one probe per event.
pub fn of_event() -> String {
    let rows: String = TABLES
        .iter()
        .map(|(code, table)| {
            format!(
                "WHEN {code} THEN (SELECT {} FROM dify_observe.{table} r WHERE r.id = e.source_id AND r.created_at = e.source_at) ",
                matches("r.tenant_id", "r.app_id")
            )
        })
        .collect();
    let told = "(e.change ->> 'tenant_id')::uuid";
    format!(
        "CASE e.event {rows} WHEN 14 THEN (SELECT {feedback} FROM dify_observe.feedbacks f WHERE f.id = e.source_id) \
         WHEN 15 THEN {failure} ELSE {app} END",
        feedback = matches("f.tenant_id", "f.app_id"),
        failure = matches(told, "NULL::uuid"),
        app = matches(told, "e.source_id"),
    )
}

fn matches(tenant: &str, app: &str) -> String {
    format!(
        "($9 = '' OR coalesce({tenant}::text = $9, false)) AND ($10 = '' OR coalesce({app}::text = $10, false))"
    )
}

const TABLES: [(i16, &str); 10] = [
    (1, "workflow_runs"),
    (2, "node_executions"),
    (3, "node_executions"),
    (4, "messages"),
    (5, "tool_executions"),
    (6, "moderation_checks"),
    (7, "suggested_questions"),
    (8, "dataset_retrievals"),
    (9, "generated_names"),
    (10, "prompt_generations"),
];
