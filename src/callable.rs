//! What SQL calls of ours: ids, payload repair, batches, sums of rollups, and waking the worker. Declared in `sql/functions/` and `sql/analytics/`.

/// Says by which convention a function is called that takes its arguments as Postgres gives them, as `pg_extern` says it for the others.
macro_rules! calling_convention {
    ($of_function:ident) => {
        #[unsafe(no_mangle)]
        #[doc(hidden)]
        pub extern "C" fn $of_function() -> *const pg_sys::Pg_finfo_record {
            static V1: pg_sys::Pg_finfo_record = pg_sys::Pg_finfo_record { api_version: 1 };
            &V1
        }
    };
}

mod aggregates;
mod batch;
mod destination;
mod emit;
mod insert_row;
mod unpack;

use crate::{grams, ids, payload, settings, worker};
use pgrx::callconv::{BoxRet, FcInfo};
use pgrx::datum::{Datum, TimestampWithTimeZone, Uuid as PgUuid};
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::*;
use std::ffi::CString;
use uuid::Uuid;

/// Microseconds from 1970 to 2000, where Postgres begins to count.
const POSTGRES_EPOCH: i64 = 946_684_800_000_000;
/// The start of 2554, when nanoseconds since 1970 no longer fit into 64 bits.
const END_OF_TIME: u64 = 18_429_292_800_000;

#[pg_extern(immutable, strict, parallel_safe)]
fn trace_id(source: PgUuid) -> String {
    let source = Uuid::from_bytes(*source.as_bytes());
    if source.is_nil() {
        ErrorReport::new(
            PgSqlErrorCode::ERRCODE_INVALID_PARAMETER_VALUE,
            "source must not be the nil UUID",
            "trace_id",
        )
        .set_detail(format!("Given: {source}. Allowed: any other UUID."))
        .set_hint("OTLP forbids the all-zero trace id.")
        .report(PgLogLevel::ERROR);
    }
    ids::trace_id(source).to_string()
}

#[pg_extern(immutable, strict, parallel_safe)]
fn span_id(source: PgUuid) -> String {
    ids::span_id(
        Uuid::from_bytes(*source.as_bytes()),
        settings::span_id_rule(),
    )
    .to_string()
}

#[pg_extern(immutable, strict, parallel_safe)]
fn search_terms(content: &str) -> Vec<i32> {
    grams::grams(content)
}

#[pg_extern(immutable, strict, parallel_safe)]
fn wanted_terms(words: &str) -> Vec<i32> {
    grams::wanted(words)
}

#[pg_extern(immutable, strict, parallel_safe)]
fn wanted_any_term(word: &str) -> Vec<i32> {
    grams::wanted_any(word)
}

#[pg_extern(immutable, strict, parallel_safe)]
fn contains_words(content: &str, words: &str) -> bool {
    grams::contains(content, words)
}

#[pg_extern(volatile, strict, parallel_safe)]
fn uuid_v7(at: TimestampWithTimeZone) -> PgUuid {
    let micros = i64::from(at)
        .saturating_add(POSTGRES_EPOCH)
        .max(0)
        .unsigned_abs();
    let (seconds, rest) = (micros / 1_000_000, micros % 1_000_000);
    let nanos = u32::try_from(rest * 1000).unwrap_or(0);
    let time = uuid::Timestamp::from_unix(uuid::NoContext, seconds, nanos);
    PgUuid::from_bytes(*Uuid::new_v7(time).as_bytes())
}

#[pg_extern(immutable, strict, parallel_safe)]
fn id_time(id: PgUuid) -> Option<TimestampWithTimeZone> {
    let id = Uuid::from_bytes(*id.as_bytes());
    if id.get_version_num() != 7 {
        return None;
    }
    let (high, _) = id.as_u64_pair();
    let millis = high >> 16;
    if millis >= END_OF_TIME {
        return None;
    }
    let micros = i64::try_from(millis).ok()?.checked_mul(1000)?;
    TimestampWithTimeZone::try_from(micros - POSTGRES_EPOCH).ok()
}

/// A `jsonb` datum as Postgres made it: going through a Rust value would lose digits.
struct Jsonb(pg_sys::Datum);

unsafe impl BoxRet for Jsonb {
    unsafe fn box_into<'fcx>(self, fcinfo: &mut FcInfo<'fcx>) -> Datum<'fcx> {
        unsafe { fcinfo.return_raw_datum(self.0) }
    }
}

#[pg_extern(immutable, strict, parallel_safe)]
fn payload(document: &str) -> Jsonb {
    let text = CString::new(payload::repair(document).as_bytes()).unwrap_or_default();
    let arguments = &[Some(pg_sys::Datum::from(text.as_ptr()))];
    Jsonb(
        unsafe { pgrx::direct_function_call_as_datum(pg_sys::jsonb_in, arguments) }
            .unwrap_or(pg_sys::Datum::null()),
    )
}

#[pg_extern(volatile)]
fn wake_on_commit() -> bool {
    worker::wake::on_commit();
    true
}
