//! One row a statement, one statement a transaction, prepared: what a chat application does.

use std::cell::RefCell;

use postgres::Statement;

use super::cost::Cost;
use super::report::{Measured, Target};
use super::row::{Id, borrowed, values};
use super::stage::{Session, Stage};
use super::table::Table;
use crate::plain::PLAIN;

/// Rows written in one way before it is another one's turn, and how often it is.
const SLICE: usize = 100;
const SLICES: usize = 20;

const TARGET: Target = Target {
    cpu: 1.5,
    wal: Some(1.25),
};

/// How the row is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// Into the copy without triggers.
    Plain,
    Insert,
    FunctionAlone,
    Function,
}

/// The baselines among the ways.
const PLAIN_V7: usize = 0;
const PLAIN_V4: usize = 6;

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

/// In small slices, one way after the other, so that whatever else the machine does meets all of them.
pub fn measure(stage: &Stage, table: &Table, round: usize) -> Vec<Measured> {
    let statements = WAYS.map(|(way, _)| prepare(stage, table, way));
    let events = stage.events();
    // Plans, caches and the first pages are not what is measured.
    for (which, statement) in statements.iter().enumerate() {
        write(stage, table, which, statement);
    }
    let mut costs = [Cost::default(); WAYS.len()];
    for slice in 0..SLICES {
        for turn in 0..WAYS.len() {
            let which = (turn + slice + round) % WAYS.len();
            costs[which] += write(stage, table, which, &statements[which]);
        }
    }
    let telling = WAYS
        .iter()
        .filter(|(way, _)| matches!(way, Way::Insert | Way::Function));
    assert_eq!(
        stage.events() - events,
        telling.count() * SLICE * (SLICES + 1),
        "events"
    );
    let rows = SLICE * SLICES;
    let baseline = |id: Id| costs[if id == Id::V4 { PLAIN_V4 } else { PLAIN_V7 }].per(rows);
    WAYS.iter()
        .zip(&costs)
        .filter(|((way, _), _)| *way != Way::Plain)
        .map(|((way, id), cost)| Measured {
            what: name(*way, *id),
            cost: cost.per(rows),
            baseline: baseline(*id),
            target: ((*way, *id) == (Way::Function, Id::Generated)).then_some(TARGET),
        })
        .collect()
}

fn session(stage: &Stage, way: Way) -> &RefCell<Session> {
    match way {
        Way::FunctionAlone => &stage.without_triggers,
        _ => &stage.usual,
    }
}

fn prepare(stage: &Stage, table: &Table, way: Way) -> Statement {
    let sql = match way {
        Way::Plain => table.insert(PLAIN),
        Way::Insert => table.insert("dify_observe"),
        Way::FunctionAlone | Way::Function => table.call(),
    };
    let prepared = session(stage, way).borrow_mut().client.prepare(&sql);
    prepared.expect("a statement")
}

fn write(stage: &Stage, table: &Table, which: usize, statement: &Statement) -> Cost {
    let (way, id) = WAYS[which];
    let rows: Vec<_> = (0..SLICE)
        .map(|number| values(table.columns, number, id))
        .collect();
    stage.measure(session(stage, way), |client| {
        for row in &rows {
            client.query(statement, &borrowed(row)).expect("a row");
        }
    })
}

fn name(way: Way, id: Id) -> String {
    let way = match way {
        Way::Plain => "without triggers",
        Way::Insert => "INSERT",
        Way::FunctionAlone => "function, its triggers off",
        Way::Function => "function",
    };
    let id = match id {
        Id::Generated => "id generated",
        Id::V7 => "id v7 given",
        Id::V4 => "id v4 given",
    };
    format!("{way}, {id}")
}
