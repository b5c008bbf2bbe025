//! A session that is asked in plain SQL, as psql would.

use std::thread::sleep;
use std::time::Duration;

use dify_observe_tests::{Cluster, eventually};
use postgres::{Client, SimpleQueryMessage};

use crate::call::Call;

/// What the server said when it refused.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Refusal {
    pub code: String,
    pub message: String,
    pub detail: String,
}

pub trait Asking {
    /// The rows of all statements, as text.
    fn try_rows(&mut self, sql: &str) -> Result<Vec<Vec<Option<String>>>, Refusal>;

    #[track_caller]
    fn table(&mut self, sql: &str) -> Vec<Vec<Option<String>>> {
        match self.try_rows(sql) {
            Ok(rows) => rows,
            Err(refusal) => panic!("{sql}\n{refusal:#?}"),
        }
    }

    #[track_caller]
    fn run(&mut self, sql: &str) {
        self.table(sql);
    }

    /// The first column of every row; `NULL` for a null.
    #[track_caller]
    fn column(&mut self, sql: &str) -> Vec<String> {
        let text = |row: Vec<Option<String>>| {
            let first = row.into_iter().next().flatten();
            first.unwrap_or_else(|| "NULL".to_owned())
        };
        self.table(sql).into_iter().map(text).collect()
    }

    /// The first column of the only row; `NULL` for a null.
    #[track_caller]
    fn ask(&mut self, sql: &str) -> String {
        let mut column = self.column(sql);
        assert_eq!(column.len(), 1, "one row expected of {sql}");
        column.remove(0)
    }

    #[track_caller]
    fn number(&mut self, sql: &str) -> i64 {
        let answer = self.ask(sql);
        answer
            .parse()
            .unwrap_or_else(|_| panic!("{sql}: {answer} is no number"))
    }

    #[track_caller]
    fn json(&mut self, sql: &str) -> serde_json::Value {
        serde_json::from_str(&self.ask(sql)).expect("JSON")
    }

    #[track_caller]
    fn refused(&mut self, sql: &str) -> Refusal {
        match self.try_rows(sql) {
            Ok(rows) => panic!("not refused: {sql}\n{rows:?}"),
            Err(refusal) => refusal,
        }
    }

    /// What the call returns: an id.
    #[track_caller]
    fn call(&mut self, call: &Call) -> String {
        self.ask(&call.sql())
    }
}

impl Asking for Client {
    fn try_rows(&mut self, sql: &str) -> Result<Vec<Vec<Option<String>>>, Refusal> {
        let answer = self.simple_query(sql).map_err(|error| {
            let told = error
                .as_db_error()
                .unwrap_or_else(|| panic!("{sql}: {error}"));
            Refusal {
                code: told.code().code().to_owned(),
                message: told.message().to_owned(),
                detail: told.detail().unwrap_or_default().to_owned(),
            }
        })?;
        let row = |message| match message {
            SimpleQueryMessage::Row(row) => Some(
                (0..row.len())
                    .map(|at| row.get(at).map(str::to_owned))
                    .collect(),
            ),
            _ => None,
        };
        Ok(answer.into_iter().filter_map(row).collect())
    }
}

/// A cluster with the extension in its database `postgres`, and a session there.
#[track_caller]
pub fn ready(name: &str) -> (Cluster, Client) {
    started(Cluster::start(name))
}

/// The same without a worker, for what must not be disturbed by one.
#[track_caller]
pub fn without_worker(name: &str) -> (Cluster, Client) {
    started(Cluster::builder(name).preload(false).start())
}

#[track_caller]
fn started(cluster: Cluster) -> (Cluster, Client) {
    cluster.create_extension("postgres");
    let session = cluster.connect("postgres");
    (cluster, session)
}

/// Returns once the given number of sessions wait for a lock.
#[track_caller]
pub fn until_blocked(watcher: &mut Client, sessions: i64) {
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'test' AND wait_event_type = 'Lock'";
    eventually(
        "a session waits for a lock",
        Duration::from_secs(60),
        || {
            let seen = watcher.number(waiting);
            if seen == sessions {
                return Ok(());
            }
            sleep(Duration::from_millis(5));
            Err(seen)
        },
    );
}
