//! `insert_row(table, known, columns)`: how a logging call writes its row.

use crate::rows::Table;
use pgrx::prelude::*;

calling_convention!(pg_finfo_insert_row_wrapper);

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
        let types = table.types();
        let fits = given.len() <= types.len()
            && (2..)
                .zip(&types)
                .take(given.len())
                .all(|(argument, of_column)| {
                    pg_sys::get_fn_expr_argtype((*fcinfo).flinfo, argument) == *of_column
                });
        if !fits {
            ereport!(
                ERROR,
                PgSqlErrorCode::ERRCODE_DATATYPE_MISMATCH,
                format!(
                    "the values are not those of the columns of {:?}",
                    table.name()
                ),
                format!(
                    "{} values were given for {} columns, whose types they must have, in the table's order.",
                    given.len(),
                    types.len()
                )
            );
        }
        let row = table.row(given);
        let mut insertion = table.insertion();
        let inserted = insertion.add(&row, known);
        insertion.end();
        pg_sys::Datum::from(inserted)
    }
}
