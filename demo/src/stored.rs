//! The same from the database: what psql shows.

use std::process::Command;

use crate::stage::Stage;
use crate::table;

const QUERIES: [&str; 4] = [
    "SELECT event_name, severity, right(trace_id, 6) AS trace,
  attributes ->> 'dify.node.title' AS title, attributes ->> 'gen_ai.usage.total_tokens' AS tokens
FROM dify_observe.companion_logs ORDER BY id LIMIT 3;",
    "SELECT name, labels ->> 'operation_type' AS operation, sum(value) AS value
FROM dify_observe.metrics WHERE name = 'dify.tokens.total' GROUP BY 1, 2 ORDER BY 1, 2;",
    "SELECT right(app_id::text, 6) AS app, total_tokens, workflow_tokens, suggested_question_tokens
FROM dify_observe.token_usage ORDER BY 1;",
    "SELECT destination, signal, state, lag_rows, sent, rejected, retried, last_error
FROM dify_observe.export_status;",
];

pub fn show(stage: &Stage) {
    table::heading("The same from SQL");
    for query in QUERIES {
        println!("demo=# {}", query.replace('\n', "\ndemo-# "));
        print(
            stage
                .psql()
                .args(["--pset=footer=off", "--pset=null=-", "--command", query]),
        );
    }
}

fn print(psql: &mut Command) {
    let output = psql.output().expect("psql runs");
    print!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
