//! Sessions that write in every way a transaction can go: committed, rolled back, in savepoints, prepared, slowly.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use dify_observe_tests::Cluster;
use postgres::{Client, Error};

use crate::shop::DATABASE;

/// Sessions that write until they are told to stop; each connects again when the server throws it out.
pub struct Writers {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<u64>>,
}

impl Writers {
    pub fn start(cluster: &Arc<Cluster>, count: u64) -> Writers {
        let stop = Arc::new(AtomicBool::new(false));
        let mut threads: Vec<_> = (0..count)
            .map(|number| {
                let (cluster, stop) = (Arc::clone(cluster), Arc::clone(&stop));
                thread::spawn(move || {
                    session(&cluster, &stop, |client, turn| write(client, number, turn))
                })
            })
            .collect();
        let (cluster, until) = (Arc::clone(cluster), Arc::clone(&stop));
        threads.push(thread::spawn(move || {
            session(&cluster, &until, |client, _| unrelated(client, &until))
        }));
        Writers { stop, threads }
    }

    /// How many turns succeeded.
    pub fn stop(self) -> u64 {
        self.stop.store(true, Ordering::SeqCst);
        let turns = self
            .threads
            .into_iter()
            .map(|thread| thread.join().expect("a writer"));
        turns.sum()
    }
}

fn session(
    cluster: &Cluster,
    stop: &AtomicBool,
    mut turn: impl FnMut(&mut Client, u64) -> Result<(), Error>,
) -> u64 {
    let (mut number, mut succeeded) = (0, 0);
    while !stop.load(Ordering::SeqCst) {
        let Ok(mut client) = cluster.try_connect(DATABASE, "postgres") else {
            thread::sleep(Duration::from_millis(20));
            continue;
        };
        while !stop.load(Ordering::SeqCst) {
            number += 1;
            match turn(&mut client, number) {
                Ok(()) => succeeded += 1,
                Err(error) if client.is_closed() || error.as_db_error().is_none() => break,
                // What a turn provokes on purpose, or a server that is going down.
                Err(_) if client.batch_execute("ROLLBACK").is_err() => break,
                Err(_) => {}
            }
        }
    }
    succeeded
}

/// One way after the other; each writer begins elsewhere.
fn write(client: &mut Client, writer: u64, turn: u64) -> Result<(), Error> {
    let run = |status: &str| {
        format!(
            "SELECT dify_observe.log_workflow_run(tenant_id => 'aaaaaaaa-0000-4000-8000-000000000001',
               app_id => 'bbbbbbbb-0000-4000-8000-00000000000{writer}', workflow_id => 'cccccccc-0000-4000-8000-000000000001',
               status => '{status}', input_tokens => {}, output_tokens => {writer}, elapsed_time => {}.000001, invoke_from => 'w{writer}');",
            turn % 7, turn % 5)
    };
    let (good, bad) = (run("succeeded"), run("failed"));
    let message = format!(
        "SELECT dify_observe.log_message(tenant_id => 'aaaaaaaa-0000-4000-8000-000000000001',
           app_id => 'bbbbbbbb-0000-4000-8000-00000000000{writer}', status => 'normal', duration => 0.1, total_tokens => {});",
        turn % 11);
    let prepared = format!("w{writer}-{turn}");
    let statements = match (turn + 3 * writer) % 11 {
        0 => good,
        1 => format!("BEGIN; {good} {message} {bad} ROLLBACK"),
        2 => format!("BEGIN; {good} SAVEPOINT a; {bad} {message} ROLLBACK TO a; {message} COMMIT"),
        3 => format!("BEGIN; SAVEPOINT a; SAVEPOINT b; {bad} RELEASE b; {good} RELEASE a; COMMIT"),
        // The rolled-back savepoint took the writer's first lock and gives it back too early.
        4 => format!("BEGIN; SAVEPOINT a; {good} ROLLBACK TO a; SELECT pg_sleep(0.05); {message} COMMIT"),
        5 => {
            let fate = if turn.is_multiple_of(2) { "COMMIT" } else { "ROLLBACK" };
            client.batch_execute(&format!("BEGIN; {good} {message} PREPARE TRANSACTION '{prepared}'"))?;
            format!("SELECT pg_sleep(0.02); {fate} PREPARED '{prepared}'")
        }
        // Slower than a writer is waited for.
        6 if turn.is_multiple_of(3) => format!("BEGIN; {bad} SELECT pg_sleep(1.3); {message} COMMIT"),
        7 => format!("BEGIN; {good} SELECT pg_sleep(0.1); {message} ROLLBACK"),
        8 => format!("BEGIN; {good} SELECT 1/0"),
        9 => "INSERT INTO dify_observe.workflow_runs (tenant_id, app_id, workflow_id, id, status)
              SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'running' FROM generate_series(1, 5)"
            .to_owned(),
        10 => "UPDATE dify_observe.workflow_runs SET status = 'stopped' WHERE id IN
              (SELECT id FROM dify_observe.workflow_runs WHERE status = 'running' LIMIT 4 FOR UPDATE SKIP LOCKED)"
            .to_owned(),
        _ => format!("BEGIN; {good} {message} COMMIT"),
    };
    // One message per statement: a prepared transaction's fate is no part of another transaction.
    for statement in statements.split_inclusive("; ") {
        client.batch_execute(statement)?;
    }
    Ok(())
}

/// Holds a transaction open that has written, but nothing of ours.
fn unrelated(client: &mut Client, stop: &AtomicBool) -> Result<(), Error> {
    client
        .batch_execute("BEGIN; CREATE TABLE unrelated (n int); INSERT INTO unrelated VALUES (1)")?;
    while !stop.load(Ordering::SeqCst) {
        client.batch_execute("SELECT pg_sleep(0.1)")?;
    }
    client.batch_execute("ROLLBACK")
}
