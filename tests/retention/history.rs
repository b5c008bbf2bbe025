//! A database with a past: rows, and their events, of chosen ages.

use std::time::Duration;

use dify_observe_tests::{Cluster, eventually};
use postgres::{Client, SimpleQueryMessage};

pub const TENANT: &str = "aaaaaaaa-0000-4000-8000-000000000001";
pub const OTHER: &str = "aaaaaaaa-0000-4000-8000-000000000002";
pub const APP: &str = "bbbbbbbb-0000-4000-8000-000000000001";
pub const WORKFLOW: &str = "cccccccc-0000-4000-8000-000000000001";
pub const DATABASE: &str = "postgres";

/// Partitioned tables of which every story has rows.
pub const LOGS: [&str; 5] = [
    "workflow_runs",
    "node_executions",
    "messages",
    "tool_executions",
    "events",
];

/// Without a worker, so that nothing happens but what the test does.
#[track_caller]
pub fn quiet(name: &str) -> (Cluster, Client) {
    let cluster = Cluster::builder(name).preload(false).start();
    cluster.create_extension(DATABASE);
    let mut session = cluster.connect(DATABASE);
    prepare(&mut session);
    (cluster, session)
}

/// An installation that is older than everything.
#[track_caller]
pub fn prepare(session: &mut Client) {
    run(
        session,
        "SET search_path = dify_observe, public;
         SELECT ensure_partitions(now() - interval '1 day', now() + interval '1 day');
         UPDATE installation SET since = now() - interval '1 year'",
    );
}

#[track_caller]
pub fn run(session: &mut Client, statements: &str) {
    if let Err(error) = session.simple_query(statements) {
        panic!("{statements}\n{error:?}");
    }
}

/// The first column of the rows of the last statement.
#[track_caller]
pub fn column(session: &mut Client, statement: &str) -> Vec<String> {
    let answer = session
        .simple_query(statement)
        .unwrap_or_else(|error| panic!("{statement}\n{error:?}"));
    let row = |message| match message {
        SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap_or("NULL").to_owned()),
        _ => None,
    };
    answer.into_iter().filter_map(row).collect()
}

#[track_caller]
pub fn ask(session: &mut Client, statement: &str) -> String {
    let mut found = column(session, statement);
    assert_eq!(found.len(), 1, "one row expected of {statement}");
    found.remove(0)
}

#[track_caller]
pub fn count(session: &mut Client, of: &str) -> i64 {
    ask(session, &format!("SELECT count(*) FROM {of}"))
        .parse()
        .expect("a number")
}

/// SQLSTATE and message of a refusal.
#[track_caller]
pub fn refused(session: &mut Client, statement: &str) -> (String, String) {
    let Err(error) = session.simple_query(statement) else {
        panic!("not refused: {statement}");
    };
    let told = error.as_db_error().expect("the server's");
    (told.code().code().to_owned(), told.message().to_owned())
}

/// `of` runs with two node executions, a message and a tool call each, all of them so old; conversation and user are the tenant's of that day.
/// Their partitions are made first, but for ages of 100 days and more.
#[track_caller]
pub fn log(session: &mut Client, tenant: &str, age: &str, of: u32) {
    log_in(session, tenant, APP, WORKFLOW, age, of);
}

#[track_caller]
pub fn log_in(session: &mut Client, tenant: &str, app: &str, workflow: &str, age: &str, of: u32) {
    let story = format!(
        "DO $$ DECLARE
           at timestamptz := now() - interval '{age}';
           run uuid; message uuid; conversation uuid;
         BEGIN FOR turn IN 1..{of} LOOP
           run := uuid_v7(at);
           conversation := md5('{tenant}' || at::date)::uuid;
           message := uuid_v7(at);
           PERFORM log_workflow_run(tenant_id => '{tenant}', app_id => '{app}', workflow_id => '{workflow}', status => 'succeeded', id => run,
             created_at => at, elapsed_time => 0.25, input_tokens => 3, output_tokens => 4, user_id => 'user of {age}', inputs => '{{\"q\": 1}}');
           PERFORM log_node_execution(tenant_id => '{tenant}', app_id => '{app}', workflow_id => '{workflow}', workflow_run_id => run, node_id => 'n' || n,
             node_type => 'llm', status => 'succeeded', created_at => at, elapsed_time => 0.1, model_name => 'm', total_tokens => 3) FROM generate_series(1, 2) n;
           PERFORM log_message(tenant_id => '{tenant}', app_id => '{app}', id => message, conversation_id => conversation, workflow_run_id => run,
             status => 'normal', created_at => at, duration => 1.5, user_id => 'user of {age}', query => 'q');
           PERFORM log_tool_execution(tenant_id => '{tenant}', app_id => '{app}', workflow_run_id => run, message_id => message, tool_name => 't',
             status => 'succeeded', created_at => at, duration => 0.5);
           PERFORM log_feedback(tenant_id => '{tenant}', app_id => '{app}', message_id => message, conversation_id => conversation, rating => 'like', created_at => at);
         END LOOP; END $$"
    );
    // A worker may hold a lock for longer than is waited for.
    eventually("its partitions are there", Duration::from_secs(60), || {
        session.batch_execute(&format!(
            "SELECT ensure_partitions(now() - interval '{age}', now() - interval '{age}' + interval '1 day') WHERE interval '{age}' < '100 days'"
        ))
    });
    run(session, &story);
}

/// As if every event had been recorded when its row was created; then counted.
#[track_caller]
pub fn settle(session: &mut Client) {
    run(
        session,
        "UPDATE events SET recorded_at = coalesce(source_at, (change ->> 'at')::timestamptz)",
    );
    run(session, "CALL fold_metrics()");
}

/// Runs retention, and makes sure that the metrics can still be recounted.
#[track_caller]
pub fn retain(session: &mut Client) {
    run(session, "CALL run_retention()");
    sound(session);
}

#[track_caller]
pub fn sound(session: &mut Client) {
    let differences = column(session, "SELECT row_to_json(c) FROM check_metrics() c");
    assert_eq!(differences, Vec::<String>::new());
}

/// What the last run says of itself.
#[track_caller]
pub fn told(session: &mut Client, column: &str) -> String {
    ask(
        session,
        &format!("SELECT {column} FROM retention_runs ORDER BY id DESC LIMIT 1"),
    )
}

#[track_caller]
pub fn partitions(session: &mut Client) -> i64 {
    count(session, "leaves()")
}
