//! Erasure: everything of a user or a conversation, and nothing of anybody else.

use std::time::Duration;

use dify_observe_tests::eventually;

use crate::history::*;

const SECRET: &str = "user-to-forget-7f3a";
/// By the user, and by somebody else since.
const RATED: &str = "dddddddd-0000-4000-8000-000000000002";

/// What the user left behind, in every place that there is.
fn leave_traces(session: &mut postgres::Client) {
    log(session, TENANT, "3 days", 2);
    log(session, TENANT, "40 days", 2);
    log(session, OTHER, "3 days", 2);
    run(
        session,
        &format!(
            "DO $$ DECLARE
               tenant CONSTANT uuid := '{TENANT}'; app CONSTANT uuid := '{APP}'; conversation CONSTANT uuid := 'dddddddd-0000-4000-8000-000000000001';
               run uuid; inner_run uuid; message uuid; annotation uuid; own uuid;
             BEGIN
               PERFORM log_app_created(tenant_id => tenant, app_id => app, mode => 'chat');
               run := log_workflow_run(tenant_id => tenant, app_id => app, workflow_id => '{WORKFLOW}', status => 'failed', user_id => '{SECRET}',
                 error => 'of {SECRET}', conversation_id => conversation);
               inner_run := log_workflow_run(tenant_id => tenant, app_id => app, workflow_id => '{WORKFLOW}', status => 'succeeded', parent_workflow_run_id => run,
                 inputs => '{{\"of\": \"{SECRET}\"}}');
               PERFORM log_workflow_run(tenant_id => tenant, app_id => app, workflow_id => '{WORKFLOW}', status => 'succeeded', invoked_by => '{SECRET}');
               PERFORM log_node_execution(tenant_id => tenant, app_id => app, workflow_run_id => inner_run, node_id => 'n', node_type => 'llm', status => 'succeeded',
                 outputs => '{{\"of\": \"{SECRET}\"}}');
               PERFORM log_node_execution(tenant_id => tenant, app_id => app, draft => true, node_id => 'n', node_type => 'llm', status => 'succeeded', user_id => '{SECRET}');
               message := log_message(tenant_id => tenant, app_id => app, status => 'normal', conversation_id => conversation, workflow_run_id => run,
                 end_user_id => '{SECRET}', query => 'I am {SECRET}', duration => 1);
               PERFORM log_message(tenant_id => tenant, app_id => app, status => 'normal', conversation_id => conversation, answer => 'Dear {SECRET}', duration => 1);
               PERFORM log_message(tenant_id => tenant, app_id => app, status => 'running', account_id => '{SECRET}');
               PERFORM log_tool_execution(tenant_id => tenant, app_id => app, tool_name => 't', status => 'succeeded', message_id => message, inputs => '\"{SECRET}\"');
               PERFORM log_moderation_check(tenant_id => tenant, app_id => app, action => 'pass', flagged => false, user_id => '{SECRET}');
               PERFORM log_dataset_retrieval(tenant_id => tenant, app_id => app, status => 'succeeded', message_id => message, query => '{SECRET}');
               PERFORM log_suggested_questions(tenant_id => tenant, app_id => app, status => 'succeeded', message_id => message, questions => '[\"{SECRET}?\"]');
               PERFORM log_generate_name(tenant_id => tenant, app_id => app, status => 'succeeded', conversation_id => conversation, outputs => '\"{SECRET}\"');
               PERFORM log_prompt_generation(tenant_id => tenant, operation_type => 'rule', status => 'succeeded', user_id => '{SECRET}', instruction => '{SECRET}');
               PERFORM log_feedback(tenant_id => tenant, app_id => app, message_id => message, conversation_id => conversation, rating => 'dislike', content => '{SECRET}',
                 user_id => '{SECRET}');
               PERFORM log_feedback(tenant_id => tenant, app_id => app, message_id => message, rating => 'like', from_source => 'admin', content => '{SECRET}');
               PERFORM log_feedback(tenant_id => tenant, app_id => app, message_id => '{RATED}', rating => 'like', content => '{SECRET}', user_id => '{SECRET}');
               PERFORM log_feedback(tenant_id => tenant, app_id => app, message_id => '{RATED}', rating => 'dislike', user_id => 'somebody else');
               PERFORM log_batch(format('[{{\"event\": \"none\", \"tenant_id\": \"%s\", \"workflow_run_id\": \"%s\", \"inputs\": \"I am {SECRET}!\"}}]', tenant, inner_run)::json, 'quarantine');
               PERFORM annotate_message(message_id => message, content => 'Better, {SECRET}', note => 'n', author => 'team');
               PERFORM annotate_message(message_id => message, content => 'Best, {SECRET}', note => 'n', author => 'team');
               annotation := create_annotation(app_id => app, question => 'free', content => 'of messages', author => '{SECRET}');
               PERFORM update_annotation(annotation_id => annotation, content => 'again', author => '{SECRET}');
               PERFORM log_annotation_hit(annotation_id => annotation, message_id => message, question => 'I am {SECRET}', user_id => '{SECRET}');
               PERFORM log_batch(format('[{{\"event\": \"none\", \"tenant_id\": \"%s\", \"user_id\": \"{SECRET}\"}}, {{\"event\": \"none\", \"user_id\": \"other\"}}]', tenant)::json, 'quarantine');
               INSERT INTO export_rejections (destination, signal, records, event_id, reason)
               SELECT 'default', 'logs', 1, e.id, 'cannot take {SECRET}' FROM events e WHERE e.source_id = message;
             END $$"
        ),
    );
    run(session, "CALL fold_metrics()");
}

