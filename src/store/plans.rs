//! Statements that are planned once in the life of a process: those whose planning takes longer than what they do.

use super::Stored;
use pgrx::PgOid;
use pgrx::datum::DatumWithOid;
use pgrx::spi::{OwnedPreparedStatement, Spi, SpiClient, SpiHeapTupleData};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

thread_local! {
    static PLANS: RefCell<HashMap<String, Rc<OwnedPreparedStatement>>> = RefCell::default();
}

/// The plan of a statement with parameters of these types. Never forgotten: there must be few of them.
pub fn planned(
    client: &SpiClient<'_>,
    sql: &str,
    args: &[DatumWithOid<'_>],
) -> Stored<Rc<OwnedPreparedStatement>> {
    if let Some(known) = PLANS.with_borrow(|plans| plans.get(sql).cloned()) {
        return Ok(known);
    }
    let types: Vec<PgOid> = args.iter().map(|arg| PgOid::from(arg.oid())).collect();
    let made = client
        .prepare(sql, &types)
        .map_err(|error| error.to_string())?;
    let made = Rc::new(made.keep());
    PLANS.with_borrow_mut(|plans| plans.insert(sql.to_owned(), made.clone()));
    Ok(made)
}

/// Runs a statement that writes.
pub fn run<'mcx>(sql: &str, args: &[DatumWithOid<'mcx>]) -> Stored<()> {
    write(sql, args, |_| Ok(())).map(|_| ())
}

/// Runs a statement that writes, and reads what it returns.
pub fn write<'mcx, T>(
    sql: &str,
    args: &[DatumWithOid<'mcx>],
    mut read: impl FnMut(&SpiHeapTupleData<'_>) -> Stored<T>,
) -> Stored<Vec<T>> {
    Spi::connect_mut(|client| {
        let plan = planned(client, sql, args)?;
        let table = client
            .update(&*plan, None, args)
            .map_err(|error| error.to_string())?;
        table.map(|row| read(&row)).collect()
    })
}
