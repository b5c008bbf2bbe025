//! Arize Phoenix itself, with authentication on: what it shows of the demo's activity, asked of its API.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use dify_observe_tests::{Cluster, eventually};
use serde_json::{Value, json};

use crate::activity::{
    APP, DATABASE, PATIENCE, TENANT, WORKFLOW, all_sent, connect, exporting, log_demo,
};
use crate::service::Service;

const PACKAGE: &str = "arize-phoenix==20.26.1";
/// Phoenix wants letters of both cases and digits.
const KEY: &str = "aPhoenixKeyOfTheAdministrator0123456789";

fn start() -> Service {
    let arguments = |port: u16, folder: &Path, command: &mut Command| {
        command
            .args(["-m", "phoenix.server.main", "serve"])
            .env("PHOENIX_WORKING_DIR", folder)
            .env("PHOENIX_HOST", "127.0.0.1")
            .env("PHOENIX_PORT", port.to_string())
            // Any that is free.
            .env("PHOENIX_GRPC_PORT", "0")
            .env("PHOENIX_ENABLE_AUTH", "true")
            .env("PHOENIX_SECRET", "someSecretOfTheServer0123456789abcdef")
            .env("PHOENIX_ADMIN_SECRET", KEY)
            .env("PHOENIX_TELEMETRY_ENABLED", "false")
            .env("PHOENIX_ALLOW_EXTERNAL_RESOURCES", "false");
    };
    Service::start(&[PACKAGE], arguments, "/healthz")
}

fn ask(phoenix: &Service, path: &str) -> Result<Vec<Value>, String> {
    let answer = phoenix.get(path, &format!("authorization: Bearer {KEY}\r\n"))?;
    answer["data"]
        .as_array()
        .cloned()
        .ok_or_else(|| answer.to_string())
}

#[test]
fn phoenix_shows_the_demo_s_activity() {
    let phoenix = start();
    let cluster = exporting("phoenix");
    let endpoint = phoenix.endpoint();
    let server =
        |address: &str| format!("profile 'openinference', project 'shop', endpoint '{address}'");
    connect(
        &cluster,
        "phoenix",
        &server(&endpoint),
        &format!("api_key '{KEY}'"),
    );
    connect(
        &cluster,
        "wrong_key",
        &server(&endpoint),
        "api_key 'guessed'",
    );
    connect(
        &cluster,
        "wrong_address",
        &server(&format!("{endpoint}/x")),
        &format!("api_key '{KEY}'"),
    );
    let told = |name: &str| {
        let tried =
            format!("SELECT ok || ' ' || message FROM dify_observe.test_destination('{name}')");
        cluster.value(DATABASE, &tried).expect("a row")
    };
    assert_eq!(told("phoenix"), "true ");
    assert!(told("wrong_key").starts_with("false wrong or missing key: HTTP 401"));
    assert!(told("wrong_address").starts_with("false wrong address: HTTP 40"));

    log_demo(&cluster);
    all_sent(&cluster, "phoenix");
    // It stores what it has taken a while later.
    let spans = eventually("17 spans", PATIENCE, || {
        let spans = ask(&phoenix, "/v1/projects/shop/spans?limit=100")?;
        if spans.len() == 17 {
            Ok(spans)
        } else {
            Err(format!("{} spans", spans.len()))
        }
    });
    kinds(&spans);
    tree(&spans);
    turn(&spans);
    failures(&spans);
    sessions(&phoenix, &spans);

    // What is sent twice is there once.
    cluster.sql(
        DATABASE,
        &format!(
            "CREATE SERVER again FOREIGN DATA WRAPPER dify_observe OPTIONS ({}, start_at 'installation');
             CREATE USER MAPPING FOR PUBLIC SERVER again OPTIONS (api_key '{KEY}')",
            server(&endpoint)
        ),
    );
    all_sent(&cluster, "again");
    cluster.sql(DATABASE, "DROP SERVER again CASCADE");

    log_node(&cluster, "Huge", "repeat('退', 400000)");
    all_sent(&cluster, "phoenix");
    cluster.sql(DATABASE, "DROP SERVER phoenix CASCADE");
    let closed = format!("{}, include_content 'false'", server(&endpoint));
    connect(&cluster, "closed", &closed, &format!("api_key '{KEY}'"));
    log_node(&cluster, "Closed", "'nobody may read this'");
    all_sent(&cluster, "closed");
    let spans = eventually("two more spans", PATIENCE, || {
        let spans = ask(&phoenix, "/v1/projects/shop/spans?limit=200")?;
        if spans.len() == 19 {
            Ok(spans)
        } else {
            Err(format!("{} spans", spans.len()))
        }
    });
    let huge = named(&spans, "Huge");
    let output = huge["attributes"]["output.value"].as_str().expect("text");
    assert!(output.contains('退') && (100_000..=131_072).contains(&output.len()));
    let closed = named(&spans, "Closed");
    assert!(!closed.to_string().contains("nobody may read this"));
    assert_eq!(closed["span_kind"], "LLM");
    assert_eq!(closed["attributes"]["llm.token_count.total"], 7);
    assert_eq!(closed["parent_id"], huge["parent_id"]);
}

