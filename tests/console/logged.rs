//! An app with a little of everything, many rows of one moment among it.

use dify_observe_tests::Cluster;
use postgres::Client;

use crate::asking::{Asking, without_worker};
use crate::call::{APP, TENANT, WORKFLOW};

/// Messages, runs, feedback and annotations, 140 each: in seven conversations, on four days, ten rows a moment.
#[track_caller]
pub fn logged(name: &str) -> (Cluster, Client) {
    let (cluster, mut session) = without_worker(name);
    session.run(&format!(
        "SELECT dify_observe.ensure_partitions('2026-02-01', '2026-02-04');
         SELECT dify_observe.log_app_created(tenant_id => '{TENANT}', app_id => '{APP}', mode => 'advanced-chat');
         SELECT dify_observe.log_workflow_run(tenant_id => '{TENANT}', app_id => '{APP}', workflow_id => '{WORKFLOW}',
           id => {run}, conversation_id => {conversation}, message_id => {message}, workflow_version => 'v' || n % 2,
           status => CASE n % 5 WHEN 0 THEN 'failed' ELSE 'succeeded' END, error => CASE n % 5 WHEN 0 THEN 'HTTP 503' END,
           inputs => json_build_object('question', 'words ' || n), outputs => json_build_object('text', '答案 ' || n), user_id => 'u' || n % 3,
           user_session_id => 's' || n % 4, from_source => 'api', invoke_from => 'web-app', triggered_from => 'app-run',
           total_tokens => n % 6, total_steps => n % 4, total_price => n % 8, currency => 'USD', elapsed_time => n % 9, created_at => {at})
         FROM generate_series(1, 140) n;
         SELECT dify_observe.log_node_execution(tenant_id => '{TENANT}', app_id => '{APP}', workflow_run_id => {run}, node_id => 'llm', node_type => 'llm',
           status => 'succeeded', model_provider => 'openai', model_name => 'm' || n % 2, created_at => {at}) FROM generate_series(1, 140) n;
         SELECT dify_observe.log_message(tenant_id => '{TENANT}', app_id => '{APP}', id => {message}, conversation_id => {conversation},
           workflow_run_id => {run}, status => CASE n % 5 WHEN 0 THEN 'error' ELSE 'normal' END, error => CASE n % 5 WHEN 0 THEN 'HTTP 503' END,
           query => 'question ' || n, answer => '答案 ' || n, user_id => 'u' || n % 3, user_session_id => 's' || n % 4, from_source => 'api',
           invoke_from => 'web-app', model_provider => 'openai', model_name => 'm' || n % 2, total_tokens => n % 6, total_price => n % 8,
           currency => 'USD', duration => n % 9, time_to_first_token => n % 2, created_at => {at}) FROM generate_series(1, 140) n;
         SELECT dify_observe.log_feedback(tenant_id => '{TENANT}', app_id => '{APP}', message_id => {message}, conversation_id => {conversation},
           rating => CASE n % 3 WHEN 0 THEN 'dislike' ELSE 'like' END, content => CASE n % 2 WHEN 0 THEN 'comment ' || n END, user_id => 'u' || n % 3,
           created_at => {at}) FROM generate_series(1, 140) n;
         SELECT dify_observe.create_annotation(app_id => '{APP}', question => 'question ' || n, content => 'better ' || n, author => 'a' || n % 2,
           created_at => {at}) FROM generate_series(1, 140) n",
        run = uuid("r"),
        message = uuid("m"),
        conversation = "md5('c' || n % 7)::uuid",
        at = "timestamptz '2026-02-01 06:00+00' + n / 10 * interval '6 hours'",
    ));
    (cluster, session)
}

fn uuid(kind: &str) -> String {
    format!("md5('{kind}' || n)::uuid")
}

/// Every id that a call of a list gives, page after page.
#[track_caller]
pub fn pages(session: &mut Client, list: &str, arguments: &str, page_size: usize) -> Vec<String> {
    let mut ids = Vec::new();
    let mut after = "NULL".to_owned();
    loop {
        let page = session.table(&format!(
            "SELECT id, cursor FROM dify_observe.{list}(app_id => '{APP}', page_size => {page_size}, after => {after} {arguments})"
        ));
        ids.extend(page.iter().map(|row| row[0].clone().expect("an id")));
        match page.last() {
            Some(last) if page.len() == page_size => {
                after = format!("'{}'", last[1].as_ref().expect("a cursor"));
            }
            _ => return ids,
        }
    }
}
