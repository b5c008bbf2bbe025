//! Many rows by one COPY or INSERT … SELECT: what an import does.

use postgres::Client;
use postgres::binary_copy::BinaryCopyInWriter;
use postgres::types::Type;

use super::cost::Cost;
use super::report::{Measured, Target};
use super::row::{Id, borrowed, values};
use super::stage::Stage;
use super::table::Table;
use crate::plain::PLAIN;

const ROWS: usize = 10_000;

const TARGET: Target = Target {
    cpu: 1.6,
    wal: None,
};

pub fn measure(stage: &Stage, table: &Table, round: usize) -> Vec<Measured> {
    let copied = compare(stage, round, |client, schema| copy(client, table, schema));
    let run = |sql: &str| {
        let mut session = stage.usual.borrow_mut();
        session.client.batch_execute(sql).expect("staged rows");
    };
    // The rows that were copied, whole, are what is selected.
    run(&format!(
        "CREATE TEMPORARY TABLE staged AS SELECT {} FROM {PLAIN}.{}",
        table.names(),
        table.name
    ));
    stage.empty();
    let selected = compare(stage, round, |client, schema| select(client, table, schema));
    run("DROP TABLE staged");
    [("COPY", copied), ("INSERT … SELECT", selected)]
        .into_iter()
        .map(|(what, (plain, told))| Measured {
            what: format!("{what} of 10,000"),
            cost: told,
            baseline: plain,
            target: Some(TARGET),
        })
        .collect()
}

/// Without triggers and with, in turns first.
fn compare(stage: &Stage, round: usize, write: impl Fn(&mut Client, &str)) -> (Cost, Cost) {
    let run = |schema| {
        let before = stage.events();
        let cost = stage.measure(&stage.usual, |client| write(client, schema));
        let told = if schema == PLAIN { 0 } else { ROWS };
        assert_eq!(stage.events() - before, told, "events");
        cost.per(ROWS)
    };
    if round.is_multiple_of(2) {
        let plain = run(PLAIN);
        (plain, run("dify_observe"))
    } else {
        let told = run("dify_observe");
        (run(PLAIN), told)
    }
}

fn select(client: &mut Client, table: &Table, schema: &str) {
    let sql = format!(
        "INSERT INTO {schema}.{} ({names}) SELECT {names} FROM staged",
        table.name,
        names = table.names()
    );
    client.execute(&sql, &[]).expect("the rows");
}

fn copy(client: &mut Client, table: &Table, schema: &str) {
    // Binary, without the price: a float is no numeric there.
    let columns: Vec<_> = table
        .columns
        .iter()
        .filter(|(name, _)| *name != "total_price")
        .copied()
        .collect();
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let types: Vec<Type> = columns.iter().map(|(_, kind)| binary(kind)).collect();
    let sql = format!(
        "COPY {schema}.{} ({}) FROM STDIN BINARY",
        table.name,
        names.join(", ")
    );
    let mut writer = BinaryCopyInWriter::new(client.copy_in(&sql).expect("COPY"), &types);
    for number in 0..ROWS {
        let row = values(&columns, number, Id::V7);
        writer.write(&borrowed(&row)).expect("a row");
    }
    writer.finish().expect("the end of COPY");
}

fn binary(kind: &str) -> Type {
    match kind {
        "uuid" => Type::UUID,
        "timestamptz" => Type::TIMESTAMPTZ,
        "float8" => Type::FLOAT8,
        "bigint" => Type::INT8,
        "int" => Type::INT4,
        "json" => Type::JSONB,
        _ => Type::TEXT,
    }
}
