//! The metric state: running totals per series.

use super::arrays::literal;
use super::{Stored, plans, required, series, write};
use crate::metrics::{Totals, Value};
use pgrx::IntoDatum;
use pgrx::datum::DatumWithOid;
use std::collections::HashSet;

/// Adds the totals of some events to the state. `bounds` are those that the totals were made with, `day` is the one on which
/// the events were recorded: what a day has counted is kept as long as its events.
pub fn add(totals: Vec<Totals>, bounds: &[f64], day: i32) -> Stored<()> {
    let totals = series::identify(totals, bounds)?;
    let deltas = || totals.iter().map(|(id, totals)| (*id, &totals.value));
    let (sums, histograms) = deltas().partition(|(_, value)| matches!(value, Value::Sum(_)));
    SUMS.add(sums, sums_of)?;
    HISTOGRAMS.add(histograms, histograms_of)?;
    DAYS.add(deltas().collect(), |deltas| of_day(day, deltas))
}

/// What is added to the series of an id.
type Delta<'a> = (i64, &'a Value);

/// The two statements that add to a table.
struct Addition {
    /// Returns the ids it found. Mostly it finds them all, at half of what an INSERT costs that finds a row in its way.
    update: &'static str,
    insert: &'static str,
}

impl Addition {
    fn add<'mcx, const N: usize>(
        &self,
        mut deltas: Vec<Delta<'_>>,
        columns: impl Fn(&[Delta<'_>]) -> [DatumWithOid<'mcx>; N],
    ) -> Stored<()> {
        if deltas.is_empty() {
            return Ok(());
        }
        // Planned anew: a plan that was made while the table was empty would go on reading all of it.
        let found = write(self.update, &columns(&deltas), |row| required(row, 1))?;
        if found.len() == deltas.len() {
            return Ok(());
        }
        let found: HashSet<i64> = found.into_iter().collect();
        deltas.retain(|(id, _)| !found.contains(id));
        plans::run(self.insert, &columns(&deltas))
    }
}

const SUMS: Addition = Addition {
    update: "UPDATE dify_observe.state s SET value = s.value + n.value::numeric, updated_at = clock_timestamp() \
        FROM unnest($1::bigint[], $2::text[]) AS n (id, value) WHERE s.series_id = n.id RETURNING n.id",
    insert: "INSERT INTO dify_observe.state (series_id, value, updated_at) \
        SELECT n.id, n.value::numeric, clock_timestamp() FROM unnest($1::bigint[], $2::text[]) AS n (id, value)",
};

fn sums_of<'mcx>(deltas: &[Delta<'_>]) -> [DatumWithOid<'mcx>; 2] {
    [ids(deltas), column(deltas, sum)]
}

const HISTOGRAMS: Addition = Addition {
    update: "UPDATE dify_observe.state s SET count = s.count + n.count, sum = s.sum + n.sum_us::numeric * 0.000001, \
          min = least(s.min, n.min_us::float8 / 1000000), max = greatest(s.max, n.max_us::float8 / 1000000), \
          buckets = ARRAY(SELECT old + more FROM unnest(s.buckets, n.buckets::bigint[]) AS b (old, more)), updated_at = clock_timestamp() \
        FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::bigint[], $6::text[]) AS n (id, count, sum_us, min_us, max_us, buckets) \
        WHERE s.series_id = n.id RETURNING n.id",
    insert: "INSERT INTO dify_observe.state (series_id, count, sum, min, max, buckets, updated_at) \
        SELECT n.id, n.count, n.sum_us::numeric * 0.000001, n.min_us::float8 / 1000000, n.max_us::float8 / 1000000, n.buckets::bigint[], clock_timestamp() \
        FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::bigint[], $6::text[]) AS n (id, count, sum_us, min_us, max_us, buckets)",
};

fn histograms_of<'mcx>(deltas: &[Delta<'_>]) -> [DatumWithOid<'mcx>; 6] {
    [
        ids(deltas),
        column(deltas, count),
        column(deltas, sum_us),
        column(deltas, |value| match value {
            Value::Histogram { min_us, .. } => Some(*min_us),
            Value::Sum(_) => None,
        }),
        column(deltas, |value| match value {
            Value::Histogram { max_us, .. } => Some(*max_us),
            Value::Sum(_) => None,
        }),
        column(deltas, |value| match value {
            Value::Histogram { buckets, .. } => Some(literal(buckets)),
            Value::Sum(_) => None,
        }),
    ]
}

const DAYS: Addition = Addition {
    update: "UPDATE dify_observe.metric_days d SET value = d.value + n.value::numeric, count = d.count + n.count, \
          sum = d.sum + n.sum_us::numeric * 0.000001 \
        FROM unnest($2::bigint[], $3::text[], $4::bigint[], $5::text[]) AS n (id, value, count, sum_us) \
        WHERE d.day = '1970-01-01'::date + $1 AND d.series_id = n.id RETURNING n.id",
    insert: "INSERT INTO dify_observe.metric_days (day, series_id, value, count, sum) \
        SELECT '1970-01-01'::date + $1, n.id, n.value::numeric, n.count, n.sum_us::numeric * 0.000001 \
        FROM unnest($2::bigint[], $3::text[], $4::bigint[], $5::text[]) AS n (id, value, count, sum_us)",
};

fn of_day<'mcx>(day: i32, deltas: &[Delta<'_>]) -> [DatumWithOid<'mcx>; 5] {
    [
        day.into(),
        ids(deltas),
        column(deltas, sum),
        column(deltas, count),
        column(deltas, sum_us),
    ]
}

fn ids<'mcx>(deltas: &[Delta<'_>]) -> DatumWithOid<'mcx> {
    deltas.iter().map(|(id, _)| *id).collect::<Vec<_>>().into()
}

fn column<'mcx, T>(deltas: &[Delta<'_>], of: impl Fn(&Value) -> Option<T>) -> DatumWithOid<'mcx>
where
    Vec<Option<T>>: IntoDatum,
{
    let column: Vec<_> = deltas.iter().map(|(_, value)| of(value)).collect();
    column.into()
}

fn sum(value: &Value) -> Option<String> {
    match value {
        Value::Sum(sum) => Some(sum.to_string()),
        Value::Histogram { .. } => None,
    }
}

fn count(value: &Value) -> Option<i64> {
    match value {
        Value::Sum(_) => None,
        Value::Histogram { count, .. } => Some(*count),
    }
}

fn sum_us(value: &Value) -> Option<String> {
    match value {
        Value::Sum(_) => None,
        Value::Histogram { sum_us, .. } => Some(sum_us.to_string()),
    }
}
