//! One row a statement, one statement a transaction, prepared: what a chat application does.

use crate::cost::Cost;
use crate::report::Measured;
use crate::row::{Id, borrowed, values};
use crate::stage::{PLAIN, Stage};
use crate::table::Table;

const ROWS: usize = 2000;

/// How the row is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// Into the copy without triggers.
    Plain,
    Insert,
    FunctionAlone,
    Function,
}

const WAYS: [(Way, Id); 9] = [
    (Way::Plain, Id::V7),
    (Way::Insert, Id::V7),
    (Way::FunctionAlone, Id::Generated),
    (Way::Function, Id::Generated),
    (Way::FunctionAlone, Id::V7),
    (Way::Function, Id::V7),
    (Way::Plain, Id::V4),
    (Way::FunctionAlone, Id::V4),
    (Way::Function, Id::V4),
];

/// Each way once, beginning with another one each round, so that none is always the first.
pub fn measure(stage: &Stage, table: &Table, round: usize) -> Vec<Measured> {
    let mut costs: Vec<(usize, Cost)> = (0..WAYS.len())
        .map(|turn| (turn + round) % WAYS.len())
        .map(|which| (which, run(stage, table, WAYS[which])))
        .collect();
    costs.sort_by_key(|(which, _)| *which);
    let baseline = |id: Id| {
        let id = if id == Id::V4 { Id::V4 } else { Id::V7 };
        let found = costs
            .iter()
            .find(|(which, _)| WAYS[*which] == (Way::Plain, id));
        found.expect("the baseline is among them").1
    };
    costs
        .iter()
        .map(|(which, cost)| {
            let (way, id) = WAYS[*which];
            Measured {
                what: name(way, id),
                cost: *cost,
                baseline: baseline(id),
                targeted: (way, id) == (Way::Function, Id::Generated),
            }
        })
        .collect()
}

fn run(stage: &Stage, table: &Table, (way, id): (Way, Id)) -> Cost {
    let session = match way {
        Way::FunctionAlone => &stage.without_triggers,
        _ => &stage.usual,
    };
    let sql = match way {
        Way::Plain => table.insert(PLAIN),
        Way::Insert => table.insert("dify_observe"),
        Way::FunctionAlone | Way::Function => table.call(),
    };
    let expected = match way {
        Way::Insert | Way::Function => ROWS,
        Way::Plain | Way::FunctionAlone => 0,
    };
    let events = stage.count("dify_observe.events");
    let statement = session
        .borrow_mut()
        .client
        .prepare(&sql)
        .expect("a statement");
    // Plans, caches and the first pages are not what is measured.
    for number in 0..20 {
        let row = values(table.columns, number, id);
        let mut session = session.borrow_mut();
        session
            .client
            .query(&statement, &borrowed(&row))
            .expect("a row");
    }
    let cost = stage.measure(session, ROWS, |client| {
        for number in 0..ROWS {
            let row = values(table.columns, number, id);
            client.query(&statement, &borrowed(&row)).expect("a row");
        }
    });
    let written = stage.count("dify_observe.events") - events;
    assert_eq!(
        written,
        if expected == 0 { 0 } else { ROWS + 20 },
        "{way:?} {id:?}: events"
    );
    cost
}

fn name(way: Way, id: Id) -> String {
    let way = match way {
        Way::Plain => "plain INSERT, no trigger",
        Way::Insert => "plain INSERT, triggers on",
        Way::FunctionAlone => "function, triggers off",
        Way::Function => "function, triggers on",
    };
    let id = match id {
        Id::Generated => "id generated",
        Id::V7 => "id v7 given",
        Id::V4 => "id v4 given",
    };
    format!("{way}, {id}")
}
