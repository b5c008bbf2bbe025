//! Sessions that log, in transactions that commit and in some that do not, until they are told to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use dify_observe_tests::Cluster;
use postgres::{Client, Error};
use uuid::Uuid;

use crate::committed::{Committed, span_ids};
use crate::incident::{DATABASE, WRITER};

pub const WRITERS: u32 = 4;
/// Between two transactions of a writer: some hundred events a second in all.
const PAUSE: Duration = Duration::from_millis(15);

/// Where a transaction pauses.
const WHILE: &str = "/* a while */";

/// What the sessions were told about what they logged.
#[derive(Default)]
pub struct Told {
    /// The server said that these are committed.
    pub committed: Vec<Uuid>,
    /// These were rolled back.
    pub rolled_back: Vec<Uuid>,
}

impl Told {
    #[track_caller]
    pub fn agrees_with(&self, committed: &Committed) {
        let promised = span_ids(&self.committed);
        let forgotten = promised.difference(&committed.logs).count();
        assert_eq!(forgotten, 0, "the server forgot a commit");
        let undone = span_ids(&self.rolled_back);
        let undone = undone.intersection(&committed.logs).count();
        assert_eq!(undone, 0, "a rolled-back row is there");
    }
}

pub struct Writers {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<Told>>,
}

impl Writers {
    pub fn start(cluster: &Arc<Cluster>) -> Writers {
        Writers::with_pause(cluster, PAUSE)
    }

    pub fn with_pause(cluster: &Arc<Cluster>, pause: Duration) -> Writers {
        let stop = Arc::new(AtomicBool::new(false));
        let threads = (0..WRITERS).map(|number| {
            let (cluster, stop) = (Arc::clone(cluster), Arc::clone(&stop));
            thread::spawn(move || session(&cluster, number, &stop, pause))
        });
        Writers {
            threads: threads.collect(),
            stop,
        }
    }

    /// Lets each end its transaction.
    pub fn stop(mut self) -> Told {
        self.end()
    }

    fn end(&mut self) -> Told {
        self.stop.store(true, SeqCst);
        let mut all = Told::default();
        for told in self
            .threads
            .drain(..)
            .filter_map(|thread| thread.join().ok())
        {
            all.committed.extend(told.committed);
            all.rolled_back.extend(told.rolled_back);
        }
        all
    }
}

/// So that the cluster goes with a test that fails.
impl Drop for Writers {
    fn drop(&mut self) {
        self.end();
    }
}

/// Connects again whenever the server throws it out.
fn session(cluster: &Cluster, writer: u32, stop: &AtomicBool, pause: Duration) -> Told {
    let mut told = Told::default();
    let mut turn = 0;
    while !stop.load(SeqCst) {
        let Ok(mut client) = cluster.try_connect(DATABASE, WRITER) else {
            thread::sleep(pause);
            continue;
        };
        while !stop.load(SeqCst) && !client.is_closed() {
            turn += 1;
            if write(&mut client, writer, turn, &mut told).is_err() {
                client.batch_execute("ROLLBACK").ok();
            }
            thread::sleep(pause);
        }
    }
    told
}

/// One transaction. A commit that was not answered is in neither list: nobody knows how it ended.
pub fn write(client: &mut Client, writer: u32, turn: u32, told: &mut Told) -> Result<(), Error> {
    let [run, node, message] = [Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7()];
    let (log_run, log_node) = (run_of(run, writer, turn), node_of(node, run, writer, turn));
    let log_message = message_of(message, writer, turn);
    let (statements, committed, rolled_back) = match (turn + 3 * writer) % 8 {
        0 => (log_message, vec![message], vec![]),
        1 => (
            format!("BEGIN; {log_run} {log_message} ROLLBACK;"),
            vec![],
            vec![run, message],
        ),
        2 => (
            format!(
                "BEGIN; {log_run} SAVEPOINT a; {log_message} ROLLBACK TO a; {log_node} COMMIT;"
            ),
            vec![run, node],
            vec![message],
        ),
        // The rolled-back savepoint had the lock on events, and gives it back too early.
        3 => (
            format!("BEGIN; SAVEPOINT a; {log_run} ROLLBACK TO a; {WHILE} {log_message} COMMIT;"),
            vec![message],
            vec![run],
        ),
        _ => (
            format!("BEGIN; {log_run} {log_node} {log_message} COMMIT;"),
            vec![run, node, message],
            vec![],
        ),
    };
    for (number, part) in statements.split(WHILE).enumerate() {
        if number > 0 {
            // Not pg_sleep(), which a clock that is set back makes last.
            thread::sleep(Duration::from_millis(20));
        }
        client.batch_execute(part)?;
    }
    told.committed.extend(committed);
    told.rolled_back.extend(rolled_back);
    Ok(())
}

const TENANT: &str = "tenant_id => 'aaaaaaaa-0000-4000-8000-000000000001'";

fn app(writer: u32) -> String {
    format!("app_id => 'bbbbbbbb-0000-4000-8000-00000000000{writer}'")
}

fn run_of(id: Uuid, writer: u32, turn: u32) -> String {
    let status = ["succeeded", "failed", "stopped"][(turn % 3) as usize];
    format!(
        "SELECT dify_observe.log_workflow_run({TENANT}, {}, workflow_id => 'cccccccc-0000-4000-8000-000000000001', id => '{id}',
           status => '{status}', input_tokens => {}, output_tokens => {writer}, elapsed_time => {}.000001);",
        app(writer),
        turn % 7,
        turn % 5
    )
}

fn node_of(id: Uuid, run: Uuid, writer: u32, turn: u32) -> String {
    format!(
        "SELECT dify_observe.log_node_execution({TENANT}, {}, node_id => 'n', node_type => 'llm', id => '{id}', workflow_run_id => '{run}',
           status => 'succeeded', total_tokens => {}, elapsed_time => 0.{turn});",
        app(writer),
        turn % 13
    )
}

fn message_of(id: Uuid, writer: u32, turn: u32) -> String {
    format!(
        "SELECT dify_observe.log_message({TENANT}, {}, id => '{id}', status => 'normal', query => 'q {turn}', answer => 'a', duration => 0.1,
           total_tokens => {});",
        app(writer),
        turn % 11
    )
}
