//! The metric state: running totals per series.

use super::plans;
use super::{Stored, optional, required, rows};
use crate::destinations::Filter;
use crate::metrics::overflow::into_overflow;
use crate::metrics::{Series, Totals, Value};
use pgrx::datum::DatumWithOid;
use std::collections::HashMap;
use uuid::Uuid;

/// More series than this are counted together, per instrument: a hostile label must not fill the disk.
const MOST_SERIES: i64 = 50_000;

/// Adds the totals of some events to the state. `bounds` are those that the totals were made with, `day` is the one on which
/// the events were recorded: what a day has counted is kept as long as its events.
pub fn add(totals: Vec<Totals>, bounds: &[f64], day: i32) -> Stored<()> {
    let mut ids = known(&totals)?;
    let (mut old, mut new): (Vec<_>, Vec<_>) = totals
        .into_iter()
        .partition(|one| ids.contains_key(one.digest.as_slice()));
    let room = usize::try_from(MOST_SERIES - count()?).unwrap_or(0);
    if new.len() > room {
        let excess = new.split_off(room);
        let overflow = into_overflow(&excess, bounds);
        ids.extend(known(&overflow)?);
        let (there, missing): (Vec<_>, Vec<_>) = overflow
            .into_iter()
            .partition(|one| ids.contains_key(one.digest.as_slice()));
        old.extend(there);
        new.extend(missing);
    }
    for one in new {
        let id = insert(&one, bounds)?;
        ids.insert(one.digest.to_vec(), id);
        old.push(one);
    }
    old.iter()
        .try_for_each(|one| match ids.get(one.digest.as_slice()) {
            Some(id) => merge(*id, &one.value).and_then(|()| merge_day(day, *id, &one.value)),
            None => Err("a series has no id".to_owned()),
        })
}

fn count() -> Stored<i64> {
    let found = rows("SELECT count(*) FROM dify_observe.series", &[], |row| {
        required(row, 1)
    })?;
    Ok(found.into_iter().next().unwrap_or(0))
}

fn known(totals: &[Totals]) -> Stored<HashMap<Vec<u8>, i64>> {
    let digests: Vec<Vec<u8>> = totals.iter().map(|one| one.digest.to_vec()).collect();
    let found = rows(
        "SELECT digest, id FROM dify_observe.series WHERE digest = ANY ($1)",
        &[digests.into()],
        |row| Ok((required::<Vec<u8>>(row, 1)?, required::<i64>(row, 2)?)),
    )?;
    Ok(found.into_iter().collect())
}

/// A new series. It starts with the installation: nothing was counted for it since then, so it stood at zero.
fn insert(totals: &Totals, bounds: &[f64]) -> Stored<i64> {
    let labels: serde_json::Map<String, serde_json::Value> = totals
        .labels
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.as_str().into()))
        .collect();
    let bounds = matches!(totals.value, Value::Histogram { .. }).then(|| bounds.to_vec());
    let found = plans::write(
        "INSERT INTO dify_observe.series (digest, name, unit, labels, bounds, start_time) \
         SELECT $1, $2, $3, $4::jsonb, $5, i.since FROM dify_observe.installation i RETURNING id",
        &[
            totals.digest.to_vec().into(),
            totals.instrument.name.into(),
            totals.instrument.unit.into(),
            serde_json::Value::Object(labels).to_string().into(),
            bounds.into(),
        ],
        |row| required(row, 1),
    )?;
    found
        .into_iter()
        .next()
        .ok_or_else(|| "a series was not inserted".to_owned())
}

