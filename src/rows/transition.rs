//! The rows that a statement has written, as its trigger is given them.

use pgrx::prelude::*;

/// One of a trigger's transition tables, read from its beginning.
pub struct Transition {
    store: *mut pg_sys::Tuplestorestate,
    row: *mut pg_sys::TupleTableSlot,
    reader: i32,
}

impl Transition {
    /// # Safety
    /// A transition table of a running trigger, with rows of this shape.
    pub unsafe fn of(store: *mut pg_sys::Tuplestorestate, shape: pg_sys::TupleDesc) -> Transition {
        unsafe {
            // Another trigger may have read it, or will.
            let reader =
                pg_sys::tuplestore_alloc_read_pointer(store, pg_sys::EXEC_FLAG_REWIND as _);
            pg_sys::tuplestore_select_read_pointer(store, reader);
            pg_sys::tuplestore_rescan(store);
            let kind = &raw const pg_sys::TTSOpsMinimalTuple;
            let row = pg_sys::MakeSingleTupleTableSlot(shape, kind);
            Transition { store, row, reader }
        }
    }

    /// Whether there was another one, which then is the current one.
    pub fn advance(&mut self) -> bool {
        unsafe {
            pg_sys::tuplestore_select_read_pointer(self.store, self.reader);
            let found = pg_sys::tuplestore_gettupleslot(self.store, true, false, self.row);
            if found {
                let all = (*(*self.row).tts_tupleDescriptor).natts;
                pg_sys::slot_getsomeattrs(self.row, all);
            }
            found
        }
    }

    /// Of the current row; a column's number, from 0.
    ///
    /// # Safety
    /// The column's type. What is not passed by value lives until the next row.
    pub unsafe fn get<T: FromDatum>(&self, column: usize) -> Option<T> {
        unsafe {
            let null = *(*self.row).tts_isnull.add(column);
            T::from_datum(*(*self.row).tts_values.add(column), null)
        }
    }

    pub fn close(self) {
        unsafe { pg_sys::ExecDropSingleTupleTableSlot(self.row) };
    }
}
