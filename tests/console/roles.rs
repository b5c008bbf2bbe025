//! What each role of `setup_roles()` sees and may do, through every view and function that it is let into.

use dify_observe_tests::Cluster;
use postgres::Client;

use crate::asking::{Asking, ready, without_worker};

/// All that there is of tenant `n`: its ids end in n, its content says secret-n, its users are named after it.
fn everything_of(n: u8) -> String {
    let id = |kind: &str| format!("md5('{kind}{n}')::uuid");
    let whole = format!("tenant_id => {}, app_id => {}", id("tenant"), id("app"));
    let secret = format!(r#"'{{"said": "secret-{n}"}}'"#);
    let of_message = format!(
        "message_id => {}, user_id => 'user-{n}', status => 'succeeded', metadata => {secret}",
        id("message")
    );
    format!(
        "SELECT dify_observe.log_app_created({whole}, mode => 'workflow', name => 'app {n}');
         SELECT dify_observe.log_workflow_run({whole}, workflow_id => {workflow}, id => {run}, status => 'failed', error => 'HTTP 503', query => 'secret-{n}',
           inputs => {secret}, outputs => {secret}, files => {secret}, configuration => {secret}, metadata => {secret}, user_id => 'user-{n}',
           conversation_id => {conversation}, message_id => {message}, total_tokens => 7, total_price => 1, currency => 'EUR', elapsed_time => 2);
         SELECT dify_observe.log_node_execution({whole}, workflow_run_id => {run}, node_id => 'node-{n}', node_type => 'llm', status => 'failed', error => 'HTTP 503',
           id => {node}, inputs => {secret}, outputs => {secret}, process_data => {secret}, metadata => {secret}, model_name => 'gpt-{n}', total_tokens => 7);
         SELECT dify_observe.log_workflow_run({whole}, workflow_id => {workflow}, id => {nested}, status => 'succeeded', parent_workflow_run_id => {run},
           parent_node_execution_id => {node});
         SELECT dify_observe.log_message({whole}, id => {message}, conversation_id => {conversation}, workflow_run_id => {run}, status => 'normal', query => 'secret-{n}',
           answer => 'secret-{n}', inputs => {secret}, outputs => {secret}, files => {secret}, message_file_data => {secret}, metadata => {secret},
           user_id => 'user-{n}', total_tokens => 7, duration => 2, invoke_from => 'web-app');
         SELECT dify_observe.log_tool_execution({whole}, {of_message}, tool_name => 'tool-{n}', inputs => {secret}, outputs => {secret}, parameters => {secret},
           config => {secret}, file_url => 'http://secret-{n}/');
         SELECT dify_observe.log_moderation_check({whole}, message_id => {message}, action => 'block', flagged => true, query => 'secret-{n}', inputs => {secret},
           preset_response => 'secret-{n}');
         SELECT dify_observe.log_suggested_questions({whole}, {of_message}, questions => {secret}, inputs => {secret});
         SELECT dify_observe.log_dataset_retrieval({whole}, {of_message}, query => 'secret-{n}', documents => {secret});
         SELECT dify_observe.log_generate_name({whole}, conversation_id => {conversation}, status => 'succeeded', inputs => {secret}, outputs => {secret});
         SELECT dify_observe.log_prompt_generation({whole}, operation_type => 'rule_generate', status => 'succeeded', instruction => 'secret-{n}', output => 'secret-{n}');
         SELECT dify_observe.log_feedback({whole}, message_id => {message}, rating => 'dislike', content => 'secret-{n}', user_id => 'user-{n}');
         INSERT INTO dify_observe.annotations (id, tenant_id, app_id, message_id, conversation_id, question, content, note, author)
         VALUES ({annotation}, {tenant}, {app}, {message}, {conversation}, 'secret-{n}', 'secret-{n}', 'secret-{n}', 'author-{n}');
         SELECT dify_observe.update_annotation({annotation}, note => 'secret-{n} again');
         SELECT dify_observe.log_annotation_hit({annotation}, {message}, question => 'secret-{n}');",
        tenant = id("tenant"), app = id("app"), workflow = id("workflow"), run = id("run"), nested = id("nested"), node = id("node"),
        message = id("message"), conversation = id("conversation"), annotation = id("annotation"),
    )
}

/// Members of each role, who see tenant 1; and a reader who sees none.
#[track_caller]
fn two_tenants(session: &mut Client) {
    session.run(&(everything_of(1) + &everything_of(2)));
    session.run(
        "SELECT * FROM dify_observe.setup_roles();
         CREATE ROLE writer LOGIN IN ROLE dify_observe_writer;
         CREATE ROLE reader LOGIN IN ROLE dify_observe_reader;
         CREATE ROLE without_content LOGIN IN ROLE dify_observe_reader_without_content;
         CREATE ROLE annotator LOGIN IN ROLE dify_observe_annotator;
         CREATE ROLE admin LOGIN IN ROLE dify_observe_admin;
         CREATE ROLE of_nothing LOGIN IN ROLE dify_observe_reader;
         SELECT dify_observe.grant_tenant(r::name, md5('tenant1')::uuid) FROM unnest('{reader,without_content,annotator}'::text[]) r",
    );
}

/// A call of every function that is let in and needs no argument, with the ids of tenant `n` where it takes any.
#[track_caller]
fn calls(session: &mut Client, role: &str, n: u8) -> Vec<String> {
    session.column(&format!(
        "SELECT format('SELECT f::text FROM dify_observe.%I(%s) f', p.proname,
                  (SELECT string_agg(format('%I => %s', a.name, CASE a.name
                     WHEN 'user_id' THEN $$'user-{n}'$$ WHEN 'node_id' THEN $$'node-{n}'$$ WHEN 'query' THEN $$'secret'$$
                     ELSE format($$md5('%s{n}')::uuid$$, substring(a.name FROM '^(.*)_id$')) END), ', ')
                   FROM unnest(p.proargnames[1:p.pronargs]) a (name)
                   WHERE a.name = ANY ('{{app_id,run_id,message_id,conversation_id,annotation_id,user_id,node_id,query}}') AND NOT (a.name IN ('user_id', 'query') AND p.proname ~ '_list$')))
         FROM pg_proc p
         WHERE p.pronamespace = 'dify_observe'::regnamespace AND p.prokind = 'f' AND has_function_privilege('{role}', p.oid, 'EXECUTE')
           AND (p.pronargs = p.pronargdefaults AND p.proname NOT IN ('grant_tenant', 'revoke_tenant', 'folded_up_to') OR p.proname = 'conversations_not_folded')
         ORDER BY p.proname"
    ))
}

