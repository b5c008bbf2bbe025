//! A partitioned table that rows are to be written into, and rows in its shape.

use pgrx::prelude::*;
use std::ffi::CStr;

use super::insertion::Insertion;

const NULL: pg_sys::NullableDatum = pg_sys::NullableDatum {
    value: pg_sys::Datum::null(),
    isnull: true,
};

fn takes_a_value(column: &pg_sys::FormData_pg_attribute) -> bool {
    !column.attisdropped && column.attgenerated == 0
}

/// In a table's shape.
#[derive(Default)]
pub struct Row {
    pub(super) values: Vec<pg_sys::Datum>,
    pub(super) nulls: Vec<bool>,
}

/// A partitioned table, open for rows.
pub struct Table(pg_sys::Relation);

impl Table {
    /// Refused to whoever may not insert into it.
    ///
    /// # Safety
    /// In a transaction.
    pub unsafe fn open(table: pg_sys::Oid) -> Table {
        unsafe {
            let opened = Table::open_for_all(table);
            let relation = opened.0;
            let allowed =
                pg_sys::pg_class_aclcheck(table, pg_sys::GetUserId(), pg_sys::ACL_INSERT as _);
            if allowed != pg_sys::AclResult::ACLCHECK_OK {
                let kind = pg_sys::ObjectType::OBJECT_TABLE;
                pg_sys::aclcheck_error(allowed, kind, opened.name().as_ptr());
            }
            let guarded = pg_sys::check_enable_rls(table, pg_sys::InvalidOid, false);
            if (*(*relation).rd_rel).relkind != pg_sys::RELKIND_PARTITIONED_TABLE as i8
                || guarded == pg_sys::CheckEnableRlsResult::RLS_ENABLED as i32
            {
                ereport!(
                    ERROR,
                    PgSqlErrorCode::ERRCODE_FEATURE_NOT_SUPPORTED,
                    format!("cannot insert a row into {:?} by a function", opened.name()),
                    "It is not partitioned, or row security applies to whoever inserts."
                );
            }
            opened
        }
    }

    /// For what a trigger writes on behalf of whoever fired it.
    ///
    /// # Safety
    /// In a transaction; a partitioned table.
    pub unsafe fn open_for_all(table: pg_sys::Oid) -> Table {
        unsafe {
            pg_sys::PreventCommandIfReadOnly(c"INSERT".as_ptr());
            pg_sys::PreventCommandIfParallelMode(c"INSERT".as_ptr());
            Table(pg_sys::table_open(table, pg_sys::RowExclusiveLock as _))
        }
    }

    fn columns(&self) -> pgrx::PgTupleDesc<'static> {
        unsafe { pgrx::PgTupleDesc::from_pg_unchecked((*self.0).rd_att) }
    }

    /// The types of the columns that values are given for, in order.
    pub fn types(&self) -> Vec<pg_sys::Oid> {
        let columns = self.columns();
        let given = columns.iter().filter(|column| takes_a_value(column));
        given.map(|column| column.atttypid).collect()
    }

    /// What is given for the first of these columns, and the defaults of the others, which somebody has added.
    ///
    /// # Safety
    /// Values of the columns' types. The defaults live as long as the caller's memory context.
    pub unsafe fn row(&self, given: &[pg_sys::NullableDatum]) -> Row {
        let mut given = given.iter();
        let mut row = Row::default();
        for (number, column) in (1..).zip(self.columns().iter()) {
            let value = if !takes_a_value(column) {
                NULL
            } else if let Some(value) = given.next() {
                *value
            } else {
                unsafe { self.default_of(number) }
            };
            row.values.push(value.value);
            row.nulls.push(value.isnull);
        }
        row
    }

    pub fn name(&self) -> &CStr {
        unsafe { CStr::from_ptr((*(*self.0).rd_rel).relname.data.as_ptr()) }
    }

    unsafe fn default_of(&self, column: i32) -> pg_sys::NullableDatum {
        unsafe {
            let node = pg_sys::build_column_default(self.0, column);
            if node.is_null() {
                return NULL;
            }
            let estate = pg_sys::CreateExecutorState();
            let run = pg_sys::ExecPrepareExpr(node.cast(), estate);
            let context = pg_sys::MakePerTupleExprContext(estate);
            let mut isnull = true;
            let value = (*run).evalfunc.map_or(pg_sys::Datum::null(), |evaluate| {
                evaluate(run, context, &raw mut isnull)
            });
            pg_sys::NullableDatum { value, isnull }
        }
    }

    /// # Safety
    /// As for a statement of its own.
    pub unsafe fn insertion(self) -> Insertion {
        unsafe { Insertion::into(self) }
    }

    pub(super) fn relation(&self) -> pg_sys::Relation {
        self.0
    }

    pub(super) fn close(self) {
        unsafe { pg_sys::table_close(self.0, pg_sys::NoLock as _) };
    }
}
