//! Settings that change take effect with a reload: no restart, and the same worker.

use std::time::Duration;

use dify_observe_tests::collector::{LogSeen, Received};
use dify_observe_tests::{Cluster, Collector, Signal, eventually};
use serde_json::json;

use crate::activity::{DATABASE, arrived, exporting, log_runs};

fn worker(cluster: &Cluster) -> i32 {
    eventually("a worker", Duration::from_secs(60), || {
        cluster.backend_pid("dify_observe worker", DATABASE)
    })
}

/// Logs runs until one arrives that is as the settings now want it. What is under way may still be as before.
#[track_caller]
fn becomes(
    cluster: &Cluster,
    collector: &Collector,
    what: &str,
    wanted: impl Fn(&Received) -> bool,
) {
    cluster.reload();
    eventually(what, Duration::from_secs(60), || {
        let before = collector.requests().len();
        log_runs(cluster, 1);
        eventually("it arrived", Duration::from_secs(60), || {
            collector.requests()[before..]
                .iter()
                .any(|request| request.signal == Some(Signal::Logs))
        });
        let newest = collector.requests().into_iter().rev();
        newest
            .into_iter()
            .find(|request| request.signal == Some(Signal::Logs))
            .is_some_and(|request| wanted(&request))
    });
}

fn log(request: &Received) -> &LogSeen {
    &request.logs[0]
}

#[test]
fn every_setting_of_the_destination_follows_a_reload() {
    let collector = Collector::start();
    let cluster = exporting("reload", &collector);
    log_runs(&cluster, 1);
    arrived(&collector, 1, 1);
    let worker_before = worker(&cluster);
    let set = |name: &str, value: &str| cluster.set_conf(&format!("dify_observe.{name}"), value);

    assert_eq!(collector.requests()[0].encoding.as_deref(), Some("gzip"));
    set("otlp_compression", "none");
    becomes(&cluster, &collector, "not compressed", |request| {
        request.encoding.is_none()
    });
    set("service_name", "shop");
    becomes(&cluster, &collector, "the service's name", |request| {
        log(request).resource["service.name"] == json!("shop")
    });
    set("otlp_headers", "X-Tenant = a%20b ,x-other=1=2");
    becomes(&cluster, &collector, "headers", |request| {
        request.headers.get("x-tenant").map(String::as_str) == Some("a b")
            && request.headers.get("x-other").map(String::as_str) == Some("1=2")
    });
    set("otlp_headers", "authorization=Basic abc");
    becomes(&cluster, &collector, "a header of that name", |request| {
        request.headers.get("authorization").map(String::as_str) == Some("Basic abc")
            && !request.headers.contains_key("x-tenant")
    });
    set("otlp_api_key", "top-secret");
    becomes(&cluster, &collector, "the key wins", |request| {
        request.headers.get("authorization").map(String::as_str) == Some("Bearer top-secret")
    });
    set("include_content", "off");
    becomes(&cluster, &collector, "references", |request| {
        log(request).attributes["dify.workflow.inputs"]
            .as_str()
            .is_some_and(|text| text.starts_with("ref:workflow_run_id="))
    });
    set("span_id_rule", "uuid_low64");
    becomes(
        &cluster,
        &collector,
        "span ids of the other rule",
        |request| {
            // A run is its own trace, so its low half is at hand.
            log(request).span_id == log(request).trace_id[16..]
        },
    );
    assert_eq!(worker(&cluster), worker_before);
}

#[test]
fn another_endpoint_gets_what_comes_then() {
    let (first, second) = (Collector::start(), Collector::start());
    let cluster = exporting("moved", &first);
    log_runs(&cluster, 3);
    arrived(&first, 3, 3);
    let worker_before = worker(&cluster);

    let with_path = format!("{}/", second.endpoint());
    cluster.set_conf("dify_observe.otlp_endpoint", &with_path);
    becomes(
        &cluster,
        &second_after(&cluster, second),
        "at the second",
        |_| true,
    );
    assert_eq!(worker(&cluster), worker_before);
}

/// The second one, once it has been heard of: runs logged until then may still go to the first.
fn second_after(cluster: &Cluster, second: Collector) -> Collector {
    cluster.reload();
    eventually("the second is used", Duration::from_secs(60), || {
        log_runs(cluster, 1);
        second
            .requests()
            .iter()
            .any(|request| request.signal == Some(Signal::Logs))
    });
    second
}

#[test]
fn sampling_keeps_or_drops_whole_traces_and_no_log() {
    let collector = Collector::start();
    let cluster = Cluster::builder("sampled")
        .exports_to(&collector.endpoint())
        .conf("dify_observe.otel_sampling_rate", "0.3")
        .start();
    cluster.create_database(DATABASE);
    cluster.create_extension(DATABASE);
    cluster.sql(
        DATABASE,
        "WITH run AS MATERIALIZED (SELECT gen_random_uuid() AS id FROM generate_series(1, 300))
         SELECT dify_observe.log_workflow_run(id => id, tenant_id => id, app_id => id, workflow_id => id, status => 'succeeded'),
           dify_observe.log_node_execution(workflow_run_id => id, tenant_id => id, app_id => id, node_id => 'a', node_type => 'llm', status => 'succeeded')
         FROM run",
    );
    // Kept when the low 56 bits, as a fraction of 2^56, are below the rate.
    let kept = |trace_id: &str| {
        let low = u64::from_str_radix(&trace_id[18..], 16).expect("hex");
        (low as f64) / 2f64.powi(56) < 0.3
    };
    let roots = cluster.rows(
        DATABASE,
        "SELECT trace_id FROM dify_observe.companion_logs WHERE event_name = 'dify.workflow.run'",
    );
    let expected = roots
        .iter()
        .filter(|row| kept(row[0].as_deref().expect("a trace")))
        .count();
    assert!((30..200).contains(&expected), "{expected}");
    arrived(&collector, 2 * expected, 600);
    assert!(collector.spans().iter().all(|span| kept(&span.trace_id)));

    cluster.set_conf("dify_observe.otel_sampling_rate", "0");
    collector.forget();
    becomes(&cluster, &collector, "logs alone", |_| true);
    eventually("no spans any more", Duration::from_secs(60), || {
        collector.forget();
        log_runs(&cluster, 1);
        eventually("a log", Duration::from_secs(60), || {
            !collector.logs().is_empty()
        });
        cluster.sql(DATABASE, "CALL dify_observe.export_now()");
        collector.spans().is_empty()
    });
}