/// What the role may read of every table and view, row by row.
#[track_caller]
fn tables(session: &mut Client, role: &str) -> Vec<String> {
    session.column(&format!(
        "SELECT format('SELECT (SELECT t FROM (SELECT %s) t)::text FROM %s AS x', string_agg('x.' || quote_ident(a.attname), ', ' ORDER BY a.attnum), a.attrelid::regclass)
         FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
         WHERE c.relnamespace = 'dify_observe'::regnamespace AND c.relkind IN ('r', 'p', 'v') AND a.attnum > 0 AND NOT a.attisdropped
           AND has_column_privilege('{role}', a.attrelid, a.attnum, 'SELECT')
         GROUP BY a.attrelid ORDER BY a.attrelid::regclass::text"
    ))
}

/// The rows, or the code of the refusal.
fn told(session: &mut Client, sql: &str) -> String {
    match session.try_rows(sql) {
        Ok(rows) => rows
            .into_iter()
            .flatten()
            .map(Option::unwrap_or_default)
            .collect::<Vec<_>>()
            .join("\n"),
        Err(refusal) => refusal.code,
    }
}

fn started(name: &str) -> (Cluster, Client) {
    let (cluster, mut session) = without_worker(name);
    two_tenants(&mut session);
    (cluster, session)
}

#[test]
fn a_reader_sees_its_tenant_through_every_view_and_function_and_nothing_of_another() {
    let (cluster, mut session) = ready("readers");
    two_tenants(&mut session);
    // Once as the fold left it, and once with what it has not seen.
    session.run("CALL dify_observe.fold_metrics()");
    let more = everything_of(2)
        .replace("('run2')", "('more2')")
        .replace("('nested2')", "('nested more2')")
        .replace("('message2')", "('message more2')")
        .replace("('node2')", "('node more2')");
    session.run(more.split("INSERT INTO").next().expect("the logging calls"));
    let tenant_2 = session.ask("SELECT md5('tenant2')::uuid");
    for role in ["reader", "without_content", "annotator", "of_nothing"] {
        let mut reader = cluster.connect_as("postgres", role);
        for sql in tables(&mut session, role) {
            let read = told(&mut reader, &sql);
            assert!(
                !read.contains(&tenant_2) && !read.contains("secret-2"),
                "{role}: {sql}\n{read}"
            );
            let of_anyone = ["dify_observe.prices", "dify_observe.sight"];
            if role == "of_nothing" && !of_anyone.iter().any(|name| sql.contains(name)) {
                assert_eq!(read, "", "{sql}");
            }
        }
        for (of_another, of_nobody) in
            calls(&mut session, role, 2)
                .iter()
                .zip(calls(&mut session, role, 9))
        {
            let read = told(&mut reader, of_another);
            let absent = told(&mut reader, &of_nobody);
            let app = |n: u8| format!("md5('app{n}')::uuid");
            let (another, nobody) = (
                session.ask(&format!("SELECT {}", app(2))),
                session.ask(&format!("SELECT {}", app(9))),
            );
            assert_eq!(
                read.replace(&another, &nobody)
                    .replace("secret-2", "secret-9"),
                absent,
                "{role}: {of_another}"
            );
        }
    }
}

