//! Transactions and savepoints: what is rolled back was never told.

use std::io::Write;

use postgres::SimpleQueryMessage;

use super::{Story, now};
use crate::expectation::Moment;

/// The first column of what a statement gave, and when it ran.
pub type Ran = (Vec<Option<String>>, Moment);

impl Story {
    pub fn transaction(&mut self) {
        match (self.begun, self.draw.below(6)) {
            (None, _) => {
                self.begun = Some(now());
                self.plain("BEGIN");
                self.saved.push(self.world.clone());
            }
            (Some(_), 0) => self.commit(),
            (Some(_), 1) => {
                self.plain("ROLLBACK");
                self.begun = None;
                self.world = self.saved.swap_remove(0);
                self.saved.clear();
            }
            (Some(_), 2 | 3) => {
                self.plain(&format!("SAVEPOINT s{}", self.saved.len()));
                self.saved.push(self.world.clone());
            }
            (Some(_), 4) if self.saved.len() > 1 => {
                self.saved.pop();
                self.plain(&format!("RELEASE s{}", self.saved.len()));
            }
            (Some(_), _) if self.saved.len() > 1 => {
                self.world = self.saved.pop().expect("a savepoint");
                self.plain(&format!("ROLLBACK TO s{}", self.saved.len()));
            }
            _ => {}
        }
    }

    pub fn commit(&mut self) {
        self.plain("COMMIT");
        self.begun = None;
        self.saved.clear();
    }

    pub fn plain(&mut self, statement: &str) {
        self.session.batch_execute(statement).expect("a statement");
    }

    /// None when it was refused, which is a finding and undoes the transaction.
    pub fn run(&mut self, statement: &str) -> Option<Ran> {
        let from = self.begun.unwrap_or_else(now);
        let answered = self.session.simple_query(statement).map(|answer| {
            let first = |message: &SimpleQueryMessage| match message {
                SimpleQueryMessage::Row(row) => Some(row.get(0).map(str::to_owned)),
                _ => None,
            };
            answer.iter().filter_map(first).collect()
        });
        self.settled(answered, from, statement)
    }

    /// The same rows through COPY.
    pub fn copy(&mut self, statement: &str, rows: &str) -> Option<Ran> {
        let from = self.begun.unwrap_or_else(now);
        let copied = self.session.copy_in(statement).and_then(|mut writer| {
            writer.write_all(rows.as_bytes()).expect("rows are sent");
            writer.finish()
        });
        self.settled(
            copied.map(|_| Vec::new()),
            from,
            &format!("{statement}\n{rows}"),
        )
    }

    fn settled(
        &mut self,
        answered: Result<Vec<Option<String>>, postgres::Error>,
        from: i64,
        statement: &str,
    ) -> Option<Ran> {
        match answered {
            Ok(first) => Some((first, Moment { from, to: now() })),
            Err(error) => {
                let told = error.as_db_error();
                let told = told.map_or(error.to_string(), |told| {
                    format!("{} {}", told.code().code(), told.message())
                });
                self.refused.push(format!("{told}\n    {statement}"));
                if self.begun.take().is_some() {
                    self.plain("ROLLBACK");
                    self.world = self.saved.swap_remove(0);
                    self.saved.clear();
                }
                None
            }
        }
    }
}
