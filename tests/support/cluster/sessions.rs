//! Talking to a cluster.

use std::time::Duration;

use postgres::{Client, Config, NoTls, SimpleQueryMessage};

use crate::cluster::Cluster;

impl Cluster {
    /// A session of the superuser, over the unix socket.
    #[track_caller]
    pub fn connect(&self, database: &str) -> Client {
        self.connect_as(database, "postgres")
    }

    #[track_caller]
    pub fn connect_as(&self, database: &str, role: &str) -> Client {
        match self.try_connect(database, role) {
            Ok(client) => client,
            Err(error) => panic!("{database} as {role}: {error}\nserver log:\n{}", self.log()),
        }
    }

    pub fn try_connect(&self, database: &str, role: &str) -> Result<Client, postgres::Error> {
        Config::new()
            .host_path(self.folder())
            .port(self.port())
            .user(role)
            .dbname(database)
            .application_name("test")
            .connect_timeout(Duration::from_secs(10))
            .connect(NoTls)
    }

    /// Runs statements in a session of their own; panics with the server's message when one fails.
    #[track_caller]
    pub fn sql(&self, database: &str, statements: &str) {
        self.rows(database, statements);
    }

    /// The rows of the last statement that has any, as text.
    #[track_caller]
    pub fn rows(&self, database: &str, statements: &str) -> Vec<Vec<Option<String>>> {
        let answer = match self.connect(database).simple_query(statements) {
            Ok(answer) => answer,
            Err(error) => panic!("{statements}\n{}", explained(&error)),
        };
        let mut rows = Vec::new();
        for message in answer {
            match message {
                SimpleQueryMessage::RowDescription(_) => rows.clear(),
                SimpleQueryMessage::Row(row) => {
                    rows.push(
                        (0..row.len())
                            .map(|column| row.get(column).map(str::to_owned))
                            .collect(),
                    );
                }
                _ => {}
            }
        }
        rows
    }

    /// The first column of the only row, as text; none for a null.
    #[track_caller]
    pub fn value(&self, database: &str, statement: &str) -> Option<String> {
        let rows = self.rows(database, statement);
        assert_eq!(rows.len(), 1, "one row expected of {statement}");
        rows.into_iter().next()?.into_iter().next()?
    }

    /// The same while it is waited for: none also as long as there is no row.
    #[track_caller]
    pub fn seen(&self, database: &str, statement: &str) -> Option<String> {
        let rows = self.rows(database, statement);
        rows.into_iter().next()?.into_iter().next()?
    }

    #[track_caller]
    pub fn create_database(&self, name: &str) {
        self.sql("postgres", &format!("CREATE DATABASE {name}"));
    }

    #[track_caller]
    pub fn create_extension(&self, database: &str) {
        self.sql(database, "CREATE EXTENSION dify_observe");
    }

    /// The process of a kind ("dify_observe worker", "walwriter") that serves the database, or none of them for `None`.
    /// None also while the server restarts itself, so that a test can wait for it.
    pub fn backend_pid<'a>(&self, kind: &str, database: impl Into<Option<&'a str>>) -> Option<i32> {
        let found = self.try_connect("postgres", "postgres").ok()?.query_opt(
            "SELECT pid FROM pg_stat_activity WHERE backend_type = $1 AND datname IS NOT DISTINCT FROM $2",
            &[&kind, &database.into()],
        );
        found.ok()?.map(|row| row.get(0))
    }
}

/// With the server's own words, which the error's text alone leaves out.
fn explained(error: &postgres::Error) -> String {
    match error.as_db_error() {
        Some(told) => format!(
            "{} ({}) {}",
            told.message(),
            told.code().code(),
            told.detail().unwrap_or_default()
        ),
        None => error.to_string(),
    }
}
