//! What CREATE SERVER and CREATE USER MAPPING take, and who may say it.

use dify_observe_tests::Collector;

use crate::status::{DATABASE, becomes, create_server, exporting, log_runs, logs_arrive};

const APP: &str = "770e8400-e29b-41d4-a716-446655440000";

#[test]
fn bad_options_are_refused_with_what_is_allowed() {
    let cluster = exporting("options");
    let mut client = cluster.connect(DATABASE);
    client
        .batch_execute("CREATE SERVER good FOREIGN DATA WRAPPER dify_observe OPTIONS (endpoint 'http://127.0.0.1:1')")
        .expect("a server");
    let server = |options: &str| {
        format!("CREATE SERVER bad FOREIGN DATA WRAPPER dify_observe OPTIONS ({options})")
    };
    let mapping =
        |options: &str| format!("CREATE USER MAPPING FOR PUBLIC SERVER good OPTIONS ({options})");
    for (statement, code, part) in [
        (
            "CREATE SERVER bad FOREIGN DATA WRAPPER dify_observe".to_owned(),
            "HV002",
            "endpoint",
        ),
        (server("endpoint 'http://u:secret@h'"), "22023", "user name"),
        (
            server("endpoint 'http://h', colour 'red'"),
            "HV00D",
            "colour",
        ),
        (
            server("endpoint 'http://h', api_key 'secret'"),
            "HV00D",
            "api_key",
        ),
        (server("endpoint 'http://h', app_id '7'"), "22023", "UUID"),
        (
            server("endpoint 'http://h', start_at 'soon'"),
            "22023",
            "start_at",
        ),
        (mapping("endpoint 'http://h'"), "HV00D", "endpoint"),
        (mapping("headers 'secret'"), "22023", "header 1"),
        (
            mapping("api_key 'secret', username 'u'"),
            "22023",
            "only one",
        ),
        (
            "ALTER FOREIGN DATA WRAPPER dify_observe OPTIONS (ADD endpoint 'http://h')".to_owned(),
            "HV00D",
            "endpoint",
        ),
        (
            "ALTER SERVER good OPTIONS (DROP endpoint)".to_owned(),
            "HV002",
            "endpoint",
        ),
    ] {
        let refused = client.batch_execute(&statement).expect_err(&statement);
        let error = refused.as_db_error().expect("the server's");
        assert_eq!(error.code().code(), code, "{statement}: {error}");
        assert!(error.message().contains(part), "{statement}: {error}");
        assert!(
            error.detail().is_some() && error.hint().is_some(),
            "{statement}"
        );
        assert!(!error.message().contains("secret"), "{statement}: {error}");
    }
}

#[test]
fn who_has_usage_may_create_one_and_a_plain_role_may_not() {
    let collector = Collector::start();
    let cluster = exporting("operators");
    cluster.sql(
        DATABASE,
        "CREATE ROLE plain LOGIN; CREATE ROLE operator LOGIN; GRANT USAGE ON FOREIGN DATA WRAPPER dify_observe TO operator",
    );
    let endpoint = collector.endpoint();
    let create = format!(
        "CREATE SERVER peer FOREIGN DATA WRAPPER dify_observe OPTIONS (endpoint '{endpoint}')"
    );
    let mut plain = cluster.connect_as(DATABASE, "plain");
    let refused = plain.batch_execute(&create).expect_err("not permitted");
    assert_eq!(
        refused.as_db_error().expect("the server's").code().code(),
        "42501"
    );
    let mut operator = cluster.connect_as(DATABASE, "operator");
    operator.batch_execute(&create).expect("permitted");
    log_runs(&cluster, APP, &["one"]);
    logs_arrive(&collector, &["one"]);

    // A mapping of a role's own is not used: it could send what is logged with credentials of its choice.
    cluster.sql(DATABASE, "GRANT USAGE ON FOREIGN SERVER peer TO plain");
    plain
        .batch_execute("CREATE USER MAPPING FOR plain SERVER peer OPTIONS (headers 'x-mine=1')")
        .expect("its own mapping");
    log_runs(&cluster, APP, &["two"]);
    logs_arrive(&collector, &["one", "two"]);
    assert!(
        collector
            .requests()
            .iter()
            .all(|one| !one.headers.contains_key("x-mine"))
    );

    // The files of the server are not for whoever may only name an address.
    operator
        .batch_execute(
            "CREATE USER MAPPING FOR PUBLIC SERVER peer OPTIONS (api_key_file 'PG_VERSION')",
        )
        .expect("a mapping");
    becomes(&cluster, "peer", "logs", "state", "misconfigured");
    becomes(
        &cluster,
        "peer",
        "logs",
        "last_error",
        "the server's owner must be a member of pg_read_server_files for ca_file and api_key_file",
    );
    cluster.sql(DATABASE, "GRANT pg_read_server_files TO operator");
    becomes(&cluster, "peer", "logs", "state", "ok");

    cluster.sql(
        DATABASE,
        "REVOKE USAGE ON FOREIGN DATA WRAPPER dify_observe FROM operator",
    );
    becomes(&cluster, "peer", "logs", "state", "misconfigured");
}

#[test]
fn a_key_comes_from_the_mapping_or_from_a_file() {
    let collector = Collector::start();
    let cluster = exporting("keys");
    create_server(&cluster, "peer", &collector, "");
    let authorization = |expected: &str| {
        log_runs(&cluster, APP, &["one"]);
        dify_observe_tests::eventually(expected, crate::status::PATIENCE, || {
            let requests = collector.requests();
            let found = requests
                .last()
                .and_then(|one| one.headers.get("authorization").cloned());
            if found.as_deref() == Some(expected) {
                Ok(())
            } else {
                Err(found)
            }
        });
    };
    cluster.sql(DATABASE, "CREATE USER MAPPING FOR PUBLIC SERVER peer OPTIONS (username 'Aladdin', password 'open sesame')");
    authorization("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    cluster.sql(DATABASE, "ALTER USER MAPPING FOR PUBLIC SERVER peer OPTIONS (DROP username, DROP password, ADD api_key_file 'key')");
    becomes(&cluster, "peer", "logs", "state", "misconfigured");
    std::fs::write(cluster.data().join("key"), "of-a-file\n").expect("a file");
    cluster.reload();
    authorization("Bearer of-a-file");
}
