//! Logging calls against what others may do to the tables that is out of the ordinary.

use postgres::Client;

use crate::asking::{Asking, without_worker};
use crate::inserted_rows::{NODE, node};

fn titles(session: &mut Client) -> String {
    session.ask(&format!(
        "SELECT string_agg(title, ' ' ORDER BY title) FROM {NODE}"
    ))
}

/// A table with the columns and constraints of ours, to be a partition.
fn partition(session: &mut Client, make: &str, more: &str) {
    session.run(&format!(
        "DO $$ DECLARE columns text; BEGIN
           SELECT string_agg(format('%I %s %s', attname, format_type(atttypid, atttypmod), CASE WHEN attnotnull THEN 'NOT NULL' END), ', ' ORDER BY attnum)
           INTO columns FROM pg_attribute WHERE attrelid = '{NODE}'::regclass AND attnum > 0;
           SELECT columns || string_agg(format(', CONSTRAINT %I %s', conname, pg_get_constraintdef(oid)), '') INTO columns
           FROM pg_constraint WHERE conrelid = '{NODE}'::regclass AND contype = 'c';
           EXECUTE '{make} (' || columns || ') {more}';
         END $$"
    ));
}

#[test]
fn a_trigger_or_a_constraint_may_look_at_the_whole_row() {
    let (_cluster, mut session) = without_worker("whole_row");
    session.run(&format!(
        "CREATE FUNCTION public.change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.title := upper(NEW.title); RETURN NEW; END $$;
         CREATE TRIGGER a_change BEFORE INSERT ON {NODE} FOR EACH ROW WHEN (to_jsonb(NEW) ->> 'title' = 'x') EXECUTE FUNCTION public.change();
         ALTER TABLE {NODE}_default ADD CONSTRAINT whole CHECK (to_jsonb(node_executions_default) ->> 'title' <> 'refused')"
    ));
    for _ in 0..3 {
        session.run(&node(", title => 'x'"));
        session.run(&node(", title => 'y'"));
        assert_eq!(session.refused(&node(", title => 'refused'")).code, "23514");
    }
    assert_eq!(titles(&mut session), "X X X y y y");
    session.run(&format!("ALTER TABLE {NODE} ADD COLUMN more text"));
    session.run(&node(", title => 'x'"));
    assert_eq!(titles(&mut session), "X X X X y y y");
}

#[test]
fn a_domain_in_a_constraint_may_change() {
    let (_cluster, mut session) = without_worker("domain");
    session.run(&format!(
        "CREATE DOMAIN public.short AS text; ALTER TABLE {NODE} ADD CONSTRAINT short CHECK (title::public.short IS NOT NULL)"
    ));
    session.run(&node(", title => 'long'"));
    session.run("ALTER DOMAIN public.short ADD CONSTRAINT short CHECK (length(value) < 2)");
    assert_eq!(session.refused(&node(", title => 'long'")).code, "23514");
    session.run("ALTER DOMAIN public.short DROP CONSTRAINT short");
    session.run(&node(", title => 'long'"));
}

#[test]
fn who_may_not_call_a_function_of_a_constraint_is_refused() {
    let (_cluster, mut session) = without_worker("users");
    session.run(&format!(
        "CREATE ROLE inserter; GRANT USAGE ON SCHEMA dify_observe TO inserter; GRANT INSERT ON {NODE} TO inserter;
         GRANT EXECUTE ON FUNCTION dify_observe.insert_row TO inserter;
         CREATE FUNCTION public.fine(text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN true; END';
         REVOKE ALL ON FUNCTION public.fine FROM PUBLIC;
         ALTER TABLE {NODE} ADD CONSTRAINT fine CHECK (public.fine(node_id))"
    ));
    session.run(&node(""));
    session.run("SET ROLE inserter");
    let row = format!(
        "SELECT dify_observe.insert_row('{NODE}', false, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), NULL::uuid, gen_random_uuid(),
           now(), now(), 0::float8, NULL::bigint, NULL::bigint, NULL::bigint, NULL::int, NULL::int, NULL::int, NULL::int, false, 'running', 'n', 'code')"
    )
    .replace("'running', 'n', 'code'", "'running'::text, 'n'::text, 'code'::text");
    assert_eq!(session.refused(&row).code, "42501");
}

