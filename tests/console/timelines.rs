//! Conversations in order, with regenerated answers, and what one user did across them.

use crate::asking::{Asking, without_worker};
use crate::call::{APP, OTHER, TENANT};

fn converse(session: &mut postgres::Client) {
    session.run(&format!(
        "SELECT dify_observe.log_message(tenant_id => '{TENANT}', app_id => '{APP}', conversation_id => '{OTHER}', id => md5('m' || n)::uuid,
           parent_message_id => p, status => CASE n WHEN 4 THEN 'running' ELSE 'normal' END, query => 'q' || n, answer => 'a' || n, user_id => 'u',
           created_at => timestamptz '2026-02-03 10:00+00' + n * interval '1 minute')
         FROM (VALUES (1, '00000000-0000-0000-0000-000000000000'::uuid), (2, md5('m1')::uuid), (3, md5('m1')::uuid), (4, md5('m3')::uuid)) v (n, p);
         SELECT dify_observe.log_feedback(tenant_id => '{TENANT}', app_id => '{APP}', message_id => md5('m3')::uuid, rating => r, from_source => f, content => c)
         FROM (VALUES ('like', 'user', 'nice'), ('dislike', 'admin', 'too long')) v (r, f, c);
         SELECT dify_observe.annotate_message(md5('m3')::uuid, content => 'better', note => 'shorter');
         SELECT dify_observe.log_tool_execution(tenant_id => '{TENANT}', app_id => '{APP}', message_id => md5('m3')::uuid, tool_name => 'weather', status => 'failed',
           error => 'rain', created_at => '2026-02-03 10:03:01+00')"
    ));
}

#[test]
fn a_timeline_has_the_regenerations_and_the_way_to_the_latest_message() {
    let (_cluster, mut session) = without_worker("timeline");
    converse(&mut session);
    let line = format!(
        "SELECT concat_ws('|', place, query, attempt, attempts, current, status, user_rating, user_comment, team_rating, team_comment, annotation, note)
         FROM dify_observe.conversation_timeline('{OTHER}')"
    );
    let expected = [
        "1|q1|1|1|t|normal",
        "2|q2|1|2|f|normal",
        "3|q3|2|2|t|normal|like|nice|dislike|too long|better|shorter",
        "4|q4|1|1|t|running",
    ];
    assert_eq!(session.column(&line), expected);
    session.run("CALL dify_observe.fold_metrics()");
    assert_eq!(session.column(&line), expected, "folded");
    assert_eq!(
        session.number(&format!(
            "SELECT count(*) FROM dify_observe.conversation_timeline('{APP}')"
        )),
        0
    );
}

#[test]
fn a_conversation_without_parents_is_one_line() {
    let (_cluster, mut session) = without_worker("one_line");
    session.run(&format!(
        "SELECT dify_observe.log_message(tenant_id => '{TENANT}', app_id => '{APP}', conversation_id => '{OTHER}', status => 'normal') FROM generate_series(1, 5)"
    ));
    let line = format!(
        "SELECT concat_ws(' ', place, attempt, attempts, current) FROM dify_observe.conversation_timeline('{OTHER}')"
    );
    assert_eq!(
        session.column(&line),
        ["1 1 1 t", "2 1 1 t", "3 1 1 t", "4 1 1 t", "5 1 1 t"]
    );
}

#[test]
fn messages_that_are_each_other_s_parents_end_nowhere_but_end() {
    let (_cluster, mut session) = without_worker("circle");
    session.run(&format!(
        "SELECT dify_observe.log_message(tenant_id => '{TENANT}', app_id => '{APP}', conversation_id => '{OTHER}', status => 'normal', id => a, parent_message_id => b)
         FROM (VALUES (md5('1')::uuid, md5('2')::uuid), (md5('2')::uuid, md5('1')::uuid)) v (a, b)"
    ));
    assert_eq!(
        session.number(&format!(
            "SELECT count(*) FROM dify_observe.conversation_timeline('{OTHER}')"
        )),
        2
    );
}

#[test]
fn a_message_shows_what_was_said_and_done_for_it() {
    let (_cluster, mut session) = without_worker("detail");
    converse(&mut session);
    let detail =
        session.json("SELECT to_json(d) FROM dify_observe.message_detail(md5('m3')::uuid) d");
    assert_eq!(detail["message"]["answer"], "a3");
    assert_eq!(detail["feedbacks"].as_array().map(Vec::len), Some(2));
    assert_eq!(detail["annotation"]["note"], "shorter");
    assert_eq!(detail["operations"][0]["name"], "weather");
    assert_eq!(detail["operations"][0]["error"], "rain");
    assert_eq!(detail["attempts"].as_array().map(Vec::len), Some(2));
    assert_eq!(detail["followed_by"].as_array().map(Vec::len), Some(1));
    assert_eq!(
        session.number(&format!(
            "SELECT count(*) FROM dify_observe.message_detail('{OTHER}')"
        )),
        0
    );
}

#[test]
fn a_user_is_followed_across_conversations() {
    let (_cluster, mut session) = without_worker("journey");
    converse(&mut session);
    session.run(&format!(
        "SELECT dify_observe.log_message(tenant_id => '{TENANT}', app_id => '{APP}', conversation_id => '{APP}', status => 'normal', query => 'again', user_id => 'u',
           created_at => '2026-02-04 10:00+00');
         SELECT dify_observe.log_workflow_run(tenant_id => '{TENANT}', app_id => '{APP}', workflow_id => '{APP}', status => 'succeeded', query => 'a run', user_id => 'u',
           created_at => '2026-02-03 12:00+00');
         SELECT dify_observe.log_message(tenant_id => '{TENANT}', app_id => '{APP}', status => 'normal', query => 'somebody else', user_id => 'v')"
    ));
    let steps = format!(
        "SELECT concat_ws('|', kind, input_summary, conversation_place, since_last) FROM dify_observe.user_journey('{APP}', 'u', page_size => 4)"
    );
    assert_eq!(
        session.column(&steps),
        [
            "message|q3|1",
            "message|q4|2|00:01:00",
            "run|a run|01:56:00",
            "message|again|1|22:00:00"
        ]
    );
}
