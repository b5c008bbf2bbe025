//! How export stands is told along with the metrics.

use dify_observe_tests::{Collector, eventually};

use crate::status::{PATIENCE, create_server, exporting, log_runs};

const APP: &str = "770e8400-e29b-41d4-a716-446655440000";

#[test]
fn a_destination_for_everything_is_told_of_all_and_a_filtered_one_of_itself() {
    let (all, own, dead) = (Collector::start(), Collector::start(), Collector::start());
    dead.stop();
    let cluster = exporting("standing");
    create_server(&cluster, "everything", &all, "");
    create_server(&cluster, "own", &own, &format!(", app_id '{APP}'"));
    create_server(&cluster, "dead", &dead, "");
    log_runs(&cluster, APP, &["one", "two"]);
    let total = |collector: &Collector, name: &str, exporter: &str| {
        collector.total(name, &[("exporter", exporter)])
    };
    eventually("all destinations", PATIENCE, || {
        let told = (
            total(&all, "dify_observe_exporter_sent_spans", "everything"),
            total(&all, "dify_observe_exporter_sent_log_records", "own"),
            total(&all, "dify_observe_exporter_retried_requests", "dead") > 0,
        );
        if told == (2, 2, true) {
            Ok(())
        } else {
            Err(told)
        }
    });
    eventually("itself", PATIENCE, || {
        let told = total(&own, "dify_observe_exporter_sent_spans", "own");
        if told == 2 { Ok(()) } else { Err(told) }
    });
    let exporters = own
        .own_metrics()
        .into_iter()
        .filter_map(|one| one.labels.get("exporter").cloned());
    assert!(exporters.into_iter().all(|name| name == "own"));
}