#[test]
fn readers_are_let_into_what_their_functions_call_and_nothing_else() {
    let (_cluster, mut session) = started("let_in");
    session.run(
        "CREATE FUNCTION dify_observe.called_by_a_list() RETURNS int LANGUAGE sql AS 'SELECT 1';
         CREATE FUNCTION dify_observe.new_list() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN dify_observe.called_by_a_list(); END';
         CREATE FUNCTION dify_observe.new_for_operators() RETURNS int LANGUAGE sql AS 'SELECT 1';
         REVOKE ALL ON ALL FUNCTIONS IN SCHEMA dify_observe FROM PUBLIC;
         SELECT * FROM dify_observe.setup_roles()",
    );
    let let_in = session.column(
        "SELECT DISTINCT p.proname FROM pg_proc p WHERE p.pronamespace = 'dify_observe'::regnamespace AND has_function_privilege('reader', p.oid, 'EXECUTE')",
    );
    for (name, expected) in [
        ("new_list", true),
        ("called_by_a_list", true),
        ("page_of", true),
        ("contains_terms", true),
        ("rollup_label", true),
        ("new_for_operators", false),
        ("leaves", false),
        ("next_sort_index", false),
        ("create_sort_index", false),
        ("check_metrics", false),
        ("retention_preview", false),
        ("erase_user", false),
        ("log_message", false),
        ("create_annotation", false),
    ] {
        assert_eq!(let_in.iter().any(|one| one == name), expected, "{name}");
    }
}

#[test]
fn a_reader_sees_all_that_its_tenant_has() {
    let (cluster, mut session) = started("reader_sees");
    let mut reader = cluster.connect_as("postgres", "reader");
    let refused: Vec<String> = calls(&mut session, "reader", 1)
        .into_iter()
        .filter(|sql| told(&mut reader, sql) != told(&mut session, sql))
        .collect();
    // For want of an app it tells of all tenants, here of one.
    assert!(
        refused.iter().all(|sql| sql.contains("unfolded_feedback")),
        "{refused:#?}"
    );
    for (table, rows) in [
        ("messages", 1),
        ("workflow_runs", 2),
        ("annotation_versions", 1),
        ("trace_roots", 1),
        ("companion_logs", 12),
        ("companion_log_details", 12),
        ("token_usage", 1),
    ] {
        let seen = reader.number(&format!("SELECT count(*) FROM dify_observe.{table}"));
        assert!(
            seen >= rows
                && seen < session.number(&format!("SELECT count(*) FROM dify_observe.{table}")),
            "{table}: {seen}"
        );
    }
}

/// A condition of the reader's own must not be asked of rows that it does not see: it could tell.
#[test]
fn no_condition_of_a_reader_is_asked_of_another_tenants_rows() {
    let (cluster, mut session) = started("leaking");
    session.run("GRANT TEMPORARY ON DATABASE postgres TO PUBLIC");
    let tenant_1 = session.ask("SELECT md5('tenant1')::uuid");
    let mut reader = cluster.connect_as("postgres", "reader");
    reader.run(
        "CREATE TABLE pg_temp.asked (of text);
         CREATE FUNCTION pg_temp.ask(of text) RETURNS boolean LANGUAGE plpgsql VOLATILE COST 0.0000001
           AS $$ BEGIN INSERT INTO pg_temp.asked VALUES (of); RETURN true; END $$;",
    );
    let views = session.column(
        "SELECT DISTINCT c.relname::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' \
         WHERE c.relnamespace = 'dify_observe'::regnamespace AND c.relkind IN ('v', 'r', 'p') AND has_table_privilege('reader', c.oid, 'SELECT')",
    );
    assert!(views.len() > 15, "{views:?}");
    for view in views {
        reader.run(&format!(
            "TRUNCATE pg_temp.asked; SELECT count(*) FROM dify_observe.{view} v WHERE pg_temp.ask(v.tenant_id::text)"
        ));
        let others = format!(
            "SELECT string_agg(DISTINCT of, ' ') FROM pg_temp.asked WHERE of <> '{tenant_1}'"
        );
        assert_eq!(reader.ask(&others), "NULL", "{view}");
    }
}

