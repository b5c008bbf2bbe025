//! The series that are counted, and what is counted for them.

use super::{Stored, optional, plans, required, rows, write};
use crate::destinations::Filter;
use crate::metrics::overflow::into_overflow;
use crate::metrics::{Series, Totals, Value};
use std::collections::HashMap;
use uuid::Uuid;

/// More series than this are counted together, per instrument: a hostile label must not fill the disk.
const MOST_SERIES: i64 = 50_000;

/// Totals with the ids of their series.
type Identified = Vec<(i64, Totals)>;

/// The totals by the ids of their series, which are made where they are new and there is room. `bounds` are those that the
/// totals were made with.
pub fn identify(totals: Vec<Totals>, bounds: &[f64]) -> Stored<Identified> {
    let (mut identified, mut new) = known(totals)?;
    if new.is_empty() {
        return Ok(identified);
    }
    let room = usize::try_from(MOST_SERIES - count()?).unwrap_or(0);
    if new.len() > room {
        let excess = new.split_off(room);
        let (there, missing) = known(into_overflow(&excess, bounds))?;
        identified.extend(there);
        new.extend(missing);
    }
    identified.extend(insert(new, bounds)?);
    Ok(identified)
}

fn count() -> Stored<i64> {
    let found = rows("SELECT count(*) FROM dify_observe.series", &[], |row| {
        required(row, 1)
    })?;
    Ok(found.into_iter().next().unwrap_or(0))
}

/// Those whose series are there, and the others.
fn known(totals: Vec<Totals>) -> Stored<(Identified, Vec<Totals>)> {
    // Planned anew: a plan that was made while there were none would go on looking through all of them.
    let ids = write(
        "SELECT s.id FROM unnest($1::bytea[]) WITH ORDINALITY AS d (digest, number) LEFT JOIN LATERAL \
           (SELECT o.id FROM dify_observe.series o WHERE o.digest = d.digest LIMIT 1) s ON true ORDER BY d.number",
        &[digests(&totals).into()],
        |row| optional::<i64>(row, 1),
    )?;
    let (mut there, mut missing) = (Vec::with_capacity(totals.len()), Vec::new());
    for (one, id) in totals.into_iter().zip(ids) {
        match id {
            Some(id) => there.push((id, one)),
            None => missing.push(one),
        }
    }
    Ok((there, missing))
}

fn digests(totals: &[Totals]) -> Vec<Vec<u8>> {
    totals.iter().map(|one| one.digest.to_vec()).collect()
}

/// New series. They start with the installation: nothing was counted for them since then, so they stood at zero.
fn insert(totals: Vec<Totals>, bounds: &[f64]) -> Stored<Identified> {
    let labels = totals.iter().map(|one| {
        let labels = one.labels.iter();
        let labels: serde_json::Map<String, serde_json::Value> = labels
            .map(|(name, value)| ((*name).to_owned(), value.as_str().into()))
            .collect();
        serde_json::Value::Object(labels).to_string()
    });
    let names: Vec<_> = totals.iter().map(|one| one.instrument.name).collect();
    let units: Vec<_> = totals.iter().map(|one| one.instrument.unit).collect();
    let are_histograms = totals
        .iter()
        .map(|one| matches!(one.value, Value::Histogram { .. }));
    plans::run(
        "INSERT INTO dify_observe.series (digest, name, unit, labels, bounds, start_time) \
         SELECT n.digest, n.name, n.unit, n.labels::jsonb, CASE WHEN n.is_histogram THEN $6 END, i.since \
         FROM unnest($1::bytea[], $2::text[], $3::text[], $4::text[], $5::boolean[]) AS n (digest, name, unit, labels, is_histogram), \
           dify_observe.installation i",
        &[
            digests(&totals).into(),
            names.into(),
            units.into(),
            labels.collect::<Vec<_>>().into(),
            are_histograms.collect::<Vec<_>>().into(),
            bounds.to_vec().into(),
        ],
    )?;
    let (made, missing) = known(totals)?;
    if missing.is_empty() {
        Ok(made)
    } else {
        Err("a series was not inserted".to_owned())
    }
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
