//! What counting an event costs the worker, with few and with very many label sets, against reading the same events with their rows.

use dify_observe_tests::Cluster;

use crate::Scale;
use crate::page::table;
use crate::process::{self, MemoryWatch};
use crate::spread::{median, spread};

const DATABASE: &str = "bench";
const EVENTS: usize = 200_000;

pub fn run(scale: Scale) -> String {
    let events = scale.of(EVENTS);
    let cluster = Cluster::builder("bench_fold")
        .conf("shared_buffers", "1GB")
        .conf("max_wal_size", "10GB")
        .start();
    cluster.create_database(DATABASE);
    cluster.create_extension(DATABASE);
    let worker = process::worker(&cluster, DATABASE);
    let mut rows = Vec::new();
    for labels in [10, events / 2] {
        let [mut counting, mut reading] = [Vec::new(), Vec::new()];
        let mut memory: f64 = 0.0;
        for _ in 0..scale.rounds().min(3) {
            let watch = MemoryWatch::over(worker);
            let spent = process::cpu(worker);
            // All at once: none is counted before the last is there.
            cluster.sql(
                DATABASE,
                &format!(
                    "INSERT INTO dify_observe.messages (tenant_id, app_id, status, invoke_from, model_provider, model_name, query, answer, input_tokens, output_tokens, total_tokens, duration)
                     SELECT '550e8400-e29b-41d4-a716-446655440000', '770e8400-e29b-41d4-a716-446655440002', 'normal', 'web-app', 'openai', 'model ' || n % {labels},
                       'How long do I have to return an order that came damaged?', repeat(md5(n::text), 8), 800, 64, 864, 2.3
                     FROM generate_series(1, {events}) n"
                ),
            );
            cluster.sql(DATABASE, "CALL dify_observe.fold_metrics()");
            counting.push(1e6 * (process::cpu(worker) - spent) / events as f64);
            memory = memory.max(watch.end());
            reading.push(1e6 * read(&cluster, events) / events as f64);
        }
        rows.push(vec![
            format!("{labels} models"),
            spread(&counting, 1),
            format!("{:.0}", 1e6 / median(&counting)),
            spread(&reading, 1),
            format!("{memory:.0}"),
        ]);
    }
    let series = cluster.value(DATABASE, "SELECT count(*) FROM dify_observe.series");
    format!(
        "{events} messages committed at once, counted by the worker; several label sets for each model; fsync off. {} series in the end.\n\n{}",
        series.unwrap_or_default(),
        table(
            &[
                "labels",
                "counting, µs of CPU an event",
                "events a second of a core",
                "reading alone, µs",
                "worker's memory at most, MiB"
            ],
            &rows
        )
    )
}

/// Seconds of CPU for the newest events with their rows.
fn read(cluster: &Cluster, events: usize) -> f64 {
    let mut session = cluster.connect(DATABASE);
    let pid = process::backend(&mut session);
    let before = process::cpu(pid);
    session
        .batch_execute(&format!(
            "COPY (SELECT e.*, r.* FROM dify_observe.events e JOIN dify_observe.messages r ON r.id = e.source_id AND r.created_at = e.source_at \
             WHERE e.id > (SELECT max(id) - {events} FROM dify_observe.events)) TO '/dev/null'"
        ))
        .expect("the rows");
    process::cpu(pid) - before
}
