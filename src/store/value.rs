//! A value of a column as what serde takes.

use crate::otlp::record::Micros;
use pgrx::prelude::*;
use serde::de::value::{Error, SeqDeserializer};
use serde::de::{Error as _, Visitor};
use std::ffi::CStr;
use uuid::fmt::Hyphenated;

/// From 1970, where Unix begins to count, to 2000, where Postgres does.
pub const EPOCHS_APART: Micros = 946_684_800_000_000;

/// What this one, of a type that our tables use, is to serde; `bytes` grows by those of text and JSON.
///
/// # Safety
/// The value must be of that type, not null, and stay where it is for `'de`.
pub unsafe fn visit<'de, V: Visitor<'de>>(
    value: pg_sys::Datum,
    of: pg_sys::Oid,
    bytes: &mut usize,
    visitor: V,
) -> Result<V::Value, Error> {
    let unread = || Error::custom("a value cannot be read");
    match of {
        pg_sys::TEXTOID => {
            let text = unsafe { <&'de str>::from_datum(value, false) }.ok_or_else(unread)?;
            *bytes += text.len();
            visitor.visit_borrowed_str(text)
        }
        pg_sys::JSONBOID => {
            let text = unsafe { json(value) }.map_err(|error| Error::custom(error.to_string()))?;
            *bytes += text.len();
            visitor.visit_string(text)
        }
        pg_sys::UUIDOID => {
            let id = unsafe { pgrx::Uuid::from_datum(value, false) }.ok_or_else(unread)?;
            visitor.visit_bytes(id.as_bytes())
        }
        pg_sys::TIMESTAMPTZOID => visitor.visit_i64(value.value() as i64 + EPOCHS_APART),
        pg_sys::INT8OID => visitor.visit_i64(value.value() as i64),
        pg_sys::INT4OID => visitor.visit_i32(value.value() as i32),
        pg_sys::INT2OID => visitor.visit_i16(value.value() as i16),
        pg_sys::BOOLOID => visitor.visit_bool(value.value() as u8 != 0),
        pg_sys::FLOAT8OID => visitor.visit_f64(f64::from_bits(value.value() as u64)),
        pg_sys::TEXTARRAYOID => {
            let texts = unsafe { Vec::<String>::from_datum(value, false) }.ok_or_else(unread)?;
            *bytes += texts.iter().map(String::len).sum::<usize>();
            visitor.visit_seq(SeqDeserializer::new(texts.into_iter()))
        }
        other => Err(Error::custom(format!(
            "a column is of type {}, which no field is",
            other.to_u32()
        ))),
    }
}

/// A uuid as Postgres prints it, which takes it five times as long.
///
/// # Safety
/// The value must be a uuid and not null; the text lives as long as the current memory context.
pub unsafe fn id_text<'de>(value: pg_sys::Datum) -> &'de str {
    const LENGTH: usize = Hyphenated::LENGTH;
    unsafe {
        let id = uuid::Uuid::from_bytes(*value.cast_mut_ptr::<[u8; 16]>());
        let text = std::slice::from_raw_parts_mut(pg_sys::palloc0(LENGTH).cast::<u8>(), LENGTH);
        id.hyphenated().encode_lower(text)
    }
}

/// Whether a jsonb is null itself. Only what is as short as that is looked into: nothing long is fetched for it.
///
/// # Safety
/// The value must be a jsonb and not null.
pub unsafe fn is_json_null(value: pg_sys::Datum) -> bool {
    /// Its length, that it holds one value, and of what kind that is: four bytes each.
    const SIZE: usize = 12;
    unsafe {
        pg_sys::toast_raw_datum_size(value) == SIZE && json(value).is_ok_and(|text| text == "null")
    }
}

/// As Postgres prints jsonb.
unsafe fn json(value: pg_sys::Datum) -> Result<String, std::str::Utf8Error> {
    unsafe {
        let stored = pg_sys::pg_detoast_datum(value.cast_mut_ptr()).cast::<pg_sys::Jsonb>();
        let root = &raw mut (*stored).root;
        let size = pgrx::varsize(stored.cast());
        let text = pg_sys::JsonbToCString(std::ptr::null_mut(), root, size as i32);
        CStr::from_ptr(text).to_str().map(str::to_owned)
    }
}
