//! One row into a partitioned table, as INSERT does it: routed, completed and guarded by the table's triggers and constraints, told by its statement triggers.
//! A statement would spend most of its time on preparing the constraints anew; here they are prepared once in a session.

mod executor;
mod expressions;
mod unless_known;

use pgrx::prelude::*;
use std::ffi::CStr;
use std::ptr::null_mut;

use executor::Target;
use expressions::Loan;

/// An open table into which whoever calls may insert.
pub struct Table(pg_sys::Relation);

impl Table {
    /// # Safety
    /// In a transaction.
    pub unsafe fn open(table: pg_sys::Oid) -> Table {
        unsafe {
            pg_sys::PreventCommandIfReadOnly(c"INSERT".as_ptr());
            pg_sys::PreventCommandIfParallelMode(c"INSERT".as_ptr());
            let relation = pg_sys::table_open(table, pg_sys::RowExclusiveLock as _);
            let table = Table(relation);
            let user = pg_sys::GetUserId();
            let allowed =
                pg_sys::pg_class_aclcheck((*relation).rd_id, user, pg_sys::ACL_INSERT as _);
            if allowed != pg_sys::AclResult::ACLCHECK_OK {
                let kind = pg_sys::ObjectType::OBJECT_TABLE;
                pg_sys::aclcheck_error(allowed, kind, table.name().as_ptr());
            }
            let guarded = pg_sys::check_enable_rls((*relation).rd_id, pg_sys::InvalidOid, false);
            if (*(*relation).rd_rel).relkind != pg_sys::RELKIND_PARTITIONED_TABLE as i8
                || guarded == pg_sys::CheckEnableRlsResult::RLS_ENABLED as i32
            {
                ereport!(
                    ERROR,
                    PgSqlErrorCode::ERRCODE_FEATURE_NOT_SUPPORTED,
                    format!(
                        "{:?} is not a partitioned table without row security for its owner",
                        table.name()
                    )
                );
            }
            table
        }
    }

    pub fn columns(&self) -> pgrx::PgTupleDesc<'static> {
        unsafe { pgrx::PgTupleDesc::from_pg_unchecked((*self.0).rd_att) }
    }

    pub fn name(&self) -> &CStr {
        unsafe { CStr::from_ptr((*(*self.0).rd_rel).relname.data.as_ptr()) }
    }

    /// Whether it was inserted: a trigger may refuse it silently, and where its key may be `known` nothing happens if it is.
    ///
    /// # Safety
    /// A value and a null flag for each column, of the columns' types.
    pub unsafe fn insert(&self, values: &[pg_sys::Datum], nulls: &[bool], known: bool) -> bool {
        unsafe {
            pg_sys::AfterTriggerBeginQuery();
            let target = Target::new(self.0);
            let loan = Loan::new();
            loan.lend(target.root);
            let capture = pg_sys::MakeTransitionCaptureState(
                (*target.root).ri_TrigDesc,
                (*self.0).rd_id,
                pg_sys::CmdType::CMD_INSERT,
            );
            pg_sys::ExecBSInsertTriggers(target.estate, target.root);
            let row = target.row(values, nulls);
            let leaf = target.leaf(row);
            loan.lend(leaf);
            let row = executor::in_shape_of(leaf, row, target.estate);
            let inserted = put(target.estate, leaf, row, known, capture);
            pg_sys::ExecASInsertTriggers(target.estate, target.root, capture);
            pg_sys::AfterTriggerEndQuery(target.estate);
            target.close();
            // What follows in the transaction sees it.
            pg_sys::CommandCounterIncrement();
            inserted
        }
    }

    /// Of a column that whoever inserts does not know, as somebody has added it.
    ///
    /// # Safety
    /// A column's number, from 1. The value lives as long as the caller's memory context.
    pub unsafe fn default_of(&self, column: i32) -> (pg_sys::Datum, bool) {
        unsafe {
            let node = pg_sys::build_column_default(self.0, column);
            if node.is_null() {
                return (pg_sys::Datum::null(), true);
            }
            let estate = pg_sys::CreateExecutorState();
            let run = pg_sys::ExecPrepareExpr(node.cast(), estate);
            let context = pg_sys::MakePerTupleExprContext(estate);
            let mut null = false;
            let value = (*run).evalfunc.map_or(pg_sys::Datum::null(), |evaluate| {
                evaluate(run, context, &raw mut null)
            });
            (value, null)
        }
    }

    pub fn close(self) {
        unsafe { pg_sys::table_close(self.0, pg_sys::NoLock as _) };
    }
}

unsafe fn put(
    estate: *mut pg_sys::EState,
    leaf: *mut pg_sys::ResultRelInfo,
    row: *mut pg_sys::TupleTableSlot,
    known: bool,
    capture: *mut pg_sys::TransitionCaptureState,
) -> bool {
    unsafe {
        let triggers = (*leaf).ri_TrigDesc;
        if !triggers.is_null()
            && (*triggers).trig_insert_before_row
            && !pg_sys::ExecBRInsertTriggers(estate, leaf, row)
        {
            return false;
        }
        let relation = (*leaf).ri_RelationDesc;
        (*row).tts_tableOid = (*relation).rd_id;
        let constraints = (*(*relation).rd_att).constr;
        if !constraints.is_null() {
            if (*constraints).has_generated_stored {
                executor::generate_columns(leaf, row, estate);
            }
            pg_sys::ExecConstraints(leaf, row, estate);
        }
        let recheck = if known {
            let Some(recheck) = unless_known::insert(leaf, row, estate) else {
                return false;
            };
            recheck
        } else {
            pg_sys::table_tuple_insert(relation, row, (*estate).es_output_cid, 0, null_mut());
            executor::insert_index_tuples(leaf, row, estate, null_mut())
        };
        if !capture.is_null() {
            // Triggers may have changed it since it had the root's shape.
            (*capture).tcs_original_insert_tuple = null_mut();
        }
        pg_sys::ExecARInsertTriggers(estate, leaf, row, recheck, capture);
        pg_sys::list_free(recheck);
        true
    }
}
