//! Four clients that log a run with a node execution again and again, and keep how long the longest call took.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use dify_observe_tests::Cluster;

const WRITERS: usize = 4;
/// Between two calls of one writer, so that they do not compete for the CPU alone.
const REST: Duration = Duration::from_millis(10);

#[derive(Clone, Copy)]
pub enum Target {
    Ours,
    Plain,
}

impl Target {
    pub fn schema(self) -> &'static str {
        match self {
            Target::Ours => "dify_observe",
            Target::Plain => "plain",
        }
    }

    /// The statements that remove.
    pub fn removing(self) -> &'static str {
        match self {
            Target::Ours => "CALL dify_observe.run_retention()",
            Target::Plain => "DELETE FROM plain.%",
        }
    }

    /// Tables that rows were deleted from: partitions went as a whole.
    pub fn vacuumed(self) -> &'static [&'static str] {
        match self {
            Target::Ours => &["conversations"],
            Target::Plain => &[
                "workflow_runs",
                "node_executions",
                "messages",
                "conversations",
            ],
        }
    }
}

pub struct Writers {
    threads: Vec<JoinHandle<()>>,
    /// Of any call since the last look.
    longest: Arc<Mutex<Duration>>,
    stopped: Arc<AtomicBool>,
}

const OURS: &str = "
SELECT dify_observe.log_node_execution(tenant_id => 'aaaaaaaa-0000-4000-8000-000000000001', app_id => 'bbbbbbbb-0000-4000-8000-000000000001',
  workflow_run_id => dify_observe.log_workflow_run(tenant_id => 'aaaaaaaa-0000-4000-8000-000000000001', app_id => 'bbbbbbbb-0000-4000-8000-000000000001',
    workflow_id => 'cccccccc-0000-4000-8000-000000000001', status => 'succeeded', elapsed_time => 2, total_tokens => 100),
  node_id => 'n', node_type => 'llm', status => 'succeeded', elapsed_time => 0.2, outputs => to_json(repeat('x', 1000)))";

const PLAIN: &str = "
WITH run AS (
  INSERT INTO plain.workflow_runs (id, tenant_id, app_id, workflow_id, status, elapsed_time, total_tokens)
  VALUES (dify_observe.uuid_v7(now()), 'aaaaaaaa-0000-4000-8000-000000000001', 'bbbbbbbb-0000-4000-8000-000000000001', 'cccccccc-0000-4000-8000-000000000001', 'succeeded', 2, 100)
  RETURNING id)
INSERT INTO plain.node_executions (id, tenant_id, app_id, workflow_run_id, node_id, node_type, status, elapsed_time, outputs)
SELECT dify_observe.uuid_v7(now()), 'aaaaaaaa-0000-4000-8000-000000000001', 'bbbbbbbb-0000-4000-8000-000000000001', id, 'n', 'llm', 'succeeded', 0.2, to_jsonb(repeat('x', 1000))
FROM run";

impl Writers {
    pub fn start(cluster: &Cluster, database: &str, target: Target) -> Writers {
        let longest = Arc::new(Mutex::new(Duration::ZERO));
        let stopped = Arc::new(AtomicBool::new(false));
        let threads = (0..WRITERS)
            .map(|_| {
                let mut session = cluster.connect(database);
                let (longest, stopped) = (Arc::clone(&longest), Arc::clone(&stopped));
                thread::spawn(move || {
                    let statement = session
                        .prepare(match target {
                            Target::Ours => OURS,
                            Target::Plain => PLAIN,
                        })
                        .expect("a statement");
                    while !stopped.load(SeqCst) {
                        let began = Instant::now();
                        session.query(&statement, &[]).expect("logged");
                        let took = began.elapsed();
                        let mut longest = longest.lock().expect("a duration");
                        *longest = took.max(*longest);
                        drop(longest);
                        thread::sleep(REST);
                    }
                })
            })
            .collect();
        Writers {
            threads,
            longest,
            stopped,
        }
    }

    /// The longest call since the last time.
    pub fn reset(&self) -> Duration {
        std::mem::take(&mut *self.longest.lock().expect("a duration"))
    }

    pub fn stop(self) {
        self.stopped.store(true, SeqCst);
        for thread in self.threads {
            thread.join().expect("a writer");
        }
    }
}
