//! Each filter of each list lets through what a plain condition on the table does.

use crate::asking::Asking;
use crate::call::APP;
use crate::logged::{logged, pages};

#[test]
fn each_filter_lets_through_what_it_says() {
    let (_cluster, mut session) = logged("filters");
    session.run("SELECT dify_observe.annotate_message(id, content => 'better') FROM dify_observe.messages WHERE total_tokens = 1");
    let of_node = "EXISTS (SELECT FROM dify_observe.node_executions n WHERE n.workflow_run_id = t.id AND n.model_name = 'm1')";
    let of_message = |condition: &str| {
        format!(
            "EXISTS (SELECT FROM dify_observe.messages m WHERE m.id = t.message_id AND {condition})"
        )
    };
    let conversation = "md5('c1')::uuid";
    for (list, table, filter, condition) in [
        ("run_list", "workflow_runs", "status => 'failed'", "status = 'failed'".to_owned()),
        ("run_list", "workflow_runs", "user_id => 'u1'", "user_id = 'u1'".to_owned()),
        ("run_list", "workflow_runs", "user_session_id => 's3'", "user_session_id = 's3'".to_owned()),
        ("run_list", "workflow_runs", "workflow_version => 'v1'", "workflow_version = 'v1'".to_owned()),
        ("run_list", "workflow_runs", "from_source => 'console'", "false".to_owned()),
        ("run_list", "workflow_runs", "triggered_from => 'app-run', invoke_from => 'web-app'", "true".to_owned()),
        ("run_list", "workflow_runs", "conversation_id => md5('c1')::uuid", format!("conversation_id = {conversation}")),
        ("run_list", "workflow_runs", "model_name => 'm1'", of_node.to_owned()),
        ("run_list", "workflow_runs", "error => 'http 5'", "error = 'HTTP 503'".to_owned()),
        ("run_list", "workflow_runs", "keyword => '答案 13'", "outputs ->> 'text' LIKE '答案 13%'".to_owned()),
        ("run_list", "workflow_runs", "keyword => 'WORDS 1'", "inputs ->> 'question' LIKE 'words 1%'".to_owned()),
        ("run_list", "workflow_runs", "keyword => upper(md5('r7')::uuid::text)", "id = md5('r7')::uuid".to_owned()),
        ("run_list", "workflow_runs", "keyword => '%'", "false".to_owned()),
        ("run_list", "workflow_runs", "keyword => 'wor_s'", "false".to_owned()),
        ("run_list", "workflow_runs", "min_elapsed_time => 5", "elapsed_time >= 5".to_owned()),
        ("run_list", "workflow_runs", "min_total_tokens => 3, min_total_price => 2.5", "total_tokens >= 3 AND total_price >= 2.5".to_owned()),
        ("message_list", "messages", "status => 'error', user_id => 'u2'", "status = 'error' AND user_id = 'u2'".to_owned()),
        ("message_list", "messages", "model_provider => 'openai', model_name => 'm0'", "model_name = 'm0'".to_owned()),
        ("message_list", "messages", "keyword => '答案 1'", "answer LIKE '答案 1%'".to_owned()),
        ("message_list", "messages", "annotated => true", "total_tokens = 1".to_owned()),
        ("message_list", "messages", "annotated => false", "total_tokens <> 1".to_owned()),
        ("message_list", "messages", "rating => 'dislike'", "EXISTS (SELECT FROM dify_observe.feedbacks f WHERE f.message_id = t.id AND f.rating = 'dislike')".to_owned()),
        ("message_list", "messages", "min_duration => 3, min_total_tokens => 2, min_total_price => 1", "duration >= 3 AND total_tokens >= 2 AND total_price >= 1".to_owned()),
        ("message_list", "messages", "conversation_id => md5('c1')::uuid, error => '503'", format!("conversation_id = {conversation} AND error IS NOT NULL")),
        ("feedback_list", "feedbacks", "rating => 'dislike'", "rating = 'dislike'".to_owned()),
        ("feedback_list", "feedbacks", "has_comment => true", "content IS NOT NULL".to_owned()),
        ("feedback_list", "feedbacks", "has_comment => false, from_source => 'user'", "content IS NULL".to_owned()),
        ("feedback_list", "feedbacks", "from_source => 'admin'", "false".to_owned()),
        ("feedback_list", "feedbacks", "keyword => 'question 12'", of_message("m.query LIKE 'question 12%'")),
        ("feedback_list", "feedbacks", "model_name => 'm1'", of_message("m.model_name = 'm1'")),
        ("feedback_list", "feedbacks", "annotated => true, user_id => 'u0'", of_message("m.total_tokens = 1 AND m.user_id = 'u0'")),
        ("annotation_list", "annotations", "keyword => 'better 9'", "content LIKE 'better 9%'".to_owned()),
        ("annotation_list", "annotations", "author => 'a1'", "author = 'a1'".to_owned()),
        ("annotation_list", "annotations", "of_message => true", "message_id IS NOT NULL".to_owned()),
        ("annotation_list", "annotations", "of_message => false", "message_id IS NULL".to_owned()),
        ("annotation_list", "annotations", "conversation_id => md5('c1')::uuid", format!("conversation_id = {conversation}")),
    ] {
        let expected = session.column(&format!(
            "SELECT id FROM dify_observe.{table} t WHERE {condition} ORDER BY created_at DESC, id DESC"
        ));
        let read = pages(&mut session, list, &format!(", {filter}"), 13);
        assert_eq!(read, expected, "{list}({filter})");
        let total = session.column(&format!(
            "SELECT total FROM dify_observe.{list}(app_id => '{APP}', {filter}, with_total => true, page_size => 1)"
        ));
        assert_eq!(total, vec![expected.len().to_string(); (!expected.is_empty()).into()], "{list}({filter})");
    }
}