/// A node of a run that nobody tells of.
fn log_node(cluster: &Cluster, title: &str, text: &str) {
    cluster.sql(
        DATABASE,
        &format!(
            "SELECT dify_observe.log_node_execution(tenant_id => '{TENANT}', app_id => '{APP}', workflow_id => '{WORKFLOW}',
               workflow_run_id => '11111111-1111-4111-8111-111111111111', node_id => 'n', node_type => 'llm', title => '{title}',
               status => 'succeeded', total_tokens => 7, model_name => 'm', outputs => json_build_object('text', {text}))"
        ),
    );
}

fn kinds(spans: &[Value]) {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for span in spans {
        *counts
            .entry(span["span_kind"].as_str().expect("a kind"))
            .or_default() += 1;
    }
    let expected = [
        ("CHAIN", 7),
        ("GUARDRAIL", 1),
        ("LLM", 4),
        ("RETRIEVER", 2),
        ("TOOL", 3),
    ];
    assert_eq!(counts, expected.into());
}

#[track_caller]
fn named<'a>(spans: &'a [Value], name: &str) -> &'a Value {
    let found = spans.iter().find(|span| span["name"] == name);
    found.unwrap_or_else(|| panic!("{name} among {spans:?}"))
}

#[track_caller]
fn parent<'a>(spans: &'a [Value], span: &Value) -> &'a Value {
    let found = spans.iter().find(|one| {
        one["context"]["span_id"] == span["parent_id"]
            && one["context"]["trace_id"] == span["context"]["trace_id"]
    });
    found.unwrap_or_else(|| panic!("the parent of {span}"))
}

fn tree(spans: &[Value]) {
    for span in spans {
        assert!(span["parent_id"].is_null() || parent(spans, span).is_object());
    }
    let inner = parent(spans, named(spans, "Decide on the refund"));
    let tool = parent(spans, inner);
    assert_eq!(tool["name"], "Refund the order");
    assert_eq!(parent(spans, tool)["parent_id"], Value::Null);
    assert_eq!(
        parent(spans, named(spans, "refund_order"))["name"],
        "Refund the order"
    );
}

/// A model's call with what it took, and its user and session.
fn turn(spans: &[Value]) {
    let write = named(spans, "Write an answer");
    let attributes = &write["attributes"];
    assert_eq!(attributes["llm.model_name"], "gpt-4o");
    assert_eq!(attributes["llm.provider"], "openai");
    assert_eq!(attributes["llm.token_count.prompt"], 812);
    assert_eq!(attributes["llm.token_count.completion"], 64);
    assert_eq!(attributes["llm.token_count.total"], 876);
    assert_eq!(attributes["llm.cost.total"], json!(0.00267));
    assert_eq!(attributes["user.id"], "customer-7");
    assert_eq!(attributes["output.mime_type"], "application/json");
    let run = parent(spans, write);
    assert_eq!(run["attributes"]["session.id"], attributes["session.id"]);
    let input = run["attributes"]["input.value"].as_str().expect("content");
    assert!(input.contains("退货期限是多久?"), "{input}");
}

fn failures(spans: &[Value]) {
    let failed: Vec<&Value> = spans
        .iter()
        .filter(|span| span["status_code"] == "ERROR")
        .collect();
    assert_eq!(failed.len(), 3, "the node, its run and the message");
    for span in failed {
        assert_eq!(span["status_message"], "order service: HTTP 503");
        assert_eq!(span["events"][0]["name"], "exception");
    }
}

/// The two turns and the name are one session, with the tokens of one answer.
fn sessions(phoenix: &Service, spans: &[Value]) {
    let sessions = ask(phoenix, "/v1/projects/shop/sessions").expect("sessions");
    assert_eq!(sessions.len(), 1, "{sessions:?}");
    let write = named(spans, "Write an answer");
    assert_eq!(sessions[0]["session_id"], write["attributes"]["session.id"]);
    assert_eq!(sessions[0]["traces"].as_array().map(Vec::len), Some(3));
}
