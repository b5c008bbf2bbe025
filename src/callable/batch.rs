//! Batches of events as rows, for `log_batch`.

use crate::batch::{scan, split};
use crate::payload;
use pgrx::datum::Array;
use pgrx::iter::TableIterator;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::*;
use std::borrow::Cow;
use std::collections::HashMap;

/// The events of a batch by name: slices of it, so that nothing is held twice outside of Postgres; what jsonb refuses
/// is replaced.
#[pg_extern(immutable, strict)]
fn batch_kinds<'a>(
    batch: &'a str,
) -> TableIterator<
    'a,
    (
        name!(event_name, Option<&'static str>),
        name!(events, Vec<&'a str>),
        name!(identified, bool),
        name!(repeats, bool),
    ),
> {
    let batch = match payload::repair(batch) {
        Cow::Borrowed(batch) => batch,
        // The context of all calls for these rows is the current one.
        Cow::Owned(repaired) => unsafe {
            let repaired =
                pgrx::PgMemoryContexts::CurrentMemoryContext.leak_and_drop_on_delete(repaired);
            (*repaired).as_str()
        },
    };
    let kinds = split(batch).into_iter();
    TableIterator::new(kinds.map(|kind| (kind.name, kind.events, kind.identified, kind.repeats)))
}

/// A `json` datum is a text that Postgres has accepted, and what is replaced keeps it so.
#[pg_extern(immutable, strict, parallel_safe)]
fn repaired(document: &str) -> String {
    payload::repair(document).into_owned()
}

/// A column of the rows asked for.
struct Column {
    number: usize,
    kind: pg_sys::Oid,
    modifier: i32,
    element: pg_sys::Oid,
    input: pg_sys::FmgrInfo,
    parameter: pg_sys::Oid,
}

calling_convention!(pg_finfo_batch_records_wrapper);

/// Events, each a JSON object, as rows of the columns asked for: `jsonb_to_recordset` for many small objects, in a third of
/// its time. What is null is as good as left out; a member that is no column is an error, `event` aside.
///
/// # Safety
/// Called by Postgres alone, as a set-returning function of one `text[]` argument.
#[unsafe(no_mangle)]
#[pg_guard]
pub unsafe extern "C-unwind" fn batch_records_wrapper(
    fcinfo: pg_sys::FunctionCallInfo,
) -> pg_sys::Datum {
    unsafe {
        pg_sys::InitMaterializedSRF(fcinfo, pg_sys::MAT_SRF_USE_EXPECTED_DESC);
        let result = (*fcinfo).resultinfo.cast::<pg_sys::ReturnSetInfo>();
        let (store, shape) = ((*result).setResult, (*result).setDesc);
        let mut columns = columns(shape);
        let count = usize::try_from((*shape).natts).unwrap_or(0);
        let events: Option<Array<'_, &str>> = pgrx::fcinfo::pg_getarg(fcinfo, 0);
        let mut row = pgrx::PgMemoryContexts::new("an event of a batch");
        for event in events.iter().flat_map(Array::iter).flatten() {
            pgrx::check_for_interrupts!();
            row.switch_to(|_| {
                let mut values = vec![pg_sys::Datum::null(); count];
                let mut nulls = vec![true; count];
                for (key, value) in scan::members(event) {
                    let name = key.strip_prefix('"').and_then(|key| key.strip_suffix('"'));
                    let name = name.unwrap_or_default();
                    let Some(column) = columns.get_mut(name) else {
                        if name != "event" {
                            refuse(format!("{name} is not a field of the event"));
                        }
                        continue;
                    };
                    let datum = column.read(value);
                    if let Some(slot) = values.get_mut(column.number)
                        && let Some(null) = nulls.get_mut(column.number)
                    {
                        *null = datum.is_none();
                        *slot = datum.unwrap_or(pg_sys::Datum::null());
                    }
                }
                pg_sys::tuplestore_putvalues(store, shape, values.as_mut_ptr(), nulls.as_mut_ptr());
            });
            row.reset();
        }
    }
    pg_sys::Datum::null()
}

unsafe fn columns(shape: pg_sys::TupleDesc) -> HashMap<String, Column> {
    let mut columns = HashMap::new();
    unsafe {
        let shape = pgrx::PgTupleDesc::from_pg_unchecked(shape);
        for (number, attribute) in shape.iter().enumerate() {
            let kind = attribute.atttypid;
            let mut column = Column {
                number,
                kind,
                modifier: attribute.atttypmod,
                element: pg_sys::get_element_type(kind),
                input: pg_sys::FmgrInfo::default(),
                parameter: pg_sys::InvalidOid,
            };
            let mut function = pg_sys::InvalidOid;
            pg_sys::getTypeInputInfo(kind, &mut function, &mut column.parameter);
            pg_sys::fmgr_info(function, &mut column.input);
            columns.insert(attribute.name().to_owned(), column);
        }
        // It was borrowed.
        std::mem::forget(shape);
    }
    columns
}

impl Column {
    /// A value as the column's type reads it; `None` for null.
    unsafe fn read(&mut self, value: &str) -> Option<pg_sys::Datum> {
        if value == "null" {
            return None;
        }
        if matches!(self.kind, pg_sys::JSONBOID | pg_sys::JSONOID) {
            return Some(unsafe { self.input(value) });
        }
        if self.element != pg_sys::InvalidOid && value.starts_with('[') {
            return Some(unsafe { self.input(&array_literal(value)) });
        }
        let text = scan::text(value)?;
        refuse_nul(&text);
        if self.kind == pg_sys::TEXTOID {
            let length = i32::try_from(text.len()).unwrap_or(i32::MAX);
            let text = unsafe { pg_sys::cstring_to_text_with_len(text.as_ptr().cast(), length) };
            return Some(text.into());
        }
        Some(unsafe { self.input(&text) })
    }

    unsafe fn input(&mut self, text: &str) -> pg_sys::Datum {
        let mut bytes = Vec::with_capacity(text.len() + 1);
        bytes.extend_from_slice(text.as_bytes());
        bytes.push(0);
        unsafe {
            pg_sys::InputFunctionCall(
                &mut self.input,
                bytes.as_mut_ptr().cast(),
                self.parameter,
                self.modifier,
            )
        }
    }
}

/// A JSON array as the text of a Postgres array, of one dimension.
fn array_literal(array: &str) -> String {
    let mut literal = String::from("{");
    for (place, element) in scan::Parts::of(array).into_iter().flatten().enumerate() {
        if place > 0 {
            literal.push(',');
        }
        if element.starts_with('[') {
            refuse("an array within an array");
        }
        match scan::text(element) {
            Some(text) => {
                refuse_nul(&text);
                let quoted = text.replace('\\', "\\\\").replace('"', "\\\"");
                literal.push_str(&format!("\"{quoted}\""));
            }
            None => literal.push_str("NULL"),
        }
    }
    literal.push('}');
    literal
}

/// A C string would end there.
fn refuse_nul(text: &str) {
    if text.contains('\0') {
        refuse("a text with the character \\u0000");
    }
}

fn refuse(what: impl Into<String>) {
    ErrorReport::new(
        PgSqlErrorCode::ERRCODE_INVALID_PARAMETER_VALUE,
        what.into(),
        "batch_records",
    )
    .report(PgLogLevel::ERROR);
}
