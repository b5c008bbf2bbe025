//! A row whose key may be there already, as ON CONFLICT DO NOTHING inserts it: it is looked up first, and inserted so that of two at once one gives way.

use pgrx::prelude::*;
use std::ptr::null_mut;

use super::executor::{insert_index_tuples, is_free};

/// Nothing if it is there, else what deferred constraints look at again.
pub unsafe fn insert(
    leaf: *mut pg_sys::ResultRelInfo,
    row: *mut pg_sys::TupleTableSlot,
    estate: *mut pg_sys::EState,
) -> Option<*mut pg_sys::List> {
    unsafe {
        let relation = (*leaf).ri_RelationDesc;
        // The routing has opened them for inserting alone.
        pg_sys::ExecCloseIndices(leaf);
        pg_sys::ExecOpenIndices(leaf, true);
        loop {
            let mut known = pg_sys::ItemPointerData::default();
            if !is_free(leaf, row, estate, &mut known) {
                refuse_the_unseen(relation, &mut known);
                return None;
            }
            let transaction = pg_sys::GetCurrentTransactionId();
            let token = pg_sys::SpeculativeInsertionLockAcquire(transaction);
            let command = (*estate).es_output_cid;
            pg_sys::table_tuple_insert_speculative(relation, row, command, 0, null_mut(), token);
            let mut conflict = false;
            let recheck = insert_index_tuples(leaf, row, estate, &raw mut conflict);
            pg_sys::table_tuple_complete_speculative(relation, row, token, !conflict);
            pg_sys::SpeculativeInsertionLockRelease(transaction);
            if !conflict {
                return Some(recheck);
            }
            pg_sys::list_free(recheck);
            pgrx::check_for_interrupts!();
        }
    }
}

/// Its snapshot does not see yet what a trigger has just inserted.
unsafe fn is_own(row: *mut pg_sys::TupleTableSlot) -> bool {
    unsafe {
        let mut null = false;
        let number = pg_sys::MinTransactionIdAttributeNumber;
        let xmin = pg_sys::slot_getsysattr(row, number, &raw mut null);
        pg_sys::TransactionId::from_datum(xmin, null)
            .is_some_and(|xmin| pg_sys::TransactionIdIsCurrentTransactionId(xmin))
    }
}

/// A transaction that sees one moment only must not act on what came after it.
unsafe fn refuse_the_unseen(relation: pg_sys::Relation, known: *mut pg_sys::ItemPointerData) {
    unsafe {
        if pg_sys::XactIsoLevel < pg_sys::XACT_REPEATABLE_READ as i32 {
            return;
        }
        let row = pg_sys::table_slot_create(relation, null_mut());
        let anything = &raw mut pg_sys::SnapshotAnyData;
        let seen = pg_sys::table_tuple_fetch_row_version(relation, known, anything, row) && {
            let now = pg_sys::GetActiveSnapshot();
            pg_sys::table_tuple_satisfies_snapshot(relation, row, now) || is_own(row)
        };
        pg_sys::ExecDropSingleTupleTableSlot(row);
        if !seen {
            ereport!(
                ERROR,
                PgSqlErrorCode::ERRCODE_T_R_SERIALIZATION_FAILURE,
                "could not serialize access due to concurrent update"
            );
        }
    }
}