#[test]
fn an_annotator_neither_takes_nor_fills_what_is_another_tenants() {
    let (cluster, _session) = started("annotators");
    let mut annotator = cluster.connect_as("postgres", "annotator");
    for (call, code) in [
        (
            "SELECT dify_observe.create_annotation(md5('app2')::uuid, 'q', 'c')",
            "02000",
        ),
        (
            "SELECT dify_observe.create_annotation(md5('app2')::uuid, 'q', 'c', tenant_id => md5('tenant1')::uuid)",
            "02000",
        ),
        (
            "SELECT dify_observe.annotate_message(md5('message2')::uuid, note => 'n')",
            "02000",
        ),
        (
            "SELECT * FROM dify_observe.import_annotations(md5('app1')::uuid, jsonb_build_object('message_id', md5('message2')::uuid, 'note', 'n')::text)",
            "22023",
        ),
    ] {
        let refused = annotator.try_rows(call).expect_err(call);
        assert_eq!(refused.code, code, "{call}");
    }
}

#[test]
fn who_reads_without_content_finds_none_in_any_view_or_function() {
    let (cluster, mut session) = started("without_content");
    let mut reader = cluster.connect_as("postgres", "without_content");
    for sql in tables(&mut session, "without_content") {
        let read = told(&mut reader, &sql);
        assert!(!read.contains("secret") && read != "42501", "{sql}\n{read}");
    }
    let mut refused = Vec::new();
    for sql in calls(&mut session, "without_content", 1) {
        let read = told(&mut reader, &sql);
        assert!(!read.contains("secret"), "{sql}\n{read}");
        if read == "42501" {
            refused.push(sql.split(['.', '(']).nth(1).unwrap_or_default().to_owned());
        }
    }
    assert_eq!(refused, REFUSED_WITHOUT_CONTENT);
    for sql in [
        "SELECT query FROM dify_observe.messages",
        "SELECT * FROM dify_observe.workflow_runs",
        "SELECT 1 FROM dify_observe.messages WHERE query LIKE 's%'",
        "SELECT * FROM dify_observe.message_list(md5('app1')::uuid, keyword => 's')",
        "SELECT * FROM dify_observe.run_list(md5('app1')::uuid, keyword => 's')",
        "SELECT * FROM dify_observe.feedback_list(md5('app1')::uuid, has_comment => true)",
        "SELECT * FROM dify_observe.companion_log_details",
        "SELECT * FROM dify_observe.events",
        "SELECT * FROM dify_observe.quarantined_events",
        "SELECT * FROM dify_observe.messages_default",
    ] {
        assert_eq!(reader.refused(sql).code, "42501", "{sql}");
    }
    let listed = reader.table("SELECT status, total_tokens, query_summary, answer_summary FROM dify_observe.message_list(md5('app1')::uuid)");
    assert_eq!(
        listed,
        [[Some("normal".to_owned()), Some("7".to_owned()), None, None]]
    );
}

/// Nothing but content is in them, or they are an operator's.
const REFUSED_WITHOUT_CONTENT: &[&str] = &[
    "annotation_history",
    "annotation_hit_list",
    "export_annotations",
    "export_evaluation_set",
    "export_feedback",
    "export_logs",
    "export_messages",
    "export_runs",
    "feedback_patterns",
    "search_logs",
];

