//! Annotations go into files and come back the same; a spreadsheet that opens them runs nothing.

use postgres::Client;

use crate::asking::{Asking, without_worker};
use crate::call::{APP, OTHER, TENANT};

/// Contents that break careless files.
const CONTENTS: &str = r#"(VALUES (1, '=HYPERLINK("http://evil")'), (2, '+1'), (3, '-1'), (4, '@SUM(A1)'), (5, E'\t=1'), (6, E'\r=1'), (7, '''=already'), (8, '''''+twice'),
  (9, 'plain'), (10, E'two\nlines, "quoted"\r\nthree'), (11, '退货期限,三十天'), (12, ''''), (13, ' =spaced'), (14, '|pipe'), (15, '%percent'), (16, 'a"b'), (17, '＝wide'), (18, E'back\\slash')) v (n, content)"#;

#[track_caller]
fn annotated(name: &str) -> (dify_observe_tests::Cluster, Client) {
    let (cluster, mut session) = without_worker(name);
    session.run(&format!(
        "SELECT dify_observe.log_app_created(tenant_id => '{TENANT}', app_id => '{APP}'), dify_observe.log_app_created(tenant_id => '{TENANT}', app_id => '{OTHER}');
         SELECT dify_observe.log_message(tenant_id => '{TENANT}', app_id => '{APP}', status => 'normal', id => md5('m')::uuid, query => 'asked', answer => 'said', model_name => 'gpt');
         SELECT dify_observe.annotate_message(md5('m')::uuid, content => 'better', note => '=note', author => 'me');
         SELECT dify_observe.create_annotation('{APP}', content, content, author => '+me', note => CASE n % 2 WHEN 1 THEN content END, created_at => timestamptz '2026-02-01 00:00+00' + n * interval '1 hour')
         FROM {CONTENTS}"
    ));
    (cluster, session)
}

const WHOLE: &str = "SELECT array_agg(ROW(question, content, note, author, message_id, created_at)::text ORDER BY created_at, id)::text FROM dify_observe.annotations";

#[test]
fn what_was_exported_is_imported_the_same() {
    let (_cluster, mut session) = annotated("round_trip");
    let before = session.ask(WHOLE);
    for format in ["jsonl", "csv"] {
        session.run(&format!(
            "CREATE TABLE file AS SELECT string_agg(line, E'\\n') AS document FROM dify_observe.export_annotations('{APP}', '{format}') line"
        ));
        let import = format!(
            "SELECT imported || ' ' || known FROM file, dify_observe.import_annotations('{APP}', document, '{format}')"
        );
        assert_eq!(session.ask(&import), "0 19", "{format}");
        session.run("DELETE FROM dify_observe.annotations");
        assert_eq!(session.ask(&import), "19 0", "{format}");
        assert_eq!(session.ask(WHOLE), before, "{format}");
        session.run("DROP TABLE file");
    }
}

#[test]
fn no_cell_begins_like_a_formula() {
    let (_cluster, mut session) = annotated("formulas");
    let lines = session.column(&format!(
        "SELECT * FROM dify_observe.export_annotations('{APP}', 'csv')"
    ));
    assert_eq!(
        lines[0],
        "question,content,note,author,message_id,id,created_at"
    );
    for line in &lines[1..] {
        for cell in line.split(",\"") {
            let begins = cell.trim_start_matches('"').chars().next();
            assert!(
                !begins.is_some_and(|first| "=+-@\t\r|%＝".contains(first)),
                "{cell} in {line}"
            );
        }
    }
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with(r#""'=HYPERLINK(""http://evil"")","#)),
        "{lines:#?}"
    );
}

#[test]
fn files_of_other_programs_are_read_too() {
    let (_cluster, mut session) = annotated("other_files");
    for (document, format, expected) in [
        (
            "q1,a1\nq2,\"a, 2\"\n\n",
            "csv",
            "(q1,a1,,importer) (q2,\"a, 2\",,importer)",
        ),
        (
            "\u{feff}Question,Answer\r\nq1,a1\r\n",
            "csv",
            "(q1,a1,,importer)",
        ),
        (
            "note,answer,question,more\nn,a1,q1,x",
            "csv",
            "(q1,a1,n,importer)",
        ),
        (
            "{\"question\": \"q1\", \"content\": \"a1\", \"author\": \"her\"}\n\n",
            "jsonl",
            "(q1,a1,,her)",
        ),
    ] {
        let imported = format!(
            "SELECT dify_observe.import_annotations('{OTHER}', $doc${document}$doc$, '{format}', author => 'importer')"
        );
        session.run(&imported);
        let read = session.ask(&format!(
            "SELECT string_agg(ROW(question, content, note, author)::text, ' ' ORDER BY question) FROM dify_observe.annotations WHERE app_id = '{OTHER}'"
        ));
        assert_eq!(read, expected, "{document}");
        session.run(&format!(
            "DELETE FROM dify_observe.annotations WHERE app_id = '{OTHER}'"
        ));
    }
}

#[test]
fn a_wrong_line_is_named_and_nothing_is_imported() {
    let (_cluster, mut session) = annotated("wrong_lines");
    let before = session.ask(WHOLE);
    for (document, format, said) in [
        (
            "q,a\nq2,\n",
            "csv",
            "row 2 cannot be imported: content is missing",
        ),
        (
            "q,a\n,a2\n",
            "csv",
            "row 2 cannot be imported: question is missing",
        ),
        ("q,a\nq2,\"a2\n", "csv", "document is no CSV"),
        ("q,a\nq2,a\"2\n", "csv", "document is no CSV"),
        (
            "{\"question\": \"q\", \"content\": \"a\"}\n{",
            "jsonl",
            "line 2 is not JSON: {",
        ),
        (
            "{\"question\": \"q\", \"content\": \"a\"}\n[1]",
            "jsonl",
            "line 2 cannot be imported: it is no object",
        ),
        (
            "{\"question\": \"q\", \"content\": \"a\", \"id\": \"x\"}",
            "jsonl",
            "line 1 cannot be imported: invalid input syntax for type uuid: \"x\"",
        ),
        ("{}", "xml", "format is not valid: xml"),
    ] {
        let refusal = session.refused(&format!(
            "SELECT dify_observe.import_annotations('{APP}', $doc${document}$doc$, '{format}')"
        ));
        assert_eq!(
            (refusal.code.as_str(), refusal.message.as_str()),
            ("22023", said)
        );
    }
    let refusal =
        session.refused("SELECT dify_observe.import_annotations(gen_random_uuid(), 'q,a', 'csv')");
    assert_eq!(refusal.code, "02000");
    assert_eq!(session.ask(WHOLE), before);
}

#[test]
fn improved_answers_are_an_evaluation_set() {
    let (_cluster, mut session) = annotated("evaluation");
    let read = session.json(&format!(
        "SELECT json_agg(l) FROM dify_observe.export_evaluation_set('{APP}') l"
    ));
    let lines = read.as_array().expect("lines");
    assert_eq!(lines.len(), 19);
    let of_message = lines
        .iter()
        .find(|line| line["metadata"]["message_id"].is_string())
        .expect("one of a message");
    assert_eq!(
        (
            &of_message["input"],
            &of_message["expected_output"],
            &of_message["actual_output"]
        ),
        (&"asked".into(), &"better".into(), &"said".into())
    );
    assert!(
        lines
            .iter()
            .filter(|line| line["actual_output"].is_null())
            .count()
            == 18
    );
}
