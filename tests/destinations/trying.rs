//! `test_destination` and `discard_backlog`.

use dify_observe_tests::{Behaviour, Collector, Signal};

use crate::status::{DATABASE, becomes, create_server, exporting, log_runs, logs_arrive};

const APP: &str = "770e8400-e29b-41d4-a716-446655440000";

#[test]
fn an_address_is_tried_without_anything_being_sent() {
    let collector = Collector::start();
    let cluster = exporting("trying");
    create_server(
        &cluster,
        "peer",
        &collector,
        ", enabled 'false', signals 'traces,logs'",
    );
    collector.answer(Signal::Logs, Behaviour::status(401));
    let answers = || {
        cluster.rows(
            DATABASE,
            "SELECT signal, ok::text, status, message FROM dify_observe.test_destination('peer') ORDER BY signal DESC",
        )
    };
    let found: Vec<Vec<String>> = answers()
        .into_iter()
        .map(|row| row.into_iter().map(Option::unwrap_or_default).collect())
        .collect();
    assert_eq!(
        found,
        [
            ["traces", "true", "accepted", ""],
            [
                "logs",
                "false",
                "misconfigured",
                "wrong or missing key: HTTP 401 Unauthorized"
            ]
        ]
    );
    assert_eq!(collector.all_logs().len() + collector.all_spans().len(), 0);
    collector.stop();
    assert!(
        answers()
            .iter()
            .all(|row| row[2].as_deref() == Some("retry"))
    );
    let mut client = cluster.connect(DATABASE);
    for (argument, code) in [("'nowhere'", "22023"), ("NULL", "22004")] {
        let refused = client
            .simple_query(&format!("SELECT dify_observe.test_destination({argument})"))
            .expect_err(argument);
        assert_eq!(
            refused.as_db_error().expect("the server's").code().code(),
            code
        );
    }
}

#[test]
fn what_is_discarded_is_counted_and_does_not_arrive() {
    let collector = Collector::start();
    collector.stop();
    let cluster = exporting("discarding");
    create_server(&cluster, "peer", &collector, "");
    log_runs(&cluster, APP, &["old", "older"]);
    becomes(&cluster, "peer", "logs", "state", "retrying");
    becomes(&cluster, "peer", "logs", "lag_rows", "2");
    let discarded = cluster.value(
        DATABASE,
        "SELECT dify_observe.discard_backlog('peer', clock_timestamp())",
    );
    assert_eq!(discarded.as_deref(), Some("4"), "two of each signal");
    log_runs(&cluster, APP, &["new"]);
    collector.start_again();
    cluster.reload();
    logs_arrive(&collector, &["new"]);
    becomes(&cluster, "peer", "logs", "discarded", "2");
    becomes(&cluster, "peer", "logs", "sent", "1");
    let kept = "SELECT count(*) FROM dify_observe.workflow_runs";
    assert_eq!(cluster.value(DATABASE, kept).as_deref(), Some("3"));
}
