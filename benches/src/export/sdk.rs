//! The OpenTelemetry SDK for Python, with its batch processors, sending as much.

use std::process::Command;

use dify_observe_tests::packages;

use super::stage::{Spent, Stage};

/// Fewer: it takes its time, and each costs the same.
const EVENTS: usize = 10_000;

pub fn send(stage: &Stage, compression: &str) -> Spent {
    let path = packages::python(&[
        "opentelemetry-sdk==1.30.0",
        "opentelemetry-exporter-otlp-proto-http==1.30.0",
    ]);
    let done = Command::new("python3")
        .args([
            "-c",
            include_str!("sdk.py"),
            &stage.sink.endpoint,
            compression,
        ])
        .args([
            EVENTS.to_string(),
            stage.spans_per_event().to_string(),
            stage.answers.to_string(),
        ])
        .env("PYTHONPATH", path)
        .output()
        .expect("python3");
    let told = String::from_utf8_lossy(&done.stdout);
    let cpu = told.trim().parse().unwrap_or_else(|_| {
        panic!("{told}{}", String::from_utf8_lossy(&done.stderr));
    });
    Spent {
        cpu,
        events: EVENTS,
        note: String::new(),
    }
}
