//! A logging call writes its row without an INSERT statement: what others have added to the tables counts as it does for one.

use postgres::Client;

use crate::asking::{Asking, without_worker};
use crate::call::{APP, KINDS, TENANT};

pub const NODE: &str = "dify_observe.node_executions";
const OTHERS: &str = "CREATE SCHEMA others; CREATE TABLE others.seen (what text, rows bigint);";

pub fn node(more: &str) -> String {
    format!(
        "SELECT dify_observe.log_node_execution(tenant_id => '{TENANT}', app_id => '{APP}', node_id => 'n', node_type => 'code', status => 'succeeded',
           workflow_run_id => '123e4567-e89b-42d3-a456-426614174000'{more})"
    )
}

fn rows(session: &mut Client) -> i64 {
    session.number(&format!("SELECT count(*) FROM {NODE}"))
}

#[test]
fn a_constraint_that_is_added_and_dropped_holds_for_as_long() {
    let (_cluster, mut session) = without_worker("constraints");
    session.run(&node(""));
    session.run(&format!(
        "ALTER TABLE {NODE} ADD CONSTRAINT no_llm CHECK (title <> 'x')"
    ));
    let refusal = session.refused(&node(", title => 'x'"));
    assert_eq!(refusal.code, "23514");
    assert!(refusal.message.contains("no_llm"), "{refusal:?}");
    session.run(&node(", title => 'y'"));
    session.run(&format!("ALTER TABLE {NODE} DROP CONSTRAINT no_llm"));
    session.run(&node(", title => 'x'"));
    assert_eq!(rows(&mut session), 3);
}

#[test]
fn a_function_that_a_constraint_calls_may_be_replaced() {
    let (_cluster, mut session) = without_worker("replaced");
    let function = |answer: &str| {
        format!(
            "CREATE OR REPLACE FUNCTION public.is_fine(text) RETURNS boolean IMMUTABLE LANGUAGE sql AS 'SELECT {answer}'"
        )
    };
    session.run(&function("true"));
    session.run(&format!(
        "ALTER TABLE {NODE} ADD CONSTRAINT fine CHECK (public.is_fine(node_id))"
    ));
    session.run(&node(""));
    session.run(&function("false"));
    assert_eq!(session.refused(&node("")).code, "23514");
    session.run(&function("true"));
    session.run(&node(""));
    assert_eq!(rows(&mut session), 2);
}

#[test]
fn columns_that_were_added_take_their_defaults() {
    let (_cluster, mut session) = without_worker("added_columns");
    session.run(&node(""));
    session.run(&format!(
        "CREATE SEQUENCE public.counted;
         ALTER TABLE {NODE} ADD COLUMN extra int; ALTER TABLE {NODE} DROP COLUMN extra;
         ALTER TABLE {NODE} ADD COLUMN number int DEFAULT nextval('public.counted'), ADD COLUMN nothing text,
           ADD COLUMN twice text GENERATED ALWAYS AS (node_id || node_id) STORED"
    ));
    session.run(&node(""));
    session.run(&node(", id => gen_random_uuid()"));
    assert_eq!(
        session.column(&format!(
            "SELECT number || ' ' || coalesce(nothing, 'null') || ' ' || twice FROM {NODE} ORDER BY number OFFSET 1"
        )),
        ["2 null nn", "3 null nn"]
    );
}

