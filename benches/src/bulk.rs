//! Many rows by one COPY: what an import does.

use postgres::Client;
use postgres::binary_copy::BinaryCopyInWriter;
use postgres::types::Type;

use crate::cost::Cost;
use crate::report::Measured;
use crate::row::{Id, borrowed, values};
use crate::stage::{PLAIN, Stage};
use crate::table::Table;

const ROWS: usize = 10_000;

pub fn measure(stage: &Stage, table: &Table, round: usize) -> Vec<Measured> {
    let plain_first = round.is_multiple_of(2);
    let first = run(stage, table, plain_first);
    let second = run(stage, table, !plain_first);
    let (plain, told) = if plain_first {
        (first, second)
    } else {
        (second, first)
    };
    [
        ("COPY of 10,000, no trigger", plain),
        ("COPY of 10,000, triggers on", told),
    ]
    .map(|(what, cost)| Measured {
        what: what.to_owned(),
        cost,
        baseline: plain,
        targeted: false,
    })
    .into()
}

fn run(stage: &Stage, table: &Table, plain: bool) -> Cost {
    // Binary, without the price: a float is no numeric there.
    let columns: Vec<_> = table
        .columns
        .iter()
        .filter(|(name, _)| *name != "total_price")
        .copied()
        .collect();
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let types: Vec<Type> = columns.iter().map(|(_, kind)| binary(kind)).collect();
    let schema = if plain { PLAIN } else { "dify_observe" };
    let sql = format!(
        "COPY {schema}.{} ({}) FROM STDIN BINARY",
        table.name,
        names.join(", ")
    );
    let before = stage.events();
    let cost = stage.measure(&stage.usual, |client| copy(client, &sql, &columns, &types));
    let written = stage.events() - before;
    assert_eq!(written, if plain { 0 } else { ROWS }, "events");
    cost.per(ROWS)
}

fn copy(client: &mut Client, sql: &str, columns: &[(&str, &str)], types: &[Type]) {
    let mut writer = BinaryCopyInWriter::new(client.copy_in(sql).expect("COPY"), types);
    for number in 0..ROWS {
        let row = values(columns, number, Id::V7);
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