/// Every table of ours with a row that has the text.
fn places(session: &mut postgres::Client, text: &str) -> Vec<String> {
    let tables = column(
        session,
        "SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'dify_observe'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1",
    );
    tables
        .into_iter()
        .filter(|table| count(session, &format!("{table} t WHERE t::text LIKE '%{text}%'")) > 0)
        .collect()
}

const CHARTS: &str = "SELECT row_to_json(c) FROM (SELECT 'users' AS what, * FROM stats_daily_end_users(bucket => 'all', include_debug => true)
    UNION ALL SELECT 'conversations', * FROM stats_daily_conversations(bucket => 'all', include_debug => true)
    UNION ALL SELECT 'messages', * FROM stats_daily_messages(bucket => 'all', include_debug => true)) c";

#[test]
fn nothing_of_an_erased_user_is_left_but_numbers() {
    let (_cluster, mut session) = quiet("erased");
    leave_traces(&mut session);
    let before = places(&mut session, SECRET);
    assert!(before.len() >= 15, "{before:?}");
    let charts = column(&mut session, CHARTS);
    // A part in packs, a part not packed yet.
    run(
        &mut session,
        "UPDATE rollup_members SET quarter = quarter - interval '2 hours' WHERE what <> 'user' AND quarter > now() - interval '1 day'",
    );
    run(&mut session, "CALL run_maintenance()");
    let known = format!(
        "(SELECT member FROM rollup_members UNION ALL SELECT (unpacked_members(members)).member FROM rollup_packs) m WHERE member = member_hash('{SECRET}')"
    );
    assert!(count(&mut session, "rollup_packs") > 0);
    assert!(count(&mut session, &known) > 0);
    let others = "workflow_runs WHERE user_id LIKE 'user of%'";
    let kept = count(&mut session, others);

    let receipt = ask(
        &mut session,
        &format!("SELECT erase_user('{TENANT}', '{SECRET}')"),
    );
    assert_eq!(places(&mut session, SECRET), Vec::<String>::new());
    assert_eq!(count(&mut session, &known), 0);
    assert_eq!(
        column(&mut session, CHARTS),
        charts,
        "charts keep their numbers"
    );
    sound(&mut session);
    for (table, rows) in [
        ("workflow_runs", 3),
        ("node_executions", 2),
        ("messages", 3),
        ("feedbacks", 2),
        ("annotations", 1),
        ("annotation_hits", 1),
        ("quarantined_events", 2),
        ("conversations", 1),
    ] {
        assert!(
            receipt.contains(&format!("\"{table}\": {rows}")),
            "{table}: {receipt}"
        );
    }
    assert_eq!(ask(&mut session, "SELECT counts FROM erasures"), receipt);
    assert_eq!(count(&mut session, others), kept);
    assert_eq!(count(&mut session, "annotations WHERE author IS NULL"), 1);
    assert_eq!(count(&mut session, "quarantined_events"), 1);
    assert_eq!(
        count(
            &mut session,
            "events e WHERE event < 11 AND NOT EXISTS (SELECT FROM companion_logs l WHERE l.id = e.id)"
        ),
        0
    );
    let (code, _) = refused(
        &mut session,
        &format!("SELECT erase_user('{TENANT}', '{SECRET}')"),
    );
    assert_eq!(code, "02000", "there is nothing of the user any more");
}

