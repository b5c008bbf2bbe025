//! A pack of members as rows.

use crate::members::{DECIMALS, Members};
use pgrx::prelude::*;
use std::ffi::CString;

calling_convention!(pg_finfo_unpacked_members_wrapper);

/// Written into the tuple store at once: there may be a million, and each call for a row would cost as much as the row.
///
/// # Safety
/// Called by Postgres alone, as a strict set-returning function of one `bytea` argument.
#[unsafe(no_mangle)]
#[pg_guard]
pub unsafe extern "C-unwind" fn unpacked_members_wrapper(
    fcinfo: pg_sys::FunctionCallInfo,
) -> pg_sys::Datum {
    unsafe {
        pg_sys::InitMaterializedSRF(fcinfo, 0);
        let result = (*fcinfo).resultinfo.cast::<pg_sys::ReturnSetInfo>();
        let (store, shape) = ((*result).setResult, (*result).setDesc);
        let mut members = Members::default();
        let pack: Option<&[u8]> = pgrx::fcinfo::pg_getarg(fcinfo, 0);
        if let Err(why) = members.add_pack(pack.unwrap_or_default()) {
            error!("{why}");
        }
        let mut row = pgrx::PgMemoryContexts::new("a member of a pack");
        let put = |member: u64, amounts: &[u128], price: pg_sys::Datum| {
            let mut values = [pg_sys::Datum::null(); 8];
            let [hash, numbers @ .., last] = &mut values;
            *hash = member
                .to_be_bytes()
                .as_slice()
                .into_datum()
                .unwrap_or(*hash);
            for (value, amount) in numbers.iter_mut().zip(amounts) {
                *value = whole(*amount);
            }
            *last = price;
            let mut nulls = [false; 8];
            pg_sys::tuplestore_putvalues(store, shape, values.as_mut_ptr(), nulls.as_mut_ptr());
        };
        for (member, [amounts @ .., units]) in members.sums() {
            pgrx::check_for_interrupts!();
            row.switch_to(|_| put(*member, amounts, money(*units)));
            row.reset();
        }
        for (member, price) in members.other_prices() {
            row.switch_to(|_| put(member, &[0; 6], number(price)));
            row.reset();
        }
    }
    pg_sys::Datum::null()
}

unsafe fn whole(amount: u128) -> pg_sys::Datum {
    match i64::try_from(amount) {
        Ok(amount) => unsafe { pg_sys::int64_to_numeric(amount) }.into(),
        Err(_) => unsafe { number(&amount.to_string()) },
    }
}

/// Without the zeros at its end.
unsafe fn money(units: u128) -> pg_sys::Datum {
    let (mut rest, mut decimals) = (units, DECIMALS);
    while decimals > 0 && rest.is_multiple_of(10) {
        rest /= 10;
        decimals -= 1;
    }
    if let (Ok(rest), Ok(decimals)) = (i64::try_from(rest), i32::try_from(decimals)) {
        return unsafe { pg_sys::int64_div_fast_to_numeric(rest, decimals) }.into();
    }
    let digits = format!("{units:0>width$}", width = DECIMALS + 1);
    let (whole, fraction) = digits.split_at(digits.len() - DECIMALS);
    unsafe { number(&format!("{whole}.{}", fraction.trim_end_matches('0'))) }
}

unsafe fn number(text: &str) -> pg_sys::Datum {
    let text = CString::new(text).unwrap_or_default();
    unsafe {
        pgrx::direct_function_call_as_datum(
            pg_sys::numeric_in,
            &[
                Some(pg_sys::Datum::from(text.as_ptr())),
                Some(pg_sys::Datum::from(0)),
                Some(pg_sys::Datum::from(-1)),
            ],
        )
    }
    .unwrap_or(pg_sys::Datum::null())
}
