//! The points of one OTLP metric: gauges, sums and histograms, which is what the product may send.

use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, HistogramDataPoint, Metric, NumberDataPoint, metric::Data,
    number_data_point::Value,
};

use super::attributes::read;
use super::decode::Origin;
use super::seen::{MetricSeen, MetricValue};

pub fn of(mut metric: Metric, origin: &Origin) -> Result<Vec<MetricSeen>, String> {
    let named = |point: MetricSeen| MetricSeen {
        name: metric.name.clone(),
        unit: metric.unit.clone(),
        description: metric.description.clone(),
        resource: origin.resource.clone(),
        scope: origin.scope.clone(),
        scope_version: origin.scope_version.clone(),
        ..point
    };
    let points: Result<Vec<MetricSeen>, String> = match metric.data.take() {
        Some(Data::Gauge(gauge)) => gauge.data_points.into_iter().map(number).collect(),
        Some(Data::Sum(sum)) => {
            let cumulative = cumulative(sum.aggregation_temporality);
            let summed = |point| {
                number(point).map(|seen| MetricSeen {
                    monotonic: sum.is_monotonic,
                    cumulative,
                    ..seen
                })
            };
            sum.data_points.into_iter().map(summed).collect()
        }
        Some(Data::Histogram(histogram)) => {
            let cumulative = cumulative(histogram.aggregation_temporality);
            let counted = |point| observations(point).map(|seen| MetricSeen { cumulative, ..seen });
            histogram.data_points.into_iter().map(counted).collect()
        }
        other => Err(format!("metric {}: {other:?}", metric.name)),
    };
    Ok(points?.into_iter().map(named).collect())
}

fn cumulative(temporality: i32) -> bool {
    temporality == AggregationTemporality::Cumulative as i32
}

fn number(point: NumberDataPoint) -> Result<MetricSeen, String> {
    let value = match point.value {
        Some(Value::AsInt(number)) => MetricValue::Int(number),
        Some(Value::AsDouble(number)) => MetricValue::Double(number),
        None => return Err("a point without a value".to_owned()),
    };
    let times = (point.start_time_unix_nano, point.time_unix_nano);
    Ok(MetricSeen {
        labels: read(point.attributes)?,
        ..bare(value, times)
    })
}

fn observations(point: HistogramDataPoint) -> Result<MetricSeen, String> {
    if point.bucket_counts.len() != point.explicit_bounds.len() + 1 {
        return Err(format!(
            "{} buckets, {} bounds",
            point.bucket_counts.len(),
            point.explicit_bounds.len()
        ));
    }
    if point.bucket_counts.iter().sum::<u64>() != point.count {
        return Err(format!(
            "buckets {:?} do not add up to {}",
            point.bucket_counts, point.count
        ));
    }
    let value = MetricValue::Histogram {
        count: point.count,
        sum: point.sum,
        min: point.min,
        max: point.max,
        bounds: point.explicit_bounds,
        buckets: point.bucket_counts,
    };
    let times = (point.start_time_unix_nano, point.time_unix_nano);
    Ok(MetricSeen {
        labels: read(point.attributes)?,
        ..bare(value, times)
    })
}

/// A point before it is told which metric it belongs to.
fn bare(value: MetricValue, (start_ns, time_ns): (u64, u64)) -> MetricSeen {
    MetricSeen {
        value,
        start_ns,
        time_ns,
        name: String::new(),
        unit: String::new(),
        description: String::new(),
        labels: Default::default(),
        monotonic: false,
        cumulative: false,
        resource: Default::default(),
        scope: String::new(),
        scope_version: String::new(),
    }
}
