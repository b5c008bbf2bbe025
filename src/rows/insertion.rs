//! Rows on their way into the partitions.

use pgrx::prelude::*;
use std::ptr::null_mut;
use std::slice;

use super::executor::{self, Target};
use super::expressions::Loan;
use super::table::{Row, Table};
use super::together::Together;
use super::unless_known;

/// An INSERT under way.
pub struct Insertion {
    table: Table,
    target: Target,
    loan: Loan,
    capture: *mut pg_sys::TransitionCaptureState,
    leaves: Vec<*mut pg_sys::ResultRelInfo>,
    together: Together,
}

impl Insertion {
    pub(super) unsafe fn into(table: Table) -> Insertion {
        unsafe {
            pg_sys::AfterTriggerBeginQuery();
            let target = Target::new(table.relation());
            let loan = Loan::new();
            let capture = target.run(|target| {
                loan.lend(target.root);
                let triggers = (*target.root).ri_TrigDesc;
                let insert = pg_sys::CmdType::CMD_INSERT;
                let into = (*table.relation()).rd_id;
                let capture = pg_sys::MakeTransitionCaptureState(triggers, into, insert);
                pg_sys::ExecBSInsertTriggers(target.estate, target.root);
                capture
            });
            Insertion {
                table,
                target,
                loan,
                capture,
                leaves: Vec::new(),
                together: Together::default(),
            }
        }
    }

    pub fn table(&self) -> &Table {
        &self.table
    }

    /// Whether it was inserted: a trigger may refuse it silently, and where its key may be `known` nothing happens if it is.
    ///
    /// # Safety
    /// A row of this table.
    pub unsafe fn add(&mut self, row: &Row, known: bool) -> bool {
        unsafe {
            let (loan, capture) = (&self.loan, self.capture);
            let (leaves, together) = (&mut self.leaves, &mut self.together);
            self.target.run(|target| {
                let row = target.slot(row);
                let leaf = target.leaf(row);
                if !leaves.contains(&leaf) {
                    if !(*leaf).ri_FdwRoutine.is_null() {
                        ereport!(
                            ERROR,
                            PgSqlErrorCode::ERRCODE_FEATURE_NOT_SUPPORTED,
                            "cannot insert a row by a function into a partition that is a foreign table"
                        );
                    }
                    loan.lend(leaf);
                    leaves.push(leaf);
                }
                let row = executor::in_shape_of(leaf, row, target.estate);
                if !complete(target.estate, leaf, row) {
                    return false;
                }
                if !known && capture.is_null() && Together::takes(leaf) {
                    together.add(target.estate, leaf, row);
                    return true;
                }
                put(target.estate, leaf, row, known, capture)
            })
        }
    }

    /// # Safety
    /// In the transaction of its beginning.
    pub unsafe fn end(self) {
        unsafe {
            let Insertion {
                table,
                target,
                loan,
                capture,
                mut together,
                ..
            } = self;
            target.run(|target| {
                together.flush(target.estate);
                pg_sys::ExecASInsertTriggers(target.estate, target.root, capture);
                pg_sys::AfterTriggerEndQuery(target.estate);
            });
            drop(loan);
            target.close();
            table.close();
            // What follows in the transaction sees it.
            pg_sys::CommandCounterIncrement();
        }
    }
}

/// What comes before a row is written; whether it is to be.
unsafe fn complete(
    estate: *mut pg_sys::EState,
    leaf: *mut pg_sys::ResultRelInfo,
    row: *mut pg_sys::TupleTableSlot,
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
        if has_own_trigger(leaf) {
            pg_sys::ExecPartitionCheck(leaf, row, estate, true);
        }
        true
    }
}

/// One that may have moved the row out of its partition. After those of the parent Postgres looks itself.
unsafe fn has_own_trigger(leaf: *mut pg_sys::ResultRelInfo) -> bool {
    let before =
        pg_sys::TRIGGER_TYPE_ROW | pg_sys::TRIGGER_TYPE_BEFORE | pg_sys::TRIGGER_TYPE_INSERT;
    unsafe {
        (*leaf).ri_TrigDesc.as_ref().is_some_and(|all| {
            let triggers = slice::from_raw_parts(all.triggers, all.numtriggers as usize);
            triggers.iter().any(|trigger| {
                !trigger.tgisclone && u32::from(trigger.tgtype as u16) & before == before
            })
        })
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
        let recheck = if known {
            let Some(recheck) = unless_known::insert(leaf, row, estate) else {
                return false;
            };
            recheck
        } else {
            let (relation, command) = ((*leaf).ri_RelationDesc, (*estate).es_output_cid);
            pg_sys::table_tuple_insert(relation, row, command, 0, null_mut());
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
