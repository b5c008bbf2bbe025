//! What pages of lists, statistics, searches and the report cost on 30 days of one application.

mod calls;

use std::time::Instant;

use dify_observe_tests::Cluster;
use postgres::Client;

use crate::Scale;
use crate::page::table;
use crate::process;
use calls::{Call, calls};

const DATABASE: &str = "bench";
/// With as many messages and ten node executions each.
const RUNS: usize = 1_000_000;
/// A hundredth page needs so many.
const FEWEST_RUNS: usize = 2000;
/// Of the sorts that days are indexed by.
const SORTS: &str = "elapsed_time,duration,total_tokens,total_price";
const TENANT: &str = "550e8400-e29b-41d4-a716-446655440000";
const APP: &str = "770e8400-e29b-41d4-a716-446655440002";
/// The last week of both tables, the days to come, and the default ones.
const INDEXED_PARTITIONS: u32 = 22;
/// The best of so many.
const ROUNDS: usize = 3;

pub fn run(scale: Scale) -> String {
    let runs = scale.of(RUNS).max(FEWEST_RUNS);
    let cluster = Cluster::builder("bench")
        .conf("checkpoint_timeout", "1d")
        .conf("max_wal_size", "4GB")
        .conf("shared_buffers", "2GB")
        .conf("autovacuum", "off")
        .preload(false)
        .start();
    cluster.create_database(DATABASE);
    cluster.create_extension(DATABASE);
    let mut session = cluster.connect(DATABASE);
    let begun = Instant::now();
    let step = |what: &str| eprintln!("{:6.0} s  {what}", begun.elapsed().as_secs_f64());
    step("writing 30 days");
    for statement in include_str!("history.sql")
        .replace("{runs}", &runs.to_string())
        .replace("{tenant}", TENANT)
        .replace("{app}", APP)
        .split(";\n")
    {
        session.batch_execute(statement).expect(statement);
    }
    step("folding and indexing");
    for statement in [
        "VACUUM ANALYZE",
        "CALL dify_observe.fold_metrics()",
        "CALL dify_observe.run_maintenance()",
        "SELECT dify_observe.create_user_index()",
        &format!(
            "SELECT dify_observe.create_sort_index(sort) FROM unnest('{{{SORTS}}}'::text[]) sort"
        ),
        &format!("SELECT dify_observe.create_search_index({INDEXED_PARTITIONS})"),
        "VACUUM ANALYZE",
        "CHECKPOINT",
    ] {
        session.batch_execute(statement).expect(statement);
    }
    step("measuring");
    let rows: Vec<Vec<String>> = calls(&mut session, APP)
        .iter()
        .map(|call| measure(&mut session, call))
        .collect();
    let size = "SELECT round(sum(pg_relation_size(x.indexrelid)) / nullif(sum(c.reltuples), 0))::text
         FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid WHERE pg_get_indexdef(x.indexrelid) LIKE '%content_terms(%' AND c.reltuples > 0";
    let heads = ["call", "CPU, ms", "ms", "buffers", "rows", "aim, ms", ""];
    format!(
        "{runs} runs, as many messages of 2 KB, {} node executions, {} ratings over 30 days of one application; the best of {ROUNDS}. The index of the search takes {} bytes a row.\n\n{}",
        10 * runs,
        runs / 10,
        cluster.value(DATABASE, size).unwrap_or_default(),
        table(&heads, &rows)
    )
}

fn measure(session: &mut Client, call: &Call) -> Vec<String> {
    let explain = format!(
        "EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) SELECT * FROM dify_observe.{}",
        call.sql
    );
    let pid = process::backend(session);
    let mut best = (f64::MAX, f64::MAX, 0, 0);
    for _ in 0..ROUNDS {
        let before = process::cpu(pid);
        let plan: serde_json::Value = session.query_one(&explain, &[]).expect(call.name).get(0);
        let used = (process::cpu(pid) - before) * 1e3;
        let number = |what: &str| plan[0]["Plan"][what].as_u64().unwrap_or(0);
        let elapsed = plan[0]["Execution Time"].as_f64().unwrap_or(f64::MAX);
        best = (
            used.min(best.0),
            elapsed.min(best.1),
            number("Shared Hit Blocks") + number("Shared Read Blocks"),
            number("Actual Rows"),
        );
    }
    let (used, elapsed, buffers, rows) = best;
    vec![
        call.name.to_owned(),
        format!("{used:.0}"),
        format!("{elapsed:.1}"),
        buffers.to_string(),
        rows.to_string(),
        call.aim.to_string(),
        match call.aim.parse::<f64>() {
            Ok(aim) if elapsed < aim => "met",
            Ok(_) => "**missed**",
            Err(_) => "",
        }
        .to_owned(),
    ]
}