#[test]
fn an_annotator_writes_for_its_tenant_alone_and_a_writer_reads_nothing() {
    let (cluster, mut session) = started("annotator");
    let mut annotator = cluster.connect_as("postgres", "annotator");
    let id = annotator.ask("SELECT dify_observe.annotate_message(md5('message1')::uuid, content => 'better', author => 'me')");
    assert_eq!(id, annotator.ask("SELECT md5('annotation1')::uuid"));
    annotator.run("SELECT dify_observe.create_annotation(md5('app1')::uuid, 'q', 'a', 'me')");
    for (sql, code) in [
        (
            "SELECT dify_observe.annotate_message(md5('message2')::uuid, content => 'x')",
            "02000",
        ),
        (
            "SELECT dify_observe.update_annotation(md5('annotation2')::uuid, content => 'x')",
            "02000",
        ),
        (
            "SELECT dify_observe.create_annotation(md5('app2')::uuid, 'q', 'a', 'me')",
            "02000",
        ),
        ("SELECT dify_observe.log_message()", "42501"),
        ("DELETE FROM dify_observe.annotations", "42501"),
        ("SELECT dify_observe.grant_tenant('annotator')", "42501"),
        (
            "INSERT INTO dify_observe.tenant_grants VALUES ('annotator', NULL)",
            "42501",
        ),
    ] {
        assert_eq!(annotator.refused(sql).code, code, "{sql}");
    }
    assert_eq!(
        annotator.ask("SELECT dify_observe.delete_annotation(md5('annotation2')::uuid)"),
        "f"
    );
    assert_eq!(
        annotator.ask("SELECT dify_observe.delete_annotation(md5('annotation1')::uuid)"),
        "t"
    );

    let mut writer = cluster.connect_as("postgres", "writer");
    writer.run("SELECT dify_observe.log_app_created(tenant_id => md5('t')::uuid, app_id => md5('a')::uuid)");
    assert_eq!(tables(&mut session, "writer"), Vec::<String>::new());
    assert_eq!(
        writer
            .refused("SELECT * FROM dify_observe.run_list(md5('app1')::uuid)")
            .code,
        "42501"
    );

    let mut admin = cluster.connect_as("postgres", "admin");
    assert_eq!(
        admin.number("SELECT count(*) FROM dify_observe.messages"),
        2
    );
    admin.run(
        "SELECT dify_observe.grant_tenant('reader'); SELECT * FROM dify_observe.quarantined_events",
    );
    admin.run("CALL dify_observe.fold_metrics()");
    let mut reader = cluster.connect_as("postgres", "reader");
    assert_eq!(
        reader.number("SELECT count(*) FROM dify_observe.messages"),
        2
    );
    admin.run("SELECT dify_observe.revoke_tenant('reader'), dify_observe.revoke_tenant('reader', md5('tenant1')::uuid)");
    assert_eq!(
        reader.number("SELECT count(*) FROM dify_observe.messages"),
        0
    );
}

#[test]
fn setting_up_again_changes_nothing_and_hand_made_grants_stay_as_they_were() {
    let (cluster, mut session) = started("again");
    session.run("CREATE ROLE by_hand LOGIN; GRANT USAGE ON SCHEMA dify_observe TO by_hand; GRANT SELECT, INSERT ON dify_observe.messages TO by_hand;
                 GRANT SELECT ON dify_observe.companion_logs TO by_hand");
    let policies = "SELECT count(*) FROM pg_policy";
    let before = session.number(policies);
    session.run("SELECT * FROM dify_observe.setup_roles()");
    assert_eq!(session.number(policies), before);
    let mut by_hand = cluster.connect_as("postgres", "by_hand");
    by_hand.run("INSERT INTO dify_observe.messages (id, tenant_id, app_id, status) VALUES (md5('new')::uuid, md5('t')::uuid, md5('a')::uuid, 'normal')");
    assert_eq!(
        by_hand.number("SELECT count(*) FROM dify_observe.messages"),
        3
    );
    assert_eq!(
        by_hand.number("SELECT count(*) FROM dify_observe.companion_logs"),
        session.number("SELECT count(*) FROM dify_observe.companion_logs")
    );
    let refusal = session.refused("SELECT dify_observe.grant_tenant('nobody_of_that_name')");
    assert_eq!(refusal.code, "22023");
}

#[test]
fn after_a_restore_readers_are_limited_as_before() {
    let (cluster, mut session) = started("restored_roles");
    session.run("SELECT dify_observe.create_search_index()");
    session.run("CREATE DATABASE target");
    for (program, arguments) in [
        (
            "pg_dump",
            ["--format=custom", "--file=roles.dump"].as_slice(),
        ),
        (
            "pg_restore",
            &["--exit-on-error", "--dbname=target", "roles.dump"],
        ),
    ] {
        let output = cluster
            .bin(program)
            .args(arguments)
            .output()
            .expect(program);
        assert!(
            output.status.success(),
            "{program}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    for (role, rows) in [("reader", 1), ("of_nothing", 0), ("postgres", 2)] {
        let mut restored = cluster.connect_as("target", role);
        assert_eq!(
            restored.number("SELECT count(*) FROM dify_observe.messages"),
            rows,
            "{role}"
        );
    }
    let mut without_content = cluster.connect_as("target", "without_content");
    assert_eq!(
        without_content
            .refused("SELECT query FROM dify_observe.messages")
            .code,
        "42501"
    );
    cluster.connect("target").run("DROP EXTENSION dify_observe");
}
