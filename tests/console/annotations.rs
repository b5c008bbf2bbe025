//! Annotations: free and of a message, their versions, and what they answered.

use postgres::Client;

use crate::asking::{Asking, until_blocked, without_worker};
use crate::call::{APP, Call, OTHER, TENANT};

fn message(session: &mut Client) -> String {
    session.call(
        &Call::of("log_message")
            .with("query", "Where is my order?")
            .with("conversation_id", OTHER),
    )
}

fn history(session: &mut Client, id: &str) -> Vec<String> {
    session.column(&format!(
        "SELECT concat_ws('|', version, coalesce(question, '-'), coalesce(content, '-'), coalesce(note, '-'), coalesce(author, '-'), replaced_at IS NULL) \
         FROM dify_observe.annotation_history('{id}')"
    ))
}

#[test]
fn a_message_has_one_annotation_whose_earlier_versions_are_kept() {
    let (_cluster, mut session) = without_worker("versions");
    let message = message(&mut session);
    let annotate =
        |said: &str| format!("SELECT dify_observe.annotate_message('{message}', {said})");
    let id = session.ask(&annotate("note => 'wrong tone', author => 'ann'"));
    for said in [
        "content => 'On its way.', author => 'bob'",
        "content => 'On its way.', author => 'eve'",
        "note => 'tone is fine', content => 'It is on its way.', author => 'ann'",
    ] {
        assert_eq!(session.ask(&annotate(said)), id);
    }
    assert_eq!(
        history(&mut session, &id),
        [
            "3|Where is my order?|It is on its way.|tone is fine|ann|t",
            "2|Where is my order?|On its way.|wrong tone|bob|f",
            "1|Where is my order?|-|wrong tone|ann|f"
        ]
    );
    let row = session.ask("SELECT concat_ws('|', tenant_id, app_id, conversation_id, version) FROM dify_observe.annotations");
    assert_eq!(row, format!("{TENANT}|{APP}|{OTHER}|3"));
}

#[test]
fn an_annotation_is_changed_though_its_message_is_gone() {
    let (_cluster, mut session) = without_worker("outlives");
    let message = message(&mut session);
    let id = session.ask(&format!(
        "SELECT dify_observe.annotate_message('{message}', content => 'a')"
    ));
    session.run("DELETE FROM dify_observe.messages");
    let again = format!("SELECT dify_observe.annotate_message('{message}', content => 'b')");
    assert_eq!(session.ask(&again), id);
    session.run(&format!(
        "SELECT dify_observe.update_annotation('{id}', content => '', note => 'n', author => 'x')"
    ));
    assert_eq!(
        history(&mut session, &id),
        [
            "3|Where is my order?||n|x|t",
            "2|Where is my order?|b|-|-|f",
            "1|Where is my order?|a|-|-|f"
        ]
    );
}

#[test]
fn two_who_annotate_one_message_at_once_leave_two_versions() {
    let (cluster, mut session) = without_worker("two_authors");
    let message = message(&mut session);
    let mut first = cluster.connect("postgres");
    let mut second = cluster.connect("postgres");
    let said = move |who: &str| {
        format!(
            "SELECT dify_observe.annotate_message('{message}', content => 'by {who}', author => '{who}')"
        )
    };
    first.run("BEGIN");
    let id = first.ask(&said("ann"));
    let waiting = std::thread::spawn(move || second.ask(&said("bob")));
    until_blocked(&mut session, 1);
    first.run("COMMIT");
    assert_eq!(waiting.join().expect("bob's call"), id);
    assert_eq!(
        history(&mut session, &id),
        [
            "2|Where is my order?|by bob|-|bob|t",
            "1|Where is my order?|by ann|-|ann|f"
        ]
    );
}

#[test]
fn a_free_annotation_needs_a_known_app_or_a_tenant() {
    let (_cluster, mut session) = without_worker("free");
    let create = |more: &str| {
        format!(
            "SELECT dify_observe.create_annotation(app_id => '{APP}', question => 'q', content => 'c', author => 'me' {more})"
        )
    };
    let refusal = session.refused(&create(""));
    assert_eq!(
        (refusal.code.as_str(), refusal.message.as_str()),
        ("22004", "tenant_id must be given")
    );
    session.ask(&create(&format!(", tenant_id => '{OTHER}'")));
    session.call(&Call::of("log_app_created"));
    let given = format!(", id => '{OTHER}'");
    assert_eq!(session.ask(&create(&given)), OTHER);
    assert_eq!(session.ask(&create(&given)), OTHER, "repeated");
    assert_eq!(
        session.column("SELECT tenant_id FROM dify_observe.annotations ORDER BY created_at"),
        [OTHER, TENANT]
    );
}

