//! What a destination is given of what is logged.

use dify_observe_tests::Collector;

use crate::status::{DATABASE, becomes, create_server, exporting, log_runs, logs_arrive};

const APP: &str = "770e8400-e29b-41d4-a716-446655440000";
const OTHER: &str = "880e8400-e29b-41d4-a716-446655440000";

#[test]
fn one_app_s_events_and_metrics_go_to_its_server_alone() {
    let (own, all) = (Collector::start(), Collector::start());
    let cluster = exporting("filtered");
    create_server(&cluster, "own", &own, &format!(", app_id '{APP}'"));
    create_server(&cluster, "all_of_it", &all, "");
    log_runs(&cluster, APP, &["mine"]);
    log_runs(&cluster, OTHER, &["theirs"]);
    logs_arrive(&all, &["mine", "theirs"]);
    logs_arrive(&own, &["mine"]);
    becomes(&cluster, "own", "traces", "lag_rows", "0");
    assert_eq!(own.spans().len(), 1);
    for (collector, counted) in [(&own, 1), (&all, 2)] {
        dify_observe_tests::eventually("metrics", crate::status::PATIENCE, || {
            let total = collector.total("dify.requests.total", &[]);
            if total == counted { Ok(()) } else { Err(total) }
        });
    }
}

#[test]
fn a_server_begins_when_it_is_created_unless_told_otherwise() {
    let (now, installation, later) = (Collector::start(), Collector::start(), Collector::start());
    let cluster = exporting("beginning");
    log_runs(&cluster, APP, &["before"]);
    cluster.sql(DATABASE, "CALL dify_observe.fold_metrics()");
    create_server(&cluster, "from_now", &now, "");
    create_server(
        &cluster,
        "from_installation",
        &installation,
        ", start_at 'installation'",
    );
    create_server(&cluster, "from_later", &later, ", start_at '2500-01-01'");
    log_runs(&cluster, APP, &["behind"]);
    logs_arrive(&installation, &["before", "behind"]);
    logs_arrive(&now, &["behind"]);
    becomes(&cluster, "from_later", "logs", "lag_rows", "0");
    assert_eq!(later.logs().len(), 0);
}

#[test]
fn content_and_sampling_are_each_server_s_own() {
    let (open, closed) = (Collector::start(), Collector::start());
    let cluster = exporting("content");
    create_server(&cluster, "open", &open, ", include_content 'true'");
    create_server(
        &cluster,
        "closed",
        &closed,
        ", include_content 'false', sampling_rate '0'",
    );
    cluster.sql(
        DATABASE,
        &format!(
            "SELECT dify_observe.log_workflow_run(tenant_id => '{APP}', app_id => '{APP}', workflow_id => '{APP}', \
               status => 'succeeded', invoked_by => 'one', inputs => '{{\"q\": \"private\"}}')"
        ),
    );
    logs_arrive(&open, &["one"]);
    logs_arrive(&closed, &["one"]);
    becomes(&cluster, "closed", "traces", "lag_rows", "0");
    assert!(format!("{:?}", open.logs()).contains("private"));
    assert!(!format!("{:?}", closed.logs()).contains("private"));
    assert_eq!(closed.spans().len(), 0);
}
