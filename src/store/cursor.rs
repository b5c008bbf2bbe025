//! Rows of a query, some at a time.

use super::Stored;
use super::plans::planned;
use super::row::{Column, Row};
use pgrx::datum::DatumWithOid;
use pgrx::memcxt::PgMemoryContexts;
use pgrx::pg_sys;
use pgrx::spi::{SpiClient, SpiCursor};
use std::ffi::CStr;
use std::ptr;

/// So many are fetched at once. A long value is a pointer to where it is stored until its row is read, so they are small.
const FETCH: i64 = 64;

pub struct Cursor<'client> {
    cursor: SpiCursor<'client>,
    columns: Vec<Column>,
    /// What was fetched, and how many rows of it have been read.
    fetched: *mut pg_sys::SPITupleTable,
    read: usize,
    values: Vec<pg_sys::Datum>,
    nulls: Vec<bool>,
    /// Of what reading one row needs.
    memory: PgMemoryContexts,
}

impl<'client> Cursor<'client> {
    pub fn open<'mcx>(
        client: &SpiClient<'client>,
        sql: &str,
        args: &[DatumWithOid<'mcx>],
    ) -> Stored<Self> {
        let plan = planned(client, sql, args)?;
        let cursor = client
            .try_open_cursor(&*plan, args)
            .map_err(|error| error.to_string())?;
        Ok(Self {
            cursor,
            columns: Vec::new(),
            fetched: ptr::null_mut(),
            read: 0,
            values: Vec::new(),
            nulls: Vec::new(),
            memory: PgMemoryContexts::new("dify_observe row"),
        })
    }

    /// What `read` makes of the next row; None behind the last.
    pub fn next<T>(&mut self, read: impl FnOnce(&mut Row<'_>) -> Stored<T>) -> Stored<Option<T>> {
        if self.read == self.rows() {
            self.fetch()?;
            if self.rows() == 0 {
                return Ok(None);
            }
        }
        unsafe {
            let tuple = *(*self.fetched).vals.add(self.read);
            let (values, nulls) = (self.values.as_mut_ptr(), self.nulls.as_mut_ptr());
            pg_sys::heap_deform_tuple(tuple, (*self.fetched).tupdesc, values, nulls);
        }
        self.read += 1;
        let mut row = Row::new(&self.columns, &self.values, &self.nulls);
        let made = unsafe { self.memory.switch_to(|_| read(&mut row)) };
        unsafe { self.memory.reset() };
        made.map(Some)
    }

    fn rows(&self) -> usize {
        if self.fetched.is_null() {
            return 0;
        }
        usize::try_from(unsafe { (*self.fetched).numvals }).unwrap_or_default()
    }

    fn fetch(&mut self) -> Stored<()> {
        if !self.fetched.is_null() {
            unsafe { pg_sys::SPI_freetuptable(self.fetched) };
            self.fetched = ptr::null_mut();
        }
        self.cursor
            .fetch(FETCH)
            .map_err(|error| error.to_string())?;
        self.fetched = unsafe { pg_sys::SPI_tuptable };
        self.read = 0;
        if self.columns.is_empty() && !self.fetched.is_null() {
            self.columns = unsafe { columns((*self.fetched).tupdesc) };
            self.values = vec![pg_sys::Datum::null(); self.columns.len()];
            self.nulls = vec![true; self.columns.len()];
        }
        Ok(())
    }
}

unsafe fn columns(description: pg_sys::TupleDesc) -> Vec<Column> {
    (1..=unsafe { (*description).natts })
        .map(|number| unsafe {
            let name = pg_sys::SPI_fname(description, number);
            let column = Column {
                name: CStr::from_ptr(name).to_string_lossy().into_owned(),
                of: pg_sys::SPI_gettypeid(description, number),
            };
            pg_sys::pfree(name.cast());
            column
        })
        .collect()
}
