//! A run seen from near: its result, its detail, its tree, its drawing.

use crate::asking::{Asking, without_worker};
use crate::call::{APP, Call, OTHER};
use crate::traced_run::{NESTED, RUN, trace};

#[test]
fn a_run_is_told_as_a_tree_in_the_order_of_its_execution() {
    let (_cluster, mut session) = without_worker("tracing");
    session.run("SELECT dify_observe.ensure_partitions('2026-02-03', '2026-02-04')");
    trace(&mut session);
    let tree = session.column(&format!(
        "SELECT concat_ws('|', depth, coalesce(node_id, kind), critical, coalesce(sources::text, '-'), coalesce(calls, '-'), round(offset_seconds::numeric, 2), seconds)
         FROM dify_observe.run_tracing('{RUN}')"
    ));
    assert_eq!(
        tree,
        [
            "0|run|t|-|-|0.00|10",
            "1|start|t|-|-|0.00|0.01",
            "1|ask|t|-|http|0.02|3",
            "1|search|f|{start.query}|retrieval|0.02|1.5",
            "1|each|t|-|-|3.05|4",
            "2|write|t|{ask.body}|model|3.10|1",
            "2|write|t|-|model|4.20|2",
            "1|tool|t|{write.text}|tool|7.10|2.8",
            "2|run|t|-|-|7.20|2.5",
            "3|code|t|-|-|7.30|2.3",
        ]
    );
    // A nested run by itself, and one whose outer run was never logged.
    let count = |id: &str| format!("SELECT count(*) FROM dify_observe.run_tracing('{id}')");
    assert_eq!(session.number(&count(NESTED)), 2);
    session.run(&format!(
        "DELETE FROM dify_observe.workflow_runs WHERE id = '{RUN}'"
    ));
    assert_eq!(
        session.number(&count(RUN)),
        9,
        "its own seven nodes, and the nested run with its one"
    );
    assert_eq!(session.number(&count(OTHER)), 0);
}

#[test]
fn its_drawing_can_be_read_in_a_terminal() {
    let (_cluster, mut session) = without_worker("waterfall");
    trace(&mut session);
    let drawing = session.column(&format!(
        "SELECT * FROM dify_observe.run_waterfall('{RUN}')"
    ));
    let expected = [
        "  run 11111111-1111-4111-8111-111111111111     |########################################|    10.000 s     100 tok                  failed: node tool failed",
        "*   Start (start)                              |#                                       |     0.010 s",
        "*   Ask the shop (http-request)                |############                            |     3.000 s",
        "    检索手册 (knowledge-retrieval)             |######                                  |     1.500 s",
        "*   Each (iteration)                           |            ################            |     4.000 s",
        "*     [0] Write (llm)                          |            ####                        |     1.000 s      40 tok        0.04 USD",
        "*     [1] Write (llm)                          |                ########                |     2.000 s      60 tok        0.06 USD",
        "*   Inner [31m flow (tool)                     |                            ############|     2.800 s                              failed: HTTP 500 boom",
        "*     run 22222222-2222-4222-8222-222222222222 |                            ##########  |     2.500 s                              failed: boom",
        "*       code (code)                            |                             ########## |     2.300 s                              failed: boom",
    ];
    assert_eq!(drawing, expected);
}

#[test]
fn a_run_that_took_no_time_or_is_still_running_is_drawn_too() {
    let (_cluster, mut session) = without_worker("odd_waterfalls");
    let instant = session.call(&Call::of("log_workflow_run").with("elapsed_time", "0"));
    let running = session.call(&Call::of("start_workflow_run"));
    session.call(&Call::of("start_node_execution").with("workflow_run_id", &running));
    for (run, lines) in [(instant, 1), (running, 2), (OTHER.to_owned(), 0)] {
        let drawing = format!("SELECT count(*) FROM dify_observe.run_waterfall('{run}')");
        assert_eq!(session.number(&drawing), lines);
    }
}

#[test]
fn the_result_tells_why_it_failed_and_a_chat_s_is_in_its_conversation() {
    let (_cluster, mut session) = without_worker("result");
    trace(&mut session);
    let failed = session.json(&format!(
        "SELECT to_json(r) FROM dify_observe.run_result('{RUN}') r"
    ));
    assert_eq!(failed["error"], "node tool failed");
    assert_eq!(failed["reasons"][0]["node_id"], "tool");
    assert_eq!(failed["reasons"][1]["error"], "boom");
    let done = session.call(
        &Call::of("log_workflow_run")
            .with("outputs", r#"{"text": "done"}"#)
            .with("warnings", r#"["slow"]"#),
    );
    let result = session.json(&format!(
        "SELECT to_json(r) FROM dify_observe.run_result('{done}') r"
    ));
    assert_eq!(result["outputs"]["text"], "done");
    assert_eq!(result["warnings"][0], "slow");
    assert!(result["reasons"].is_null());
    let chat = Call::of("log_workflow_run")
        .with("outputs", r#"{"text": "done"}"#)
        .with("conversation_id", OTHER)
        .with("message_id", APP);
    let chat = session.call(&chat);
    let result = session.json(&format!(
        "SELECT to_json(r) FROM dify_observe.run_result('{chat}') r"
    ));
    assert!(result["outputs"].is_null());
    assert_eq!(result["conversation_id"], OTHER);
    assert_eq!(result["message_id"], APP);
}

#[test]
fn the_detail_sums_up_what_its_nodes_did() {
    let (_cluster, mut session) = without_worker("detail");
    trace(&mut session);
    let detail = session.json(&format!(
        "SELECT to_json(r) FROM dify_observe.run_detail('{RUN}') r"
    ));
    for (column, value) in [
        ("nodes", "8"),
        ("failed_nodes", "2"),
        ("nested_runs", "1"),
        ("model_calls", "2"),
        ("http_calls", "1"),
        ("tool_calls", "1"),
        ("node_tokens", "100"),
        ("node_prices", r#"{"USD":0.10}"#),
        ("configuration", r#"{"graph":1}"#),
        ("inputs", r#"{"question":"Where is my parcel?"}"#),
        ("trace_id", r#""11111111111141118111111111111111""#),
    ] {
        assert_eq!(
            detail[column].to_string().replace("0.1}", "0.10}"),
            value,
            "{column}"
        );
    }
    assert_eq!(
        session.number(&format!(
            "SELECT count(*) FROM dify_observe.run_detail('{OTHER}')"
        )),
        0
    );
}

#[test]
fn the_last_run_of_a_node_is_the_latest_whether_preview_or_not() {
    let (_cluster, mut session) = without_worker("last_run");
    trace(&mut session);
    let last = format!(
        "SELECT outputs ->> 'text' FROM dify_observe.node_last_run(app_id => '{APP}', node_id => 'write')"
    );
    assert_eq!(session.ask(&last), "answer two");
    let preview = Call::of("log_node_execution")
        .without("workflow_run_id")
        .with("draft", "true")
        .with("node_id", "write");
    session.call(&preview.with("outputs", r#"{"text": "a preview"}"#));
    assert_eq!(session.ask(&last), "a preview");
    let none = format!(
        "SELECT count(*) FROM dify_observe.node_last_run(app_id => '{APP}', node_id => 'nothing')"
    );
    assert_eq!(session.number(&none), 0);
    assert_eq!(
        session
            .refused("SELECT dify_observe.node_last_run()")
            .message,
        "app_id, node_id must be given"
    );
}
