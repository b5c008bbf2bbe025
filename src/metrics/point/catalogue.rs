//! The points of every event, held against the catalogue: what either has and the other has not is an error.

use super::tests::{measurement, written};
use super::*;
use crate::metrics::instrument::InstrumentKind;
use crate::otlp::catalogue::{Catalogue, Counted, Event};
use std::collections::BTreeSet;

/// What an event adds to a metric, as [`written`] writes it: nothing, or something for one series or for each dataset.
fn expected(of: &Measurement<'_>, counted: &Counted) -> Vec<String> {
    let amount = match &*counted.adds {
        "1" | "datasets" => Some(1),
        "failed" => of.failed.then_some(1),
        "total_tokens" => of.total_tokens,
        "input_tokens" => of.input_tokens,
        "output_tokens" => of.output_tokens,
        "duration" => of.duration_us,
        "time_to_first_token" => of.first_token_us,
        other => panic!("{} adds {other}", counted.name),
    };
    let series: Vec<&str> = match &*counted.adds {
        "datasets" => of.datasets.iter().flatten().map(String::as_str).collect(),
        _ => vec![""],
    };
    let amounts = series
        .into_iter()
        .filter_map(|dataset| Some((dataset, amount?)));
    amounts
        .map(|(dataset, amount)| {
            let labels: Vec<_> = counted
                .labels
                .iter()
                .filter(|label| has_label(of, counted, label))
                .map(|label| match counted.fixed.get(label) {
                    Some(fixed) => format!("{label}={fixed}"),
                    None => format!("{label}={}", value(of, label, dataset)),
                })
                .collect();
            format!("{}{{{}}} {amount}", counted.name, labels.join(","))
        })
        .collect()
}

fn has_label(of: &Measurement<'_>, counted: &Counted, label: &str) -> bool {
    counted.conditional_labels.get(label).is_none_or(|text| {
        let (name, values) = text.split_once(" is ").unwrap();
        values.split(" or ").any(|one| one == value(of, name, ""))
    })
}

fn value<'a>(of: &'a Measurement<'_>, label: &str, dataset: &'a str) -> &'a str {
    match label {
        "tenant_id" => of.tenant_id,
        "app_id" => of.app_id,
        "status" => of.status,
        "invoke_from" => of.invoke_from,
        "node_type" => of.node_type,
        "model_provider" => of.model_provider,
        "model_name" => of.model_name,
        "plugin_name" => of.plugin_name,
        "tool_name" => of.tool_name,
        "operation_type" => of.operation_type,
        "rating" => of.rating,
        "mode" => of.mode,
        "dataset_id" => dataset,
        other => panic!("nothing is known of the label {other}"),
    }
}

fn assert_points(event: &Event, change: impl Fn(&mut Measurement<'static>)) {
    let mut of = measurement(event.kind());
    change(&mut of);
    let mut listed: Vec<_> = event
        .metrics
        .iter()
        .flat_map(|counted| expected(&of, counted))
        .collect();
    let mut added = written(&of);
    listed.sort_unstable();
    added.sort_unstable();
    assert_eq!(added, listed, "{}", event.name);
}

#[test]
fn every_event_adds_what_is_listed_and_nothing_else() {
    for event in &Catalogue::read().events {
        for node_type in ["llm", "tool", "knowledge-retrieval", "code", ""] {
            assert_points(event, |of| of.node_type = node_type);
        }
        assert_points(event, |of| of.failed = false);
        assert_points(event, |of| {
            of.input_tokens = None;
            of.output_tokens = None;
            of.total_tokens = None;
            of.duration_us = None;
            of.first_token_us = None;
            of.datasets = None;
        });
        assert_points(event, |of| {
            of.app_id = "";
            of.invoke_from = "";
            of.model_provider = "";
            of.model_name = "";
            of.plugin_name = "";
            of.rating = "";
            of.mode = "";
        });
    }
}

#[test]
fn every_metric_is_listed_with_its_unit_and_kind_and_counted_by_something() {
    let catalogue = Catalogue::read();
    let listed: BTreeSet<_> = catalogue
        .metrics
        .iter()
        .map(|metric| (&*metric.name, &*metric.unit, &*metric.kind))
        .collect();
    assert_eq!(listed.len(), catalogue.metrics.len());
    let mut counted = BTreeSet::new();
    for kind in EventKind::ALL {
        for point in points(&measurement(kind)) {
            let kind = match point.instrument.kind {
                InstrumentKind::Counter => "counter",
                InstrumentKind::Histogram => "histogram",
            };
            counted.insert((point.instrument.name, point.instrument.unit, kind));
        }
    }
    assert_eq!(counted, listed);
}
