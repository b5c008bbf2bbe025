//! `log_batch` of 1000 mixed events, against the same rows inserted table by table from JSON arrays, without a trigger.

use postgres::types::Type;
use postgres::{Client, Statement};
use serde_json::Value;

use super::cost::Cost;
use super::report::{Measured, Target};
use super::row::Id;
use super::stage::Stage;
use crate::mixture::{BATCH, SHARES, events};
use crate::plain::PLAIN;

/// Batches of a round, and those before them: Postgres settles on its plans with the sixth.
const BATCHES: usize = 10;
const WARMING: usize = 6;

const TARGET: Target = Target {
    cpu: 1.6,
    wal: None,
};

const IDS: [(Id, &str); 2] = [(Id::Generated, "id generated"), (Id::V7, "id v7 given")];

struct Statements {
    log: Statement,
    plain: Vec<Statement>,
}

/// Each batch beside the rows that came of it, so that whatever else the machine does meets both.
pub fn measure(stage: &Stage, round: usize) -> Vec<Measured> {
    let statements = prepare(&mut stage.usual.borrow_mut().client);
    let events = stage.events();
    let mut logged = [Cost::default(); IDS.len()];
    let mut plain = [Cost::default(); IDS.len()];
    for batch in 0..WARMING + BATCHES {
        for turn in 0..IDS.len() {
            let which = (turn + batch + round) % IDS.len();
            let (log, insert) = both(stage, &statements, IDS[which].0);
            if batch >= WARMING {
                logged[which] += log;
                plain[which] += insert;
            }
        }
    }
    let told = stage.events() - events;
    assert_eq!(told, IDS.len() * (WARMING + BATCHES) * BATCH, "events");
    IDS.iter()
        .enumerate()
        .map(|(which, (_, id))| Measured {
            what: format!("log_batch, {id}"),
            cost: logged[which].per(BATCH * BATCHES),
            baseline: plain[which].per(BATCH * BATCHES),
            target: Some(TARGET),
        })
        .collect()
}

fn prepare(client: &mut Client) -> Statements {
    let mut prepared = |sql: &str| {
        let statement = client.prepare_typed(sql, &[Type::JSON]);
        statement.expect("a statement")
    };
    Statements {
        log: prepared("SELECT pg_current_xact_id()::text FROM dify_observe.log_batch($1)"),
        plain: SHARES
            .iter()
            .map(|share| {
                prepared(&format!(
                    "INSERT INTO {PLAIN}.{0} SELECT * FROM json_populate_recordset(null::{PLAIN}.{0}, $1)",
                    share.table
                ))
            })
            .collect(),
    }
}

fn both(stage: &Stage, statements: &Statements, id: Id) -> (Cost, Cost) {
    let events = Value::Array(events(id, &stage.times()));
    let mut transaction = String::new();
    let logged = stage.measure(&stage.usual, |client| {
        let row = client.query_one(&statements.log, &[&events]);
        transaction = row.expect("a batch").get(0);
    });
    let rows = SHARES.each_ref().map(|share| {
        let rows = stage.rows_of(share.table, &transaction);
        let count = rows.as_array().map(Vec::len);
        assert_eq!(count, Some(share.count), "{}", share.table);
        rows
    });
    let inserted = stage.measure(&stage.usual, |client| {
        let mut transaction = client.transaction().expect("a transaction");
        for (statement, rows) in statements.plain.iter().zip(&rows) {
            transaction.execute(statement, &[rows]).expect("rows");
        }
        transaction.commit().expect("a commit");
    });
    (logged, inserted)
}
