//! Sums added to the tables of the rollups, each by one statement.

use super::arrays::{array, literal, times, wholes};
use super::{Stored, plans};
use crate::rollups::accumulator::quarter;
use crate::rollups::member::member;
use crate::rollups::{Accumulator, Sums, Usage};
use pgrx::datum::DatumWithOid;

/// The columns of some usage, from its count on.
fn columns<'mcx>(usage: &[&Usage]) -> [DatumWithOid<'mcx>; 7] {
    let wholes_of = |of: fn(&Usage) -> i128| wholes(usage.iter().map(|one| of(one)));
    [
        array(usage.iter().map(|one| one.count)),
        wholes_of(|one| one.input_tokens).into(),
        wholes_of(|one| one.output_tokens).into(),
        wholes_of(|one| one.total_tokens).into(),
        array(usage.iter().map(|one| one.price.to_string())),
        wholes_of(|one| one.unpriced_input_tokens).into(),
        wholes_of(|one| one.unpriced_output_tokens).into(),
    ]
}

pub fn add_usage(sums: &Sums<'_>) -> Stored<()> {
    let places = || sums.usage.keys();
    let usage: Vec<_> = sums.usage.values().collect();
    plans::run(
        "INSERT INTO dify_observe.rollup_usage AS u (dimension, quarter, count, input_tokens, output_tokens, total_tokens, price, \
           unpriced_input_tokens, unpriced_output_tokens) \
         SELECT * FROM unnest($1::int[], $2::timestamptz[], $3::bigint[], $4::text[]::numeric[], $5::text[]::numeric[], $6::text[]::numeric[], \
           $7::text[]::numeric[], $8::text[]::numeric[], $9::text[]::numeric[]) \
         ON CONFLICT (dimension, quarter) DO UPDATE SET count = u.count + excluded.count, input_tokens = u.input_tokens + excluded.input_tokens, \
           output_tokens = u.output_tokens + excluded.output_tokens, total_tokens = u.total_tokens + excluded.total_tokens, price = u.price + excluded.price, \
           unpriced_input_tokens = u.unpriced_input_tokens + excluded.unpriced_input_tokens, \
           unpriced_output_tokens = u.unpriced_output_tokens + excluded.unpriced_output_tokens",
        &[
            array(places().map(|(dimension, _)| *dimension)),
            times(places().map(|(_, quarter)| *quarter)).into(),
        ]
        .into_iter()
        .chain(columns(&usage))
        .collect::<Vec<_>>(),
    )
}

pub fn add_latencies(sums: &Sums<'_>) -> Stored<()> {
    if sums.latencies.is_empty() {
        return Ok(());
    }
    let places = || sums.latencies.keys();
    let latencies = || sums.latencies.values();
    plans::run(
        "INSERT INTO dify_observe.rollup_latency AS l (dimension, quarter, measure, count, sum_us, buckets, counts) \
         SELECT n.dimension, n.quarter, n.measure, n.count, n.sum_us::numeric, n.buckets::smallint[], n.counts::bigint[] \
         FROM unnest($1::int[], $2::timestamptz[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[]) \
           AS n (dimension, quarter, measure, count, sum_us, buckets, counts) \
         ON CONFLICT (dimension, quarter, measure) DO UPDATE SET count = l.count + excluded.count, sum_us = l.sum_us + excluded.sum_us, \
           (buckets, counts) = (SELECT array_agg(b.bucket ORDER BY b.bucket), array_agg(b.count ORDER BY b.bucket) \
             FROM (SELECT e.bucket, sum(e.count)::bigint AS count \
                   FROM (SELECT * FROM unnest(l.buckets, l.counts) UNION ALL SELECT * FROM unnest(excluded.buckets, excluded.counts)) AS e (bucket, count) \
                   GROUP BY e.bucket) b)",
        &[
            array(places().map(|(dimension, _, _)| *dimension)),
            times(places().map(|(_, quarter, _)| *quarter)).into(),
            array(places().map(|(_, _, measure)| measure.name())),
            array(latencies().map(|one| one.count)),
            wholes(latencies().map(|one| one.sum_us)).into(),
            array(latencies().map(|one| literal(one.buckets.keys()))),
            array(latencies().map(|one| literal(one.buckets.values()))),
        ],
    )
}

pub fn add_members(sums: &Sums<'_>, key: &[u8]) -> Stored<()> {
    if sums.members.is_empty() {
        return Ok(());
    }
    let places = || sums.members.keys();
    let usage: Vec<_> = sums.members.values().collect();
    plans::run(
        "INSERT INTO dify_observe.rollup_members AS r (dimension, quarter, what, member, count, input_tokens, output_tokens, total_tokens, price, \
           unpriced_input_tokens, unpriced_output_tokens) \
         SELECT * FROM unnest($1::int[], $2::timestamptz[], $3::text[], $4::bytea[], $5::bigint[], $6::text[]::numeric[], $7::text[]::numeric[], \
           $8::text[]::numeric[], $9::text[]::numeric[], $10::text[]::numeric[], $11::text[]::numeric[]) \
         ON CONFLICT (dimension, quarter, what, member) DO UPDATE SET count = r.count + excluded.count, input_tokens = r.input_tokens + excluded.input_tokens, \
           output_tokens = r.output_tokens + excluded.output_tokens, total_tokens = r.total_tokens + excluded.total_tokens, price = r.price + excluded.price, \
           unpriced_input_tokens = r.unpriced_input_tokens + excluded.unpriced_input_tokens, \
           unpriced_output_tokens = r.unpriced_output_tokens + excluded.unpriced_output_tokens",
        &[
            array(places().map(|(dimension, ..)| *dimension)),
            times(places().map(|(_, quarter, ..)| *quarter)).into(),
            array(places().map(|(_, _, actor, _)| actor.name())),
            array(places().map(|(.., id)| member(key, id).to_vec())),
        ]
        .into_iter()
        .chain(columns(&usage))
        .collect::<Vec<_>>(),
    )
}

pub fn add_conversations(counted: &Accumulator, key: &[u8]) -> Stored<()> {
    let told: Vec<_> = counted.conversations().collect();
    if told.is_empty() {
        return Ok(());
    }
    plans::run(
        "INSERT INTO dify_observe.rollup_conversations AS r (tenant_id, app_id, member, first_quarter, messages, compat_messages, debug_messages) \
         SELECT * FROM unnest($1::text[]::uuid[], $2::text[]::uuid[], $3::bytea[], $4::timestamptz[], $5::bigint[], $6::bigint[], $7::bigint[]) \
         ON CONFLICT (app_id, tenant_id, member) DO UPDATE SET first_quarter = least(r.first_quarter, excluded.first_quarter), \
           messages = r.messages + excluded.messages, compat_messages = r.compat_messages + excluded.compat_messages, \
           debug_messages = r.debug_messages + excluded.debug_messages",
        &[
            array(told.iter().map(|(_, (tenant, _), _)| tenant.as_str())),
            array(told.iter().map(|(_, (_, app), _)| app.as_str())),
            array(
                told.iter()
                    .map(|(id, _, _)| member(key, &id.to_string()).to_vec()),
            ),
            times(told.iter().map(|(_, _, one)| quarter(one.first_at))).into(),
            array(told.iter().map(|(_, _, one)| one.messages)),
            array(told.iter().map(|(_, _, one)| one.compat_messages)),
            array(told.iter().map(|(_, _, one)| one.debug_messages)),
        ],
    )
}
