//! MLflow itself: what it shows of the demo's activity, asked of its API.

use std::path::Path;
use std::process::Command;

use dify_observe_tests::eventually;
use serde_json::{Value, json};

use crate::activity::{DATABASE, PATIENCE, all_sent, connect, exporting, log_demo};
use crate::service::Service;

const PACKAGE: &str = "mlflow==3.17.2";

fn start() -> Service {
    let arguments = |port: u16, folder: &Path, command: &mut Command| {
        let store = format!("sqlite:///{}", folder.join("store.db").display());
        command
            .args([
                "-m",
                "mlflow",
                "server",
                "--host",
                "127.0.0.1",
                "--workers",
                "1",
            ])
            .args(["--port", &port.to_string(), "--backend-store-uri", &store])
            .env("MLFLOW_DISABLE_TELEMETRY", "true")
            .env("DO_NOT_TRACK", "true");
    };
    Service::start(&[PACKAGE], arguments, "/health")
}

#[test]
fn mlflow_shows_the_demo_s_activity() {
    let mlflow = start();
    let created = mlflow.post(
        "/api/2.0/mlflow/experiments/create",
        &json!({"name": "shop"}),
    );
    let experiment = created.expect("an experiment")["experiment_id"].clone();
    let experiment = experiment.as_str().expect("its id");
    let cluster = exporting("mlflow");
    let server = format!(
        "profile 'mlflow', endpoint '{}', project '{experiment}'",
        mlflow.endpoint()
    );
    connect(&cluster, "mlflow", &server, "");
    let tried = "SELECT ok || ' ' || message FROM dify_observe.test_destination('mlflow')";
    assert_eq!(cluster.value(DATABASE, tried).as_deref(), Some("true "));
    log_demo(&cluster);
    all_sent(&cluster, "mlflow");

    let traces = eventually("four traces", PATIENCE, || {
        let of = json!([{"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment}}]);
        let asked = json!({"locations": of, "max_results": 100});
        let found = mlflow.post("/api/3.0/mlflow/traces/search", &asked)?;
        let traces = found["traces"].as_array().cloned().unwrap_or_default();
        if traces.len() == 4 {
            Ok(traces)
        } else {
            Err(found.to_string())
        }
    });
    let whole: Vec<Value> = traces
        .iter()
        .map(|trace| {
            let id = trace["trace_id"].as_str().expect("an id");
            let path = format!("/api/3.0/mlflow/traces/get?trace_id={id}");
            mlflow.get(&path, "").expect("a trace")["trace"].clone()
        })
        .collect();
    let spans = |trace: &Value| trace["spans"].as_array().cloned().unwrap_or_default();
    assert_eq!(
        whole.iter().map(|trace| spans(trace).len()).sum::<usize>(),
        17
    );

    let turn = with(&whole, "Write an answer");
    let told = &turn["trace_info"];
    assert_eq!(told["trace_metadata"]["mlflow.trace.user"], "customer-7");
    let usage = told["trace_metadata"]["mlflow.trace.tokenUsage"].as_str();
    let usage: Value = serde_json::from_str(usage.expect("usage")).expect("JSON");
    assert_eq!(
        (&usage["input_tokens"], &usage["output_tokens"]),
        (&json!(812), &json!(64))
    );
    assert!(
        told["request_preview"]
            .to_string()
            .contains("退货期限是多久?")
    );
    let write = span(turn, "Write an answer");
    assert_eq!(attribute(write, "mlflow.spanType"), "LLM");
    assert_eq!(attribute(write, "mlflow.llm.model"), "gpt-4o");
    let run = spans(turn)
        .into_iter()
        .find(|one| one["span_id"] == write["parent_span_id"])
        .expect("the run");
    assert_eq!(attribute(&run, "mlflow.spanType"), "CHAIN");
    assert_eq!(run["parent_span_id"], Value::Null);

    let failed = with(&whole, "Ask the order service");
    assert_eq!(failed["trace_info"]["state"], "ERROR");
    let node = span(failed, "Ask the order service");
    assert_eq!(node["status"]["message"], "order service: HTTP 503");
    assert_eq!(attribute(node, "mlflow.spanType"), "TOOL");
    let session = |trace: &Value| {
        let metadata = &trace["trace_info"]["trace_metadata"];
        metadata["mlflow.trace.session"].clone()
    };
    assert!(session(turn).is_string());
    assert_eq!(session(turn), session(failed));
}

/// The trace with a span of this name.
#[track_caller]
fn with<'a>(traces: &'a [Value], name: &str) -> &'a Value {
    let found = traces
        .iter()
        .find(|trace| trace["spans"].to_string().contains(&format!("\"{name}\"")));
    found.unwrap_or_else(|| panic!("{name} in {traces:?}"))
}

#[track_caller]
fn span<'a>(trace: &'a Value, name: &str) -> &'a Value {
    let spans = trace["spans"].as_array().expect("spans");
    let found = spans.iter().find(|span| span["name"] == name);
    found.expect(name)
}

#[track_caller]
fn attribute(span: &Value, name: &str) -> String {
    let attributes = span["attributes"].as_array().expect("attributes");
    let found = attributes.iter().find(|one| one["key"] == name);
    let value = &found.unwrap_or_else(|| panic!("{name} in {span}"))["value"];
    value["string_value"].as_str().expect("text").to_owned()
}
