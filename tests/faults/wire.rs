//! Metrics: what the receiver has, what the database has counted, and what its rows say, must be the same to the last unit.

use std::collections::BTreeMap;
use std::time::Duration;

use dify_observe_tests::collector::{Attributes, MetricSeen};
use dify_observe_tests::{Cluster, eventually};

use crate::incident::DATABASE;

pub type Totals = BTreeMap<(String, String), i64>;

/// What the database has counted, counters by their value, histograms by their count, after a recount has agreed with it.
#[track_caller]
pub fn recounted(cluster: &Cluster) -> Totals {
    cluster.sql(DATABASE, "CALL dify_observe.fold_metrics()");
    let differences = cluster.rows(DATABASE, "SELECT * FROM dify_observe.check_metrics()");
    assert_eq!(
        differences,
        Vec::<Vec<Option<String>>>::new(),
        "check_metrics()"
    );
    counted(cluster)
}

/// Waits until a receiver's totals are these.
#[track_caller]
pub fn receives<M: IntoIterator<Item = MetricSeen>>(
    cluster: &Cluster,
    counted: &Totals,
    mut received: impl FnMut() -> M,
) {
    let instance = cluster.value(
        DATABASE,
        "SELECT instance_id FROM dify_observe.installation",
    );
    let instance = instance.expect("an instance");
    eventually("the receiver's counters", Duration::from_secs(90), || {
        let mut on_the_wire: Totals = Totals::new();
        for point in received() {
            // How export stands goes along with what is counted, and is not.
            let is_counted = counted.keys().any(|(name, _)| *name == point.name);
            if is_counted && point.resource["service.instance.id"] == instance.as_str() {
                let count = point.count();
                on_the_wire.insert((point.name, text(&point.labels)), count);
            }
        }
        let differs =
            |(series, count): &(&(String, String), &i64)| on_the_wire.get(*series) != Some(*count);
        let wrong: Vec<_> = counted.iter().filter(differs).collect();
        if wrong.is_empty() {
            Ok(())
        } else {
            Err(format!(
                "{} of {}: {:?}",
                wrong.len(),
                counted.len(),
                wrong.first()
            ))
        }
    });
}

#[track_caller]
fn counted(cluster: &Cluster) -> Totals {
    let sql = "SELECT name, labels::text, sum(coalesce(value, count))::bigint::text FROM dify_observe.metrics GROUP BY 1, 2";
    let rows = cluster.rows(DATABASE, sql).into_iter();
    rows.map(|row| {
        let [name, labels, count] = row.try_into().expect("three columns");
        let labels: Attributes = serde_json::from_str(&labels.expect("labels")).expect("an object");
        let count = count.expect("a count").parse().expect("a number");
        ((name.expect("a name"), text(&labels)), count)
    })
    .collect()
}

fn text(labels: &Attributes) -> String {
    serde_json::to_string(labels).expect("labels")
}