#[test]
fn an_erased_conversation_takes_everything_of_it_and_a_failure_takes_nothing() {
    let (_cluster, mut session) = quiet("erased_conversation");
    leave_traces(&mut session);
    let conversation = "dddddddd-0000-4000-8000-000000000001";
    let erase = format!("SELECT erase_conversation('{conversation}')");
    let before = places(&mut session, SECRET);
    // At the very end.
    run(
        &mut session,
        "CREATE FUNCTION no_space() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no space left' USING ERRCODE = '53100'; END $$;
         CREATE TRIGGER no_space BEFORE INSERT ON erasures FOR EACH ROW EXECUTE FUNCTION no_space()",
    );
    assert_eq!(refused(&mut session, &erase).0, "53100");
    assert_eq!(places(&mut session, SECRET), before);
    sound(&mut session);
    run(&mut session, "DROP TRIGGER no_space ON erasures");
    let receipt = ask(&mut session, &erase);
    assert!(receipt.contains("\"messages\": 2"), "{receipt}");
    assert_eq!(
        count(
            &mut session,
            &format!("messages WHERE conversation_id = '{conversation}'")
        ),
        0
    );
    assert_eq!(count(&mut session, "generated_names"), 0);
    assert_eq!(count(&mut session, "trace_roots"), 0);
    // The user has more elsewhere.
    assert_eq!(
        count(
            &mut session,
            &format!("messages WHERE account_id = '{SECRET}'")
        ),
        1
    );
    sound(&mut session);
    assert_eq!(refused(&mut session, &erase).0, "02000");
}

#[test]
fn what_is_held_is_not_erased_whatever_tells_its_tenant() {
    let (cluster, mut session) = quiet("held_from_erasure");
    let conversation = "dddddddd-0000-4000-8000-000000000003";
    run(
        &mut session,
        &format!(
            "SELECT log_workflow_run(tenant_id => '{TENANT}', app_id => '{APP}', workflow_id => '{WORKFLOW}', status => 'succeeded', conversation_id => '{conversation}', user_id => '{SECRET}')"
        ),
    );
    run(&mut session, &format!("SELECT hold('tenant', '{TENANT}')"));
    let (code, _) = refused(
        &mut session,
        &format!("SELECT erase_conversation('{conversation}')"),
    );
    assert_eq!(code, "55006");
    run(
        &mut session,
        &format!("SELECT release_hold('tenant', '{TENANT}')"),
    );

    // A hold that is made while an erasure is open waits for it: it never says that what is going is held.
    let mut eraser = cluster.connect(DATABASE);
    eraser
        .batch_execute(&format!(
            "BEGIN; SELECT dify_observe.erase_user('{TENANT}', '{SECRET}')"
        ))
        .expect("erased");
    let (code, _) = refused(
        &mut session,
        &format!("SET lock_timeout = '200ms'; SELECT hold('tenant', '{TENANT}')"),
    );
    assert_eq!(code, "55P03");
    eraser.batch_execute("COMMIT").expect("committed");
    let (code, _) = refused(&mut session, &format!("SELECT hold('tenant', '{TENANT}')"));
    assert_eq!(code, "02000", "nothing is left to be held");
}

#[test]
fn erasures_at_the_same_time_lose_nothing_of_each_other() {
    let (cluster, mut session) = quiet("two_erasures");
    // Of one quarter hour, so in one pack.
    for user in ["alice", "bob"] {
        run(
            &mut session,
            &format!(
                "SELECT log_workflow_run(tenant_id => '{TENANT}', app_id => '{APP}', workflow_id => '{WORKFLOW}', status => 'succeeded', user_id => '{user}',
                   created_at => date_trunc('day', now(), 'UTC') - interval '1 day')"
            ),
        );
    }
    run(&mut session, "CALL fold_metrics()");
    run(&mut session, "CALL run_maintenance()");
    assert_eq!(count(&mut session, "rollup_packs"), 1);
    let mut alice = cluster.connect(DATABASE);
    let erase = |user: &str| format!("SELECT dify_observe.erase_user('{TENANT}', '{user}')");
    alice
        .batch_execute(&format!("BEGIN; {}", erase("alice")))
        .expect("erased");
    let mut bob = cluster.connect(DATABASE);
    let waits = std::thread::spawn(move || bob.batch_execute(&erase("bob")).expect("erased"));
    eventually("Bob waits", Duration::from_secs(60), || {
        match count(
            &mut session,
            "pg_stat_activity WHERE wait_event_type = 'Lock'",
        ) {
            1 => Ok(()),
            waiting => Err(waiting),
        }
    });
    alice.batch_execute("COMMIT").expect("committed");
    waits.join().expect("Bob");
    for user in ["alice", "bob"] {
        let known = format!(
            "(SELECT (unpacked_members(members)).member FROM rollup_packs) m WHERE member = member_hash('{user}')"
        );
        assert_eq!(count(&mut session, &known), 0, "{user}");
    }
    assert_eq!(
        ask(
            &mut session,
            "SELECT user_count FROM stats_workflow_users(bucket => 'all')"
        ),
        "2"
    );
}
