//! What is in a mapping is for the server's owner and for the receiver.

use dify_observe_tests::{Behaviour, Collector};

use crate::status::{DATABASE, becomes, create_server, exporting, log_runs, logs_arrive};

const APP: &str = "770e8400-e29b-41d4-a716-446655440000";
const SECRETS: [&str; 3] = ["key-4711", "token-0815", "word-2342"];

#[test]
fn no_other_reader_and_no_log_has_them() {
    let collector = Collector::start();
    let cluster = exporting("mapping");
    cluster.sql(
        DATABASE,
        "CREATE ROLE plain LOGIN; GRANT USAGE ON SCHEMA dify_observe TO plain;
         GRANT SELECT ON ALL TABLES IN SCHEMA dify_observe TO plain;
         -- What some views call in the name of who reads them.
         GRANT EXECUTE ON FUNCTION dify_observe.id_time, dify_observe.is_debug, dify_observe.rollup_label TO plain",
    );
    create_server(&cluster, "one", &collector, "");
    create_server(&cluster, "two", &collector, "");
    cluster.sql(
        DATABASE,
        &format!(
            "CREATE USER MAPPING FOR PUBLIC SERVER one OPTIONS (api_key '{}', headers 'x-token={}');
             CREATE USER MAPPING FOR PUBLIC SERVER two OPTIONS (username 'u', password '{}')",
            SECRETS[0], SECRETS[1], SECRETS[2]
        ),
    );
    log_runs(&cluster, APP, &["a"]);
    logs_arrive(&collector, &["a"]);
    collector.answer(None, Behaviour::status(401));
    log_runs(&cluster, APP, &["b"]);
    becomes(&cluster, "one", "logs", "state", "misconfigured");
    let mut plain = cluster.connect_as(DATABASE, "plain");
    let mut tables: Vec<String> = [
        "pg_user_mappings",
        "information_schema.user_mapping_options",
        "pg_foreign_server",
        "pg_settings",
        "pg_stat_activity",
    ]
    .map(str::to_owned)
    .to_vec();
    let own = cluster.rows(
        DATABASE,
        "SELECT oid::regclass::text FROM pg_class WHERE relnamespace = 'dify_observe'::regnamespace AND relkind IN ('r', 'p', 'v')",
    );
    tables.extend(
        own.into_iter()
            .filter_map(|row| row.into_iter().next().flatten()),
    );
    assert!(tables.len() > 30, "{tables:?}");
    for table in tables {
        let statement = format!("SELECT coalesce(string_agg(t::text, ' '), '') FROM {table} t");
        let text: String = plain.query_one(&statement, &[]).expect(&statement).get(0);
        for secret in SECRETS {
            assert!(!text.contains(secret), "{table}: {text}");
        }
    }
    let log = cluster.log();
    for secret in SECRETS {
        assert!(!log.contains(secret), "{secret}");
    }
}
