//! A plain table asked by its primary key, of one column.

use pgrx::prelude::*;

pub struct Lookup {
    table: pg_sys::Relation,
    key: pg_sys::Oid,
    snapshot: pg_sys::Snapshot,
}

impl Lookup {
    /// With everything that the transaction has done so far.
    ///
    /// # Safety
    /// In a transaction; a table whose primary key is its first column.
    pub unsafe fn open(table: pg_sys::Oid) -> Lookup {
        unsafe {
            pg_sys::CommandCounterIncrement();
            pg_sys::PushActiveSnapshot(pg_sys::GetTransactionSnapshot());
            let table = pg_sys::table_open(table, pg_sys::AccessShareLock as _);
            #[cfg(not(feature = "pg18"))]
            let key = pg_sys::RelationGetPrimaryKeyIndex(table);
            #[cfg(feature = "pg18")]
            let key = pg_sys::RelationGetPrimaryKeyIndex(table, false);
            let snapshot = pg_sys::GetActiveSnapshot();
            Lookup {
                table,
                key,
                snapshot,
            }
        }
    }

    /// The second column of the row with this UUID in the first one, both UUIDs.
    pub fn uuid(&self, wanted: &pgrx::Uuid) -> Option<pgrx::Uuid> {
        unsafe {
            let mut key = pg_sys::ScanKeyData::default();
            let is_equal = pg_sys::Oid::from(pg_sys::F_UUID_EQ);
            let equal = pg_sys::BTEqualStrategyNumber as _;
            let given = pg_sys::Datum::from(wanted.as_bytes().as_ptr());
            pg_sys::ScanKeyInit(&mut key, 1, equal, is_equal, given);
            let (table, index, snapshot) = (self.table, self.key, self.snapshot);
            let scan = pg_sys::systable_beginscan(table, index, true, snapshot, 1, &mut key);
            let row = pg_sys::systable_getnext(scan);
            let found = if row.is_null() {
                None
            } else {
                let mut null = false;
                let value = pg_sys::heap_getattr(row, 2, (*table).rd_att, &mut null);
                pgrx::Uuid::from_datum(value, null)
            };
            pg_sys::systable_endscan(scan);
            found
        }
    }

    pub fn close(self) {
        unsafe {
            pg_sys::table_close(self.table, pg_sys::NoLock as _);
            pg_sys::PopActiveSnapshot();
        }
    }
}
