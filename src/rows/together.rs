//! Rows of one partition that are written at once: a page is locked, and logged, once for all that go into it.

use pgrx::prelude::*;
use std::ptr::null_mut;

use super::executor::{insert_index_tuples, per_tuple};

/// What COPY puts together is up to 1000 rows or 64 KiB; rows of events are small.
const MOST: usize = 500;

pub struct Together {
    leaf: *mut pg_sys::ResultRelInfo,
    rows: Vec<*mut pg_sys::TupleTableSlot>,
    waiting: usize,
}

impl Default for Together {
    fn default() -> Self {
        Together {
            leaf: null_mut(),
            rows: Vec::new(),
            waiting: 0,
        }
    }
}

impl Together {
    /// Whether nobody looks at its rows one by one.
    pub unsafe fn takes(leaf: *mut pg_sys::ResultRelInfo) -> bool {
        unsafe {
            let triggers = (*leaf).ri_TrigDesc.as_ref();
            triggers.is_none_or(|all| !all.trig_insert_before_row && !all.trig_insert_after_row)
        }
    }

    pub unsafe fn add(
        &mut self,
        estate: *mut pg_sys::EState,
        leaf: *mut pg_sys::ResultRelInfo,
        row: *mut pg_sys::TupleTableSlot,
    ) {
        unsafe {
            if self.leaf != leaf || self.waiting == MOST {
                self.flush(estate);
            }
            if self.leaf != leaf {
                self.leaf = leaf;
                self.rows.clear();
            }
            if self.waiting == self.rows.len() {
                let slots = &raw mut (*estate).es_tupleTable;
                self.rows
                    .push(pg_sys::table_slot_create((*leaf).ri_RelationDesc, slots));
            }
            let slot = self.rows[self.waiting];
            pg_sys::ExecCopySlot(slot, row);
            (*slot).tts_tableOid = (*row).tts_tableOid;
            self.waiting += 1;
        }
    }

    pub unsafe fn flush(&mut self, estate: *mut pg_sys::EState) {
        unsafe {
            let rows = &mut self.rows[..self.waiting];
            self.waiting = 0;
            let leaf = self.leaf;
            let command = (*estate).es_output_cid;
            let relation = || (*leaf).ri_RelationDesc;
            match rows.len() {
                0 => return,
                1 => {
                    pg_sys::table_tuple_insert(relation(), rows[0], command, 0, null_mut());
                }
                many => {
                    let all = rows.as_mut_ptr();
                    let many = many as i32;
                    // It leaves a page and more behind.
                    let memory = (*per_tuple(estate)).ecxt_per_tuple_memory;
                    let caller = pg_sys::MemoryContextSwitchTo(memory);
                    pg_sys::table_multi_insert(relation(), all, many, command, 0, null_mut());
                    pg_sys::MemoryContextSwitchTo(caller);
                }
            }
            for row in rows {
                if (*leaf).ri_NumIndices > 0 {
                    insert_index_tuples(leaf, *row, estate, null_mut());
                }
                pg_sys::ExecClearTuple(*row);
            }
        }
    }
}
