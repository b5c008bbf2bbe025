//! A logged row, logged again by other means than its function.

use std::io::{Read, Write};

use postgres::Client;

use crate::asking::Asking;

/// All columns but the id and the transaction, which are the row's own.
pub fn columns(session: &mut Client, table: &str) -> String {
    session.ask(&format!(
        "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute \
         WHERE attrelid = 'dify_observe.{table}'::regclass AND attnum > 0 AND attname NOT IN ('id', 'xid')"
    ))
}

/// By one INSERT, with ids of this expression.
pub fn insert(session: &mut Client, table: &str, model: &str, rows: i64, ids: &str) {
    let columns = columns(session, table);
    session.run(&format!(
        "INSERT INTO dify_observe.{table} (id, {columns}) SELECT {ids}, {columns} FROM dify_observe.{table}, generate_series(1, {rows}) WHERE id = '{model}'"
    ));
}

/// By one COPY, without ids.
pub fn copy(session: &mut Client, table: &str, model: &str, rows: i64) {
    let columns = columns(session, table);
    let mut data = Vec::new();
    session
        .copy_out(&format!("COPY (SELECT {columns} FROM dify_observe.{table}, generate_series(1, {rows}) WHERE id = '{model}') TO STDOUT"))
        .expect("COPY TO")
        .read_to_end(&mut data)
        .expect("rows");
    let mut into = session
        .copy_in(&format!("COPY dify_observe.{table} ({columns}) FROM STDIN"))
        .expect("COPY FROM");
    into.write_all(&data).expect("rows");
    assert_eq!(into.finish().expect("COPY FROM"), rows as u64);
}
