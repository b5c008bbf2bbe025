//! Feedback beside its message, also when that is gone.

use crate::asking::Asking;
use crate::call::APP;
use crate::logged::{logged, pages};

#[test]
fn feedback_is_shown_with_its_message_and_without_one_that_is_gone() {
    let (_cluster, mut session) = logged("feedbacks");
    let row = "SELECT concat_ws('|', rating, query_summary, answer_summary, message_status, model_name, workflow_run_id = md5('r140')::uuid) \
               FROM dify_observe.feedback_list(app_id => '770e8400-e29b-41d4-a716-446655440002') WHERE message_id = md5('m140')::uuid";
    assert_eq!(session.ask(row), "like|question 140|答案 140|error|m0|t");
    session.run("DELETE FROM dify_observe.messages WHERE id = md5('m140')::uuid");
    assert_eq!(session.ask(row), "like");
}

#[test]
fn what_was_withdrawn_is_not_listed() {
    let (_cluster, mut session) = logged("withdrawn");
    session.run(&format!(
        "SELECT dify_observe.log_feedback(tenant_id => '{APP}', app_id => '{APP}', message_id => md5('m' || n)::uuid) FROM generate_series(1, 40) n"
    ));
    assert_eq!(pages(&mut session, "feedback_list", "", 60).len(), 100);
}