#[test]
fn a_partition_may_have_its_columns_in_another_order() {
    let (_cluster, mut session) = without_worker("another_order");
    session.run(&format!(
        "DO $$ DECLARE columns text; BEGIN
           SELECT string_agg(format('%I %s %s', attname, format_type(atttypid, atttypmod), CASE WHEN attnotnull THEN 'NOT NULL' END), ', ' ORDER BY attnum DESC)
           INTO columns FROM pg_attribute WHERE attrelid = '{NODE}'::regclass AND attnum > 0;
           SELECT columns || string_agg(format(', CONSTRAINT %I %s', conname, pg_get_constraintdef(oid)), '') INTO columns
           FROM pg_constraint WHERE conrelid = '{NODE}'::regclass AND contype = 'c';
           EXECUTE 'CREATE TABLE public.backwards (' || columns || ')';
         END $$;
         ALTER TABLE {NODE} ATTACH PARTITION public.backwards FOR VALUES FROM ('2001-01-01') TO ('2001-02-01')"
    ));
    for id in ["", ", id => gen_random_uuid()"] {
        session.run(&node(&format!(
            ", created_at => '2001-01-02', title => 'old'{id}"
        )));
    }
    let odd =
        node(", created_at => '2001-01-02', elapsed_time => 1, finished_at => '2001-01-01 23:00'");
    assert_eq!(session.refused(&odd).code, "22023");
    assert_eq!(
        session.ask("SELECT string_agg(title || node_id || status, ' ') FROM public.backwards"),
        "oldnsucceeded oldnsucceeded"
    );
    assert_eq!(
        session.number("SELECT count(*) FROM dify_observe.events"),
        2
    );
}

#[test]
fn triggers_of_others_are_fired() {
    let (_cluster, mut session) = without_worker("others");
    session.run(OTHERS);
    session.run(&format!(
        "CREATE FUNCTION others.note() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN INSERT INTO others.seen VALUES (TG_WHEN || ' ' || TG_LEVEL, (SELECT count(*) FROM {NODE})); RETURN NEW; END $$;
         CREATE FUNCTION others.note_rows() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN INSERT INTO others.seen SELECT 'told ' || title, count(*) FROM fresh GROUP BY title; RETURN NULL; END $$;
         CREATE FUNCTION others.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
         CREATE FUNCTION others.change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.title := upper(NEW.title); RETURN NEW; END $$;
         CREATE TRIGGER one BEFORE INSERT ON {NODE} FOR EACH STATEMENT EXECUTE FUNCTION others.note();
         CREATE TRIGGER two BEFORE INSERT ON {NODE} FOR EACH ROW EXECUTE FUNCTION others.note();
         CREATE TRIGGER three AFTER INSERT ON {NODE} FOR EACH ROW EXECUTE FUNCTION others.note();
         CREATE TRIGGER four AFTER INSERT ON {NODE} REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION others.note_rows();
         CREATE TRIGGER a_change BEFORE INSERT ON {NODE} FOR EACH ROW WHEN (NEW.title = 'change') EXECUTE FUNCTION others.change();
         CREATE TRIGGER a_refuse BEFORE INSERT ON {NODE} FOR EACH ROW WHEN (NEW.title = 'refuse') EXECUTE FUNCTION others.refuse()"
    ));
    for title in ["plain", "change", "refuse"] {
        session.run(&node(&format!(", title => '{title}'")));
    }
    assert_eq!(
        session.column("SELECT what || ' ' || rows FROM others.seen"),
        [
            "BEFORE STATEMENT 0",
            "BEFORE ROW 0",
            "AFTER ROW 1",
            "told plain 1",
            "BEFORE STATEMENT 1",
            "BEFORE ROW 1",
            "AFTER ROW 2",
            "told CHANGE 1",
            "BEFORE STATEMENT 2",
        ]
    );
    assert_eq!(
        session.number("SELECT count(*) FROM dify_observe.events"),
        2
    );
}

#[test]
fn a_trigger_may_log_in_its_turn() {
    let (_cluster, mut session) = without_worker("in_turn");
    session.run(&format!(
        "CREATE SCHEMA others;
         CREATE FUNCTION others.log() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {}; RETURN NULL; END $$;
         CREATE TRIGGER others AFTER INSERT ON {NODE} FOR EACH ROW WHEN (NEW.title = 'first') EXECUTE FUNCTION others.log()",
        node(", title => 'second'").replacen("SELECT", "PERFORM", 1)
    ));
    session.run(&node(", title => 'first'"));
    session.run(&node(", title => 'first'"));
    assert_eq!(
        session.ask(&format!(
            "SELECT string_agg(title, ' ' ORDER BY title) FROM {NODE}"
        )),
        "first first second second"
    );
}