#[test]
fn hits_are_recorded_once_per_message_and_go_with_the_annotation() {
    let (_cluster, mut session) = without_worker("hits");
    session.call(&Call::of("log_app_created"));
    let id = session.ask(&format!(
        "SELECT dify_observe.create_annotation(app_id => '{APP}', question => 'q', content => 'c')"
    ));
    let hit = format!("SELECT dify_observe.log_annotation_hit('{id}', '{OTHER}', 0.9, 'asked')");
    assert_eq!(session.ask(&hit), session.ask(&hit));
    session.run(&format!(
        "SELECT dify_observe.update_annotation('{id}', content => 'new')"
    ));
    session.run(&format!("SELECT dify_observe.log_annotation_hit(annotation_id => '{id}', message_id => gen_random_uuid())"));
    assert_eq!(
        session.column(&format!("SELECT concat_ws('|', score, question, annotation_content) FROM dify_observe.annotation_hit_list('{id}')")),
        ["new", "0.9|asked|c"]
    );
    assert_eq!(
        session.ask(&format!(
            "SELECT hits FROM dify_observe.annotation_list(app_id => '{APP}')"
        )),
        "2"
    );
    assert_eq!(
        session.ask(&format!("SELECT dify_observe.delete_annotation('{id}')")),
        "t"
    );
    assert_eq!(
        session.ask(&format!("SELECT dify_observe.delete_annotation('{id}')")),
        "f"
    );
    for table in ["annotations", "annotation_versions", "annotation_hits"] {
        assert_eq!(
            session.number(&format!("SELECT count(*) FROM dify_observe.{table}")),
            0,
            "{table}"
        );
    }
}

#[test]
fn what_says_nothing_or_names_nothing_is_refused() {
    let (_cluster, mut session) = without_worker("refused_annotations");
    session.call(&Call::of("log_app_created"));
    let id = session.ask(&format!(
        "SELECT dify_observe.create_annotation(app_id => '{APP}', question => 'q', content => 'c')"
    ));
    for (call, code, message) in [
        (
            "create_annotation()".to_owned(),
            "22004",
            "app_id, content, question must be given",
        ),
        (
            format!("create_annotation(app_id => '{APP}', question => '', content => 'c')"),
            "22004",
            "question must be given",
        ),
        (
            "annotate_message(content => 'c')".to_owned(),
            "22004",
            "message_id must be given",
        ),
        (
            format!("annotate_message('{OTHER}')"),
            "22004",
            "an annotation must say something",
        ),
        (
            format!("annotate_message('{OTHER}', note => 'n')"),
            "02000",
            "there is no message with the id 123e4567-e89b-42d3-a456-426614174000",
        ),
        (
            format!("update_annotation('{OTHER}', note => 'n')"),
            "02000",
            "there is no annotation with the id 123e4567-e89b-42d3-a456-426614174000",
        ),
        (
            format!("update_annotation('{id}', content => '')"),
            "22004",
            "an annotation must say something",
        ),
        (
            format!("log_annotation_hit('{OTHER}', '{OTHER}')"),
            "02000",
            "there is no annotation with the id 123e4567-e89b-42d3-a456-426614174000",
        ),
        (
            format!("log_annotation_hit('{id}', '{OTHER}', 'NaN')"),
            "22023",
            "score is not valid: NaN",
        ),
        (
            format!("log_annotation_hit('{id}', '{OTHER}', 1.1)"),
            "22023",
            "score is not valid: 1.1",
        ),
        (
            format!("log_annotation_hit('{id}', '00000000-0000-0000-0000-000000000000')"),
            "22023",
            "message_id must not be the nil UUID",
        ),
        (
            "delete_annotation()".to_owned(),
            "22004",
            "annotation_id must be given",
        ),
    ] {
        let refusal = session.refused(&format!("SELECT dify_observe.{call}"));
        assert_eq!(
            (refusal.code.as_str(), refusal.message.as_str()),
            (code, message),
            "{call}"
        );
    }
}

#[test]
fn the_hit_rate_counts_a_message_once_and_no_debugging() {
    let (_cluster, mut session) = without_worker("hit_rate");
    session.run(&format!(
        "SELECT dify_observe.create_annotation('{APP}', 'q', 'a', tenant_id => '{TENANT}', id => md5('a' || n)::uuid) FROM generate_series(1, 2) n;
         SELECT dify_observe.log_message(tenant_id => '{TENANT}', app_id => '{APP}', status => 'normal', id => md5('m' || n)::uuid, invoke_from => CASE n WHEN 5 THEN 'debugger' ELSE 'web-app' END,
           created_at => '2026-02-01 10:00+00') FROM generate_series(1, 5) n;
         SELECT dify_observe.log_annotation_hit(md5('a' || a)::uuid, md5('m' || m)::uuid, created_at => '2026-02-01 10:00:01+00') FROM (VALUES (1, 1), (2, 1), (1, 5)) v (a, m);
         SELECT dify_observe.log_annotation_hit(md5('a1')::uuid, gen_random_uuid(), created_at => '2026-02-03 10:00+00')"
    ));
    let rates = |session: &mut Client, arguments: &str| {
        session.column(&format!(
            "SELECT concat_ws(' ', bucket::date, rate, hit_count, message_count) FROM dify_observe.stats_annotation_hit_rate('{APP}', '2026-02-01', '2026-02-04'{arguments})"
        ))
    };
    let before = rates(&mut session, "");
    assert_eq!(before, ["2026-02-01 0.2500 1 4", "2026-02-03 1 0"]);
    assert_eq!(
        rates(&mut session, ", include_debug => true")[0],
        "2026-02-01 0.4000 2 5"
    );
    assert_eq!(rates(&mut session, ", fill => true").len(), 3);
    session.run("CALL dify_observe.fold_metrics()");
    assert_eq!(rates(&mut session, ""), before);
}
