//! Aggregates of the statistics: members of many packs as one, how many they are, percentiles of many histograms, and what comments complain of. Declared in
//! `sql/analytics/members.sql`, `sql/analytics/latency_bucket.sql` and `sql/console/feedback_patterns.sql`.

use crate::complaints::{Complaints, Disliked};
use crate::latencies::Latencies;
use crate::members::{self, Distinct, FULL, Members};
use pgrx::datum::{Array, Internal, TimestampWithTimeZone, Uuid as PgUuid};
use pgrx::prelude::*;
use std::cmp::Reverse;
use uuid::Uuid;

/// The state of an aggregate, which lives as long as its group.
unsafe fn state<T: Default>(of: &mut Internal, fcinfo: pg_sys::FunctionCallInfo) -> &mut T {
    let mut context = std::ptr::null_mut();
    if unsafe { pg_sys::AggCheckCallContext(fcinfo, &mut context) } == 0 {
        error!("this is part of an aggregate");
    }
    unsafe { pgrx::PgMemoryContexts::For(context).switch_to(|_| of.get_or_insert_default::<T>()) }
}

fn sound<T>(read: Result<T, &'static str>) -> T {
    read.unwrap_or_else(|why| {
        let code = if why == FULL {
            PgSqlErrorCode::ERRCODE_OUT_OF_MEMORY
        } else {
            PgSqlErrorCode::ERRCODE_DATA_CORRUPTED
        };
        ereport!(ERROR, code, why);
    })
}

#[pg_extern(immutable, parallel_safe)]
fn add_member(
    mut members: Internal,
    member: &[u8],
    amounts: Array<'_, AnyNumeric>,
    price: AnyNumeric,
    fcinfo: pg_sys::FunctionCallInfo,
) -> Internal {
    let Ok(hash) = member.try_into() else {
        error!("a member is of {} bytes, not of 8", member.len());
    };
    let mut numbers = [0; 6];
    for (number, told) in numbers.iter_mut().zip(amounts.iter()) {
        let told = told.as_ref().map_or("0", AnyNumeric::normalize);
        *number = told
            .parse()
            .unwrap_or_else(|_| error!("{told} is no amount"));
    }
    let sums = unsafe { state::<Members>(&mut members, fcinfo) };
    sound(sums.add(u64::from_be_bytes(hash), numbers, price.normalize()));
    members
}

#[pg_extern(immutable, parallel_safe)]
fn add_members(
    mut members: Internal,
    pack: Option<&[u8]>,
    fcinfo: pg_sys::FunctionCallInfo,
) -> Internal {
    if let Some(pack) = pack {
        sound(unsafe { state::<Members>(&mut members, fcinfo) }.add_pack(pack));
    }
    members
}

#[pg_extern(immutable, parallel_safe)]
fn packed(members: Internal) -> Option<Vec<u8>> {
    unsafe { members.get::<Members>() }.map(|members| sound(members.pack()))
}

#[pg_extern(immutable, parallel_safe)]
fn tell_apart(
    mut distinct: Internal,
    pack: Option<&[u8]>,
    fcinfo: pg_sys::FunctionCallInfo,
) -> Internal {
    if let Some(pack) = pack {
        sound(unsafe { state::<Distinct>(&mut distinct, fcinfo) }.add_pack(pack));
    }
    distinct
}

#[pg_extern(immutable, parallel_safe)]
fn told_apart(distinct: Internal) -> i64 {
    let count = unsafe { distinct.get::<Distinct>() }.map_or(0, Distinct::count);
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[pg_extern(immutable, strict, parallel_safe)]
fn renamed_members(pack: &[u8], pairs: &[u8]) -> Option<Vec<u8>> {
    sound(members::renamed(pack, pairs))
}

#[pg_extern(immutable, parallel_safe)]
fn add_latencies(
    mut latencies: Internal,
    buckets: Array<'_, i16>,
    counts: Array<'_, i64>,
    fcinfo: pg_sys::FunctionCallInfo,
) -> Internal {
    let sum = unsafe { state::<Latencies>(&mut latencies, fcinfo) };
    for (bucket, count) in buckets.iter().flatten().zip(counts.iter().flatten()) {
        sum.add(bucket, count);
    }
    latencies
}

/// The 50th, 90th, 95th and 99th.
#[pg_extern(immutable, parallel_safe)]
fn latency_percentiles(latencies: Internal) -> Option<Vec<i16>> {
    unsafe { latencies.get::<Latencies>() }?.percentiles(&[50, 90, 95, 99])
}

#[pg_extern(immutable, parallel_safe)]
fn add_complaint(
    mut complaints: Internal,
    comment: Option<&str>,
    disliked: bool,
    message: PgUuid,
    at: TimestampWithTimeZone,
    fcinfo: pg_sys::FunctionCallInfo,
) -> Internal {
    let said = disliked.then(|| Disliked {
        at: Reverse(at.into()),
        message: *message.as_bytes(),
    });
    if let Some(comment) = comment
        && !unsafe { state::<Complaints>(&mut complaints, fcinfo) }.add(comment, said)
    {
        sound::<()>(Err(FULL));
    }
    complaints
}

/// A thousand words at most, as no page is longer.
#[pg_extern(immutable, parallel_safe)]
fn most_frequent_complaints(complaints: Internal) -> Option<pgrx::JsonB> {
    let complaints = unsafe { complaints.get::<Complaints>() }?;
    let told = complaints.most_frequent(1000).into_iter().map(|(pattern, said)| {
        let messages: Vec<Uuid> = said.latest().map(Uuid::from_bytes).collect();
        serde_json::json!({"pattern": pattern, "dislikes": said.dislikes, "likes": said.likes, "messages": messages})
    });
    Some(pgrx::JsonB(told.collect()))
}