/// One of the statements that run for every series.
fn add_up(sql: &str, args: &[DatumWithOid<'_>]) -> Stored<()> {
    plans::write(sql, args, |_| Ok(())).map(|_| ())
}

fn merge(id: i64, value: &Value) -> Stored<()> {
    match value {
        Value::Sum(sum) => add_up(
            "INSERT INTO dify_observe.state AS s (series_id, value, updated_at) VALUES ($1, $2::numeric, clock_timestamp()) \
             ON CONFLICT (series_id) DO UPDATE SET value = s.value + excluded.value, updated_at = excluded.updated_at",
            &[id.into(), sum.to_string().into()],
        ),
        Value::Histogram {
            count,
            sum_us,
            min_us,
            max_us,
            buckets,
        } => {
            let args: [DatumWithOid<'_>; 6] = [
                id.into(),
                (*count).into(),
                sum_us.to_string().into(),
                (*min_us).into(),
                (*max_us).into(),
                buckets.clone().into(),
            ];
            add_up(
                "INSERT INTO dify_observe.state AS s (series_id, count, sum, min, max, buckets, updated_at) \
                 VALUES ($1, $2, $3::numeric * 0.000001, $4::float8 / 1000000, $5::float8 / 1000000, $6, clock_timestamp()) \
                 ON CONFLICT (series_id) DO UPDATE SET count = s.count + excluded.count, sum = s.sum + excluded.sum, \
                   min = least(s.min, excluded.min), max = greatest(s.max, excluded.max), updated_at = excluded.updated_at, \
                   buckets = (SELECT array_agg(old + more ORDER BY at) \
                              FROM unnest(s.buckets, excluded.buckets) WITH ORDINALITY AS b (old, more, at))",
                &args,
            )
        }
    }
}

fn merge_day(day: i32, id: i64, value: &Value) -> Stored<()> {
    let (sum, count, sum_us) = match value {
        Value::Sum(sum) => (Some(sum.to_string()), None, None),
        Value::Histogram { count, sum_us, .. } => (None, Some(*count), Some(sum_us.to_string())),
    };
    add_up(
        "INSERT INTO dify_observe.metric_days AS d (day, series_id, value, count, sum) \
         VALUES ('1970-01-01'::date + $1, $2, $3::numeric, $4, $5::numeric * 0.000001) \
         ON CONFLICT (day, series_id) DO UPDATE SET value = d.value + excluded.value, count = d.count + excluded.count, sum = d.sum + excluded.sum",
        &[
            day.into(),
            id.into(),
            sum.into(),
            count.into(),
            sum_us.into(),
        ],
    )
}

/// Up to `most` stored series behind the given id, with their ids and by id. Histograms of other bounds than these have ended and
/// are left out, and so are series that the filter keeps out.
pub fn read(after: i64, most: i64, bounds: &[f64], filter: Filter) -> Stored<Vec<(i64, Series)>> {
    let text = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
    rows(
        "SELECT s.id, s.name, s.unit, s.labels::text, (extract(epoch FROM s.start_time) * 1000000)::bigint, s.bounds, t.value::text, \
           t.count, (t.sum * 1000000)::numeric(40, 0)::text, (t.min * 1000000)::bigint, (t.max * 1000000)::bigint, t.buckets \
         FROM dify_observe.series s JOIN dify_observe.state t ON t.series_id = s.id \
         WHERE s.id > $1 AND (s.bounds IS NULL OR s.bounds = $3) AND ($4 = '' OR s.labels ->> 'tenant_id' = $4) \
           AND ($5 = '' OR s.labels ->> 'app_id' = $5) ORDER BY s.id LIMIT $2",
        &[
            after.into(),
            most.into(),
            bounds.to_vec().into(),
            text(filter.tenant_id).into(),
            text(filter.app_id).into(),
        ],
        |row| {
            let labels: HashMap<String, String> =
                serde_json::from_str(&required::<String>(row, 4)?)
                    .map_err(|error| error.to_string())?;
            let whole = |text: Option<String>| {
                text.and_then(|text| text.parse::<i128>().ok())
                    .unwrap_or(i128::MAX)
            };
            let value = match optional::<Vec<i64>>(row, 12)? {
                None => Value::Sum(whole(optional(row, 7)?)),
                Some(buckets) => Value::Histogram {
                    count: required(row, 8)?,
                    sum_us: whole(optional(row, 9)?),
                    min_us: required(row, 10)?,
                    max_us: required(row, 11)?,
                    buckets,
                },
            };
            let mut labels: Vec<_> = labels.into_iter().collect();
            labels.sort_unstable();
            Ok((
                required::<i64>(row, 1)?,
                Series {
                    name: required(row, 2)?,
                    unit: required(row, 3)?,
                    labels,
                    start: required(row, 5)?,
                    bounds: optional(row, 6)?.unwrap_or_default(),
                    value,
                },
            ))
        },
    )
}
