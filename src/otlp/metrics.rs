//! Stored series as cumulative OTLP metrics: sending them twice or missing one sending changes nothing.

use super::record::Micros;
use super::standing::{self, Standing};
use super::{Resource, key_value, nanos, own_scope, scope};
use crate::metrics::{Series, Value};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point;
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, Histogram, HistogramDataPoint, Metric, NumberDataPoint,
    ResourceMetrics, ScopeMetrics, Sum,
};
use std::collections::BTreeMap;

const MICROS_PER_SECOND: f64 = 1e6;

/// All points of one metric, by their kind: OTLP allows only one in a metric.
#[derive(Default)]
struct Points<'a> {
    unit: &'a str,
    sums: Vec<NumberDataPoint>,
    histograms: Vec<HistogramDataPoint>,
}

/// The state of `series` at `now`, and how export itself stands. Points of one name are one metric.
pub fn request(
    series: &[&Series],
    standings: &[Standing],
    resource: &Resource,
    now: Micros,
) -> ExportMetricsServiceRequest {
    let mut by_name: BTreeMap<&str, Points> = BTreeMap::new();
    for one in series {
        let points = by_name.entry(&one.name).or_default();
        points.unit = &one.unit;
        points.add(one, now);
    }
    let metrics = by_name
        .into_iter()
        .flat_map(|(name, points)| points.into_metrics(name))
        .collect();
    let own = standing::metrics(standings, now);
    let scopes = [(scope(), metrics), (own_scope(), own)];
    let scope_metrics = scopes
        .into_iter()
        .filter(|(_, metrics)| !metrics.is_empty());
    ExportMetricsServiceRequest {
        resource_metrics: vec![ResourceMetrics {
            resource: Some(resource.message()),
            scope_metrics: scope_metrics
                .map(|(scope, metrics)| ScopeMetrics {
                    scope: Some(scope),
                    metrics,
                    ..Default::default()
                })
                .collect(),
            ..Default::default()
        }],
    }
}

impl Points<'_> {
    fn add(&mut self, series: &Series, now: Micros) {
        let attributes: Vec<KeyValue> = series
            .labels
            .iter()
            .map(|(name, value)| key_value(name, value.as_str().into()))
            .collect();
        let (start_time_unix_nano, time_unix_nano) = (nanos(series.start), nanos(now));
        match &series.value {
            Value::Sum(sum) => self.sums.push(NumberDataPoint {
                attributes,
                start_time_unix_nano,
                time_unix_nano,
                value: Some(number_data_point::Value::AsInt(
                    i64::try_from(*sum).unwrap_or(i64::MAX),
                )),
                ..Default::default()
            }),
            Value::Histogram {
                count,
                sum_us,
                min_us,
                max_us,
                buckets,
            } => {
                let some = *count > 0;
                self.histograms.push(HistogramDataPoint {
                    attributes,
                    start_time_unix_nano,
                    time_unix_nano,
                    count: count.unsigned_abs(),
                    sum: Some(*sum_us as f64 / MICROS_PER_SECOND),
                    bucket_counts: buckets.iter().map(|count| count.unsigned_abs()).collect(),
                    explicit_bounds: series.bounds.clone(),
                    min: some.then_some(*min_us as f64 / MICROS_PER_SECOND),
                    max: some.then_some(*max_us as f64 / MICROS_PER_SECOND),
                    ..Default::default()
                });
            }
        }
    }

    fn into_metrics(self, name: &str) -> Vec<Metric> {
        let cumulative = AggregationTemporality::Cumulative.into();
        let sum = Data::Sum(Sum {
            data_points: self.sums,
            aggregation_temporality: cumulative,
            is_monotonic: true,
        });
        let histogram = Data::Histogram(Histogram {
            data_points: self.histograms,
            aggregation_temporality: cumulative,
        });
        [sum, histogram]
            .into_iter()
            .filter(|data| match data {
                Data::Sum(sum) => !sum.data_points.is_empty(),
                Data::Histogram(histogram) => !histogram.data_points.is_empty(),
                _ => false,
            })
            .map(|data| Metric {
                name: name.to_owned(),
                unit: self.unit.to_owned(),
                data: Some(data),
                ..Default::default()
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::otlp::sample;

    fn series(name: &str, app: &str, value: Value) -> Series {
        Series {
            name: name.into(),
            unit: "s".into(),
            labels: vec![("app_id".into(), app.into())],
            start: 1_000_000,
            bounds: vec![0.5],
            value,
        }
    }

    fn metrics(series: &[Series]) -> Vec<Metric> {
        let series: Vec<_> = series.iter().collect();
        let mut request = request(&series, &[], &sample::sender(), 2_000_000);
        let mut of = request.resource_metrics.remove(0);
        of.scope_metrics.remove(0).metrics
    }

    #[test]
    fn points_of_one_name_are_one_metric() {
        let metrics = metrics(&[
            series("b", "1", Value::Sum(1)),
            series("a", "1", Value::Sum(2)),
            series("b", "2", Value::Sum(i128::MAX)),
        ]);
        let names: Vec<_> = metrics.iter().map(|metric| metric.name.as_str()).collect();
        assert_eq!(names, ["a", "b"]);
        let Some(Data::Sum(sum)) = &metrics[1].data else {
            panic!("{metrics:?}")
        };
        assert!(sum.is_monotonic);
        assert_eq!(sum.aggregation_temporality, 2);
        let values: Vec<_> = sum.data_points.iter().map(|point| point.value).collect();
        let int = |value| Some(number_data_point::Value::AsInt(value));
        assert_eq!(values, [int(1), int(i64::MAX)]);
        let point = &sum.data_points[0];
        assert_eq!(point.start_time_unix_nano, 1_000_000_000);
        assert_eq!(point.time_unix_nano, 2_000_000_000);
        assert_eq!(point.attributes[0].key, "app_id");
    }

    #[test]
    fn a_histogram_is_in_seconds() {
        let full = Value::Histogram {
            count: 3,
            sum_us: 1_750_000,
            min_us: 250_000,
            max_us: 1_000_000,
            buckets: vec![2, 1],
        };
        let metrics = metrics(&[
            series("h", "1", full),
            series("h", "2", Value::empty_histogram(1)),
        ]);
        assert_eq!(metrics[0].unit, "s");
        let Some(Data::Histogram(histogram)) = &metrics[0].data else {
            panic!("{metrics:?}")
        };
        assert_eq!(histogram.aggregation_temporality, 2);
        let point = &histogram.data_points[0];
        assert_eq!((point.count, point.sum), (3, Some(1.75)));
        assert_eq!((point.min, point.max), (Some(0.25), Some(1.0)));
        assert_eq!(point.bucket_counts, [2, 1]);
        assert_eq!(point.explicit_bounds, [0.5]);
        let empty = &histogram.data_points[1];
        assert_eq!((empty.count, empty.min, empty.max), (0, None, None));
    }

    #[test]
    fn what_export_tells_of_itself_has_a_scope_of_its_own() {
        let standing = Standing {
            destination: "default".into(),
            signal: crate::otlp::signal::Signal::Logs,
            sent: 1,
            rejected: 0,
            retried: 0,
            waiting: 0,
            waiting_seconds: 0.0,
            since: 0,
        };
        let request = request(&[], &[standing], &sample::sender(), 0);
        let scopes = &request.resource_metrics[0].scope_metrics;
        let names = scopes
            .iter()
            .map(|one| one.scope.as_ref().unwrap().name.as_str());
        assert_eq!(names.collect::<Vec<_>>(), ["dify_observe"]);
    }
}
