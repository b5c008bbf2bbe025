//! `insert_row(table, known, columns)`: how a logging call writes its row.

use crate::rows::Table;
use pgrx::prelude::*;

#[unsafe(no_mangle)]
#[doc(hidden)]
pub extern "C" fn pg_finfo_insert_row_wrapper() -> *const pg_sys::Pg_finfo_record {
    static V1: pg_sys::Pg_finfo_record = pg_sys::Pg_finfo_record { api_version: 1 };
    &V1
}

/// # Safety
/// Called by Postgres alone, as a function of a `regclass`, a `boolean`, and `VARIADIC "any"`.
#[unsafe(no_mangle)]
#[pg_guard]
pub unsafe extern "C-unwind" fn insert_row_wrapper(
    fcinfo: pg_sys::FunctionCallInfo,
) -> pg_sys::Datum {
    unsafe {
        let given = (*fcinfo).args.as_slice((*fcinfo).nargs as usize);
        let [table, known, given @ ..] = given else {
            unreachable!("it is declared with both");
        };
        let table = Table::open(
            pg_sys::Oid::from_datum(table.value, table.isnull).unwrap_or(pg_sys::InvalidOid),
        );
        let known = bool::from_datum(known.value, known.isnull).unwrap_or(true);
        let columns = table.columns();
        let mut values = Vec::with_capacity(columns.len());
        let mut nulls = Vec::with_capacity(columns.len());
        let mut left = given.iter().enumerate();
        for (number, column) in columns.iter().enumerate() {
            let value = (!column.attisdropped).then(|| left.next()).flatten();
            match value {
                Some((argument, value)) => {
                    let kind = pg_sys::get_fn_expr_argtype((*fcinfo).flinfo, argument as i32 + 2);
                    if kind != column.atttypid {
                        ereport!(
                            ERROR,
                            PgSqlErrorCode::ERRCODE_DATATYPE_MISMATCH,
                            format!(
                                "column {:?} of {:?} is of another type than argument {}",
                                column.name(),
                                table.name(),
                                argument + 3
                            )
                        );
                    }
                    values.push(value.value);
                    nulls.push(value.isnull);
                }
                None if column.attisdropped || column.attgenerated != 0 => {
                    values.push(pg_sys::Datum::null());
                    nulls.push(true);
                }
                None => {
                    let (value, null) = table.default_of(number as i32 + 1);
                    values.push(value);
                    nulls.push(null);
                }
            }
        }
        if left.next().is_some() {
            ereport!(
                ERROR,
                PgSqlErrorCode::ERRCODE_DATATYPE_MISMATCH,
                format!("{:?} has fewer columns than were given", table.name())
            );
        }
        let inserted = table.insert(&values, &nulls, known);
        table.close();
        pg_sys::Datum::from(inserted)
    }
}