#[test]
fn a_partitions_own_trigger_does_not_move_a_row_out_of_it() {
    let (_cluster, mut session) = without_worker("moved_out");
    partition(&mut session, "CREATE TABLE public.old", "");
    session.run(&format!(
        "ALTER TABLE {NODE} ATTACH PARTITION public.old FOR VALUES FROM ('2001-01-01') TO ('2001-02-01');
         CREATE FUNCTION public.move() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN NEW.created_at := NEW.created_at + interval '1 day'; NEW.finished_at := NEW.created_at; RETURN NEW; END $$;
         CREATE TRIGGER move BEFORE INSERT ON public.old FOR EACH ROW EXECUTE FUNCTION public.move()"
    ));
    session.run(&node(", created_at => '2001-01-30'"));
    assert_eq!(
        session.refused(&node(", created_at => '2001-01-31'")).code,
        "23514"
    );
}

#[test]
fn a_partition_that_is_a_foreign_table_is_refused() {
    let (_cluster, mut session) = without_worker("foreign");
    // A server that is built from source may be without contrib.
    let wrapper = "pg_available_extensions WHERE name = 'postgres_fdw'";
    if session.number(&format!("SELECT count(*) FROM {wrapper}")) == 0 {
        return;
    }
    session.run(
        "CREATE EXTENSION postgres_fdw;
         DO $$ BEGIN EXECUTE format('CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw OPTIONS (dbname %L, host %L, port %L)',
           current_database(), split_part(current_setting('unix_socket_directories'), ',', 1), current_setting('port')); END $$;
         CREATE USER MAPPING FOR CURRENT_USER SERVER far",
    );
    partition(
        &mut session,
        "CREATE FOREIGN TABLE public.far",
        "SERVER far",
    );
    session.run(&format!(
        "ALTER TABLE {NODE} ATTACH PARTITION public.far FOR VALUES FROM ('2001-01-01') TO ('2001-02-01')"
    ));
    let far = node(", created_at => '2001-01-02'");
    assert_eq!(session.refused(&far).code, "0A000");
    session.run(&node(""));
}

#[test]
fn a_row_that_a_trigger_has_just_logged_is_known_in_a_transaction_that_sees_one_moment() {
    let (_cluster, mut session) = without_worker("just_logged");
    let id = session.ask("SELECT dify_observe.uuid_v7(now())");
    session.run(&format!(
        "CREATE FUNCTION public.first() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {}; RETURN NEW; END $$;
         CREATE TRIGGER a_first BEFORE INSERT ON {NODE} FOR EACH ROW WHEN (NEW.title = 'outer') EXECUTE FUNCTION public.first()",
        node(&format!(", title => 'inner', id => '{id}'")).replacen("SELECT", "PERFORM", 1)
    ));
    session.run("BEGIN ISOLATION LEVEL REPEATABLE READ");
    session.run(&node(&format!(", title => 'outer', id => '{id}'")));
    session.run("COMMIT");
    assert_eq!(titles(&mut session), "inner");
}

#[test]
fn the_trigger_that_writes_events_refuses_what_it_was_not_made_for() {
    let (_cluster, mut session) = without_worker("not_made_for");
    session.run("CREATE TABLE public.messages (id int, created_at int, status int, xid int, parent_trace_id int, workflow_run_id int)");
    let insert = [
        "INSERT INTO public.messages VALUES (1, 1, 1, 1, 1, 1)",
        "INSERT INTO dify_observe.messages SELECT * FROM dify_observe.messages",
        "UPDATE dify_observe.messages SET status = status",
    ];
    let triggers = [
        "AFTER INSERT ON public.messages REFERENCING NEW TABLE AS rows",
        "AFTER INSERT ON dify_observe.messages",
        "AFTER UPDATE ON dify_observe.messages REFERENCING NEW TABLE AS rows",
    ];
    for (insert, trigger) in insert.iter().zip(triggers) {
        session.run(&format!("BEGIN; CREATE TRIGGER odd {trigger} FOR EACH STATEMENT EXECUTE FUNCTION dify_observe.emit_rows(); SAVEPOINT s"));
        assert_eq!(session.refused(insert).code, "39P01", "{trigger}");
        session.run("ROLLBACK");
    }
}