#[test]
fn debugging_is_left_out_unless_it_is_asked_for() {
    let (_cluster, mut session) = logged("debugging");
    session.run(&format!(
        "SELECT dify_observe.log_workflow_run(tenant_id => '{APP}', app_id => '{APP}', workflow_id => '{APP}', status => 'succeeded', triggered_from => f)
         FROM unnest('{{debugging,rag-pipeline-debugging,single-step}}'::text[]) f;
         SELECT dify_observe.log_workflow_run(tenant_id => '{APP}', app_id => '{APP}', workflow_id => '{APP}', status => 'succeeded', invoke_from => f)
         FROM unnest('{{debugger,debug}}'::text[]) f;
         SELECT dify_observe.log_message(tenant_id => '{APP}', app_id => '{APP}', status => 'normal', invoke_from => f, conversation_id => gen_random_uuid(),
           id => md5(f)::uuid) FROM unnest('{{debugger,debug}}'::text[]) f;
         SELECT dify_observe.log_feedback(tenant_id => '{APP}', app_id => '{APP}', message_id => md5('debug')::uuid, rating => 'like')"
    ));
    for (list, without, with) in [
        ("run_list", 140, 145),
        ("message_list", 140, 142),
        ("conversation_list", 7, 9),
        ("feedback_list", 140, 141),
    ] {
        let read = pages(&mut session, list, "", 50).len();
        assert_eq!(read, without, "{list}");
        let read = pages(&mut session, list, ", include_debug => true", 50).len();
        assert_eq!(read, with, "{list}");
    }
    for (list, named, rows) in [
        ("run_list", "triggered_from => 'debugging'", 1),
        ("run_list", "invoke_from => 'debugger'", 1),
        ("message_list", "invoke_from => 'debugger'", 1),
        ("conversation_list", "invoke_from => 'debugger'", 1),
    ] {
        let read = pages(&mut session, list, &format!(", {named}"), 50).len();
        assert_eq!(read, rows, "{list}({named})");
    }
}
