//! How export stands, as metrics of our own, named after those that the OpenTelemetry Collector tells of its exporters.

use super::record::Micros;
use super::signal::Signal;
use super::{key_value, nanos};
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value;
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, Gauge, Metric, NumberDataPoint, Sum,
};
use std::collections::BTreeMap;

/// One signal of one destination.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    pub destination: String,
    pub signal: Signal,
    pub sent: i64,
    pub rejected: i64,
    pub retried: i64,
    /// Events that wait, and how long the oldest has.
    pub waiting: i64,
    pub waiting_seconds: f64,
    /// When the counts began.
    pub since: Micros,
}

/// A metric's name, unit, description and whether it is a counter.
type Instrument = (&'static str, &'static str, &'static str, bool);

const RETRIED: Instrument = (
    "dify_observe_exporter_retried_requests",
    "{requests}",
    "Requests that failed and were, or will be, sent again.",
    true,
);
const QUEUE: Instrument = (
    "dify_observe_exporter_queue_size",
    "{events}",
    "Events that wait to be sent.",
    false,
);
const AGE: Instrument = (
    "dify_observe_exporter_queue_age",
    "s",
    "Age of the oldest event that waits.",
    false,
);

fn sent(signal: Signal) -> Instrument {
    let (name, unit) = match signal {
        Signal::Traces => ("dify_observe_exporter_sent_spans", "{spans}"),
        Signal::Logs => ("dify_observe_exporter_sent_log_records", "{records}"),
        Signal::Metrics => ("dify_observe_exporter_sent_metric_points", "{datapoints}"),
    };
    (name, unit, "Accepted by the destination.", true)
}

fn rejected(signal: Signal) -> Instrument {
    let (name, unit) = match signal {
        Signal::Traces => ("dify_observe_exporter_send_failed_spans", "{spans}"),
        Signal::Logs => ("dify_observe_exporter_send_failed_log_records", "{records}"),
        Signal::Metrics => (
            "dify_observe_exporter_send_failed_metric_points",
            "{datapoints}",
        ),
    };
    (name, unit, "Rejected by the destination for good.", true)
}

/// The metrics of all standings at `now`.
pub(super) fn metrics(standings: &[Standing], now: Micros) -> Vec<Metric> {
    let mut by_name: BTreeMap<Instrument, Vec<NumberDataPoint>> = BTreeMap::new();
    for standing in standings {
        let mut add = |instrument: Instrument, value: Value| {
            let start = if instrument.3 {
                nanos(standing.since)
            } else {
                0
            };
            by_name
                .entry(instrument)
                .or_default()
                .push(NumberDataPoint {
                    attributes: attributes(standing),
                    start_time_unix_nano: start,
                    time_unix_nano: nanos(now),
                    value: Some(value),
                    ..Default::default()
                });
        };
        add(sent(standing.signal), Value::AsInt(standing.sent));
        add(rejected(standing.signal), Value::AsInt(standing.rejected));
        add(RETRIED, Value::AsInt(standing.retried));
        add(QUEUE, Value::AsInt(standing.waiting));
        add(AGE, Value::AsDouble(standing.waiting_seconds));
    }
    by_name.into_iter().map(metric).collect()
}

fn attributes(standing: &Standing) -> Vec<KeyValue> {
    vec![
        key_value("exporter", standing.destination.as_str().into()),
        key_value("data_type", standing.signal.name().into()),
    ]
}

fn metric(
    ((name, unit, description, counts), data_points): (Instrument, Vec<NumberDataPoint>),
) -> Metric {
    let data = if counts {
        Data::Sum(Sum {
            data_points,
            aggregation_temporality: AggregationTemporality::Cumulative.into(),
            is_monotonic: true,
        })
    } else {
        Data::Gauge(Gauge { data_points })
    };
    Metric {
        name: name.to_owned(),
        description: description.to_owned(),
        unit: unit.to_owned(),
        data: Some(data),
        ..Default::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(destination: &str, signal: Signal) -> Standing {
        Standing {
            destination: destination.into(),
            signal,
            sent: 5,
            rejected: 2,
            retried: 1,
            waiting: 7,
            waiting_seconds: 1.5,
            since: 1_000_000,
        }
    }

    #[test]
    fn every_signal_counts_under_its_own_name() {
        let standings = [
            standing("default", Signal::Traces),
            standing("default", Signal::Logs),
            standing("langfuse", Signal::Traces),
        ];
        let metrics = metrics(&standings, 3_000_000);
        let named = |name: &str| metrics.iter().find(|metric| metric.name == name).unwrap();
        let Some(Data::Sum(spans)) = &named("dify_observe_exporter_sent_spans").data else {
            panic!("not a sum")
        };
        assert!(spans.is_monotonic);
        assert_eq!(spans.data_points.len(), 2);
        let point = &spans.data_points[0];
        assert_eq!(point.value, Some(Value::AsInt(5)));
        assert_eq!(point.start_time_unix_nano, 1_000_000_000);
        assert_eq!(point.time_unix_nano, 3_000_000_000);
        assert_eq!(point.attributes, attributes(&standings[0]));
        let Some(Data::Gauge(queue)) = &named("dify_observe_exporter_queue_size").data else {
            panic!("not a gauge")
        };
        assert_eq!(queue.data_points.len(), 3);
        named("dify_observe_exporter_send_failed_log_records");
        assert!(
            metrics
                .iter()
                .all(|metric| !metric.name.contains("metric_points"))
        );
    }

    #[test]
    fn nothing_to_tell() {
        assert_eq!(metrics(&[], 0), []);
    }
}
