//! A database with a history: rows in daily and in default partitions, some of them unfinished, dumped in both formats.

use std::path::PathBuf;
use std::time::Duration;

use dify_observe_tests::{Cluster, Collector, eventually};
use postgres::Client;

/// Every table that is dumped with its rows.
pub const KEPT: [&str; 18] = [
    "apps",
    "conversations",
    "workflow_runs",
    "node_executions",
    "messages",
    "feedbacks",
    "annotations",
    "annotation_versions",
    "annotation_hits",
    "trace_roots",
    "events",
    "tool_executions",
    "moderation_checks",
    "suggested_questions",
    "dataset_retrievals",
    "generated_names",
    "prompt_generations",
    "quarantined_events",
];

pub const OPEN_RUN: &str = "aa000000-0000-4000-8000-00000000000f";

const HISTORY: &str = "
    SELECT ensure_partitions('2026-02-03', '2026-02-05');
    SELECT log_app_created(tenant_id => gen_random_uuid(), app_id => gen_random_uuid(), mode => 'chat');
    SELECT log_workflow_run(tenant_id => gen_random_uuid(), app_id => gen_random_uuid(), workflow_id => gen_random_uuid(), status => 'succeeded',
      parent_workflow_run_id => gen_random_uuid(), inputs => '{\"a\": \"\\u4e2d\"}', created_at => timestamptz '2026-02-03 00:00+00' + n * interval '1 hour') FROM generate_series(1, 96) n;
    SELECT log_node_execution(tenant_id => gen_random_uuid(), app_id => gen_random_uuid(), workflow_run_id => gen_random_uuid(), node_id => 'n', node_type => 'llm',
      status => 'succeeded', dataset_ids => '{a,b}') FROM generate_series(1, 50);
    SELECT log_message(tenant_id => gen_random_uuid(), app_id => gen_random_uuid(), conversation_id => gen_random_uuid(), status => 'normal') AS message FROM generate_series(1, 50);
    SELECT log_tool_execution(tenant_id => gen_random_uuid(), app_id => gen_random_uuid(), tool_name => 't', status => 'succeeded', inputs => '{\"a\": 1}',
      created_at => timestamptz '2026-01-30 00:00+00' + n * interval '1 day') FROM generate_series(1, 10) n;
    SELECT log_moderation_check(tenant_id => gen_random_uuid(), app_id => gen_random_uuid(), action => 'pass', flagged => true);
    SELECT log_suggested_questions(tenant_id => gen_random_uuid(), app_id => gen_random_uuid(), status => 'succeeded', questions => '[\"q\"]');
    SELECT log_dataset_retrieval(tenant_id => gen_random_uuid(), app_id => gen_random_uuid(), status => 'succeeded', dataset_ids => '{a,b}');
    SELECT log_generate_name(tenant_id => gen_random_uuid(), app_id => gen_random_uuid(), conversation_id => gen_random_uuid(), status => 'succeeded');
    SELECT log_prompt_generation(tenant_id => gen_random_uuid(), operation_type => 'rule_generate', status => 'succeeded', total_price => 0.1);
    SELECT log_batch('[{\"event\": \"no such event\"}]', 'quarantine');
    SELECT log_feedback(tenant_id => gen_random_uuid(), app_id => gen_random_uuid(), message_id => gen_random_uuid(), rating => 'like');
    SELECT create_annotation(app_id => gen_random_uuid(), tenant_id => gen_random_uuid(), question => 'q', content => 'c', id => 'aa000000-0000-4000-8000-0000000000aa');
    SELECT update_annotation('aa000000-0000-4000-8000-0000000000aa', content => 'd');
    SELECT log_annotation_hit('aa000000-0000-4000-8000-0000000000aa', gen_random_uuid(), 0.5);
    SELECT start_workflow_run(tenant_id => gen_random_uuid(), app_id => gen_random_uuid(), workflow_id => gen_random_uuid(), id => 'aa000000-0000-4000-8000-00000000000f')";

/// Everything that is told, as one digest per table.
pub fn contents(session: &mut Client) -> Vec<(String, i64, Option<String>)> {
    let digest = |table: &&str| {
        let sql = format!(
            "SELECT count(*), md5(string_agg(t::text, ' ' ORDER BY t::text)) FROM dify_observe.{table} t"
        );
        let row = session.query_one(&sql, &[]).expect("a digest");
        ((*table).to_owned(), row.get(0), row.get(1))
    };
    KEPT.iter()
        .chain(&["companion_log_details"])
        .map(digest)
        .collect()
}

/// A cluster with a history in its database `source`, counted and with its worker at rest.
#[track_caller]
pub fn source(name: &str) -> (Cluster, Client) {
    let cluster = Cluster::start(name);
    cluster.create_database("source");
    cluster.create_extension("source");
    let mut session = cluster.connect("source");
    session
        .batch_execute("SET search_path = dify_observe, public")
        .expect("a path");
    session.batch_execute(HISTORY).expect("a history");
    session
        .batch_execute("CALL fold_metrics()")
        .expect("a fold");
    // The worker folds meanwhile: a lock that is not to be had is tried for again.
    eventually("partitions", Duration::from_secs(60), || {
        session.batch_execute("CALL run_maintenance()")
    });
    (cluster, session)
}

/// A cluster that exports all it has to the collector; the database `target` is empty.
#[track_caller]
pub fn exporting(name: &str, collector: &Collector) -> Cluster {
    let cluster = Cluster::builder(name)
        .conf("dify_observe.enabled", "on")
        .conf("dify_observe.telemetry_enabled", "on")
        .conf("dify_observe.otlp_endpoint", &collector.endpoint())
        .conf("dify_observe.metric_interval", "1s")
        .start();
    cluster.create_database("target");
    cluster
}

#[derive(Clone, Copy)]
pub enum Format {
    Custom,
    Plain,
}

#[track_caller]
pub fn dump(from: &Cluster, format: Format) -> PathBuf {
    let file = from.folder().join("dump");
    let name = match format {
        Format::Custom => "custom",
        Format::Plain => "plain",
    };
    let mut command = from.bin("pg_dump");
    command
        .args(["--format", name, "--dbname", "source", "--file"])
        .arg(&file);
    succeed(&mut command);
    file
}

/// In one transaction, as `pg_restore -1` does.
#[track_caller]
pub fn restore(to: &Cluster, file: &PathBuf, format: Format) {
    let mut command = match format {
        Format::Custom => to.bin("pg_restore"),
        Format::Plain => to.bin("psql"),
    };
    match format {
        Format::Custom => command
            .args(["-1", "--exit-on-error", "-d", "target"])
            .arg(file),
        Format::Plain => command
            .args(["-q", "-X", "-v", "ON_ERROR_STOP=1", "-d", "target", "-f"])
            .arg(file),
    };
    succeed(&mut command);
}

#[track_caller]
fn succeed(command: &mut std::process::Command) {
    let done = command.output().expect("a program");
    let complaint = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{command:?}\n{complaint}");
}