#[test]
fn what_was_refused_leaves_the_session_as_it_was() {
    let (_cluster, mut session) = without_worker("refused_before");
    session.run(&format!(
        "ALTER TABLE {NODE} ADD CONSTRAINT no_x CHECK (title <> 'x')"
    ));
    session.run("BEGIN");
    for _ in 0..3 {
        session.run("SAVEPOINT s");
        assert_eq!(session.refused(&node(", title => 'x'")).code, "23514");
        session.run("ROLLBACK TO s");
        session.run(&node(", title => 'y'"));
    }
    session.run("COMMIT");
    assert_eq!(rows(&mut session), 3);
    assert_eq!(
        session.number("SELECT count(*) FROM dify_observe.events"),
        3
    );
}

#[test]
fn a_transaction_that_may_not_write_is_refused() {
    let (_cluster, mut session) = without_worker("read_only");
    session.run("BEGIN READ ONLY");
    assert_eq!(session.refused(&node("")).code, "25006");
}

#[test]
fn a_transaction_that_sees_one_moment_does_not_take_a_later_row_for_its_own() {
    let (cluster, mut session) = without_worker("one_moment");
    let mut other = cluster.connect("postgres");
    for kind in &KINDS {
        let id = session.ask("SELECT dify_observe.uuid_v7(now())");
        let call = kind.call().with("id", &id).with("status", kind.done[0]);
        session.run("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1");
        other.call(&call);
        assert_eq!(session.refused(&call.sql()).code, "40001", "{}", kind.log);
        session.run("ROLLBACK");
    }
}

#[test]
fn thousands_in_one_transaction_leave_no_memory_behind() {
    let (_cluster, mut session) = without_worker("memory");
    session.run(&node(""));
    let memory = "SELECT sum(used_bytes) FROM pg_backend_memory_contexts";
    session.run("BEGIN");
    let many = |from: i32| {
        format!(
            "SELECT count(dify_observe.log_node_execution(tenant_id => '{TENANT}', app_id => '{APP}', node_id => 'n', node_type => 'code', status => 'succeeded',
               workflow_run_id => '123e4567-e89b-42d3-a456-426614174000')) FROM generate_series({from}, {from} + 1999)"
        )
    };
    session.run(&many(1));
    let before = session.number(memory);
    session.run(&many(2001));
    let after = session.number(memory);
    session.run("COMMIT");
    assert!(after - before < 1_000_000, "{before} bytes, then {after}");
    assert_eq!(rows(&mut session), 4001);
}

#[test]
fn who_may_insert_tells_of_it_without_further_rights() {
    let (_cluster, mut session) = without_worker("rights");
    session.run(&format!(
        "CREATE ROLE inserter; GRANT USAGE ON SCHEMA dify_observe TO inserter; GRANT INSERT ON {NODE} TO inserter;
         GRANT EXECUTE ON FUNCTION dify_observe.insert_row TO inserter; GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA dify_observe TO inserter;
         SET ROLE inserter"
    ));
    session.run(&format!(
        "INSERT INTO {NODE} (id, tenant_id, app_id, node_id, node_type, status, workflow_run_id)
         SELECT gen_random_uuid(), '{TENANT}', '{APP}', 'n', 'code', 'succeeded', gen_random_uuid() FROM generate_series(1, 1234)"
    ));
    let into = |table: &str| {
        format!("SELECT dify_observe.insert_row('dify_observe.{table}', false, NULL::uuid)")
    };
    assert_eq!(session.refused(&into("messages")).code, "42501");
    assert_eq!(session.refused(&into("node_executions")).code, "23502");
    session.run("RESET ROLE");
    assert_eq!(session.refused(&into("apps")).code, "0A000");
    let wrong = "SELECT dify_observe.insert_row('dify_observe.messages', false, 'no id'::text)";
    assert_eq!(session.refused(wrong).code, "42804");
    assert_eq!(
        session.ask("SELECT count(*) || ' ' || count(DISTINCT id) || ' ' || count(DISTINCT source_id) FROM dify_observe.events"),
        "1234 1234 1234"
    );
}
