//! The dictionary's environment names give the settings their boot values.

use dify_observe_tests::{Cluster, Collector};
use serde_json::json;

use crate::activity::{DATABASE, arrived, log_runs};

#[test]
fn the_servers_environment_alone_is_enough_to_export() {
    let collector = Collector::start();
    let cluster = Cluster::builder("environment")
        .env("ENTERPRISE_ENABLED", "true")
        .env("ENTERPRISE_TELEMETRY_ENABLED", "True")
        .env("ENTERPRISE_OTLP_ENDPOINT", &collector.endpoint())
        .env("ENTERPRISE_OTLP_HEADERS", "x-scope-orgid=tenant1")
        .env("ENTERPRISE_OTLP_PROTOCOL", "http")
        .env("ENTERPRISE_OTLP_API_KEY", "key-1")
        .env("ENTERPRISE_INCLUDE_CONTENT", "false")
        .env("ENTERPRISE_SERVICE_NAME", "from-environment")
        .env("ENTERPRISE_OTEL_SAMPLING_RATE", "1.0")
        .start();
    cluster.create_database(DATABASE);
    cluster.create_extension(DATABASE);
    log_runs(&cluster, 1);
    arrived(&collector, 1, 1);

    let request = collector
        .requests()
        .into_iter()
        .find(|request| !request.logs.is_empty())
        .expect("a log");
    assert_eq!(request.headers["x-scope-orgid"], "tenant1");
    assert_eq!(request.headers["authorization"], "Bearer key-1");
    let log = &request.logs[0];
    assert_eq!(log.resource["service.name"], json!("from-environment"));
    let inputs = log.attributes["dify.workflow.inputs"].as_str();
    assert!(
        inputs.is_some_and(|text| text.starts_with("ref:")),
        "{inputs:?}"
    );
}

#[test]
fn every_name_is_a_boot_value_and_a_setting_wins_over_it() {
    let cluster = Cluster::builder("boot")
        .env("ENTERPRISE_ENABLED", "1")
        .env("ENTERPRISE_TELEMETRY_ENABLED", "yes")
        .env("ENTERPRISE_OTLP_ENDPOINT", "http://collector:4318")
        .env("ENTERPRISE_OTLP_HEADERS", "a=1")
        .env("ENTERPRISE_OTLP_PROTOCOL", "grpc")
        .env("ENTERPRISE_OTLP_API_KEY", "key-1")
        .env("ENTERPRISE_INCLUDE_CONTENT", "no")
        .env("ENTERPRISE_SERVICE_NAME", "from-environment")
        .env("ENTERPRISE_OTEL_SAMPLING_RATE", "0.25")
        .conf("dify_observe.service_name", "from-the-file")
        .start();
    let shown = |name: &str| {
        cluster
            .value("postgres", &format!("SHOW dify_observe.{name}"))
            .unwrap_or_default()
    };
    for (name, value) in [
        ("enabled", "on"),
        ("telemetry_enabled", "on"),
        ("otlp_endpoint", "http://collector:4318"),
        ("otlp_headers", "a=1"),
        ("otlp_protocol", "grpc"),
        ("otlp_api_key", "key-1"),
        ("include_content", "off"),
        ("service_name", "from-the-file"),
        ("otel_sampling_rate", "0.25"),
    ] {
        assert_eq!(shown(name), value, "{name}");
    }
    cluster.reset_conf("dify_observe.service_name");
    cluster.reload();
    assert_eq!(shown("service_name"), "from-environment");
}

#[test]
fn without_any_the_defaults_are_the_dictionarys_and_nonsense_is_ignored_aloud() {
    let cluster = Cluster::builder("defaults")
        .env("ENTERPRISE_ENABLED", "perhaps")
        .env("ENTERPRISE_OTEL_SAMPLING_RATE", "2")
        .env("ENTERPRISE_SERVICE_NAME", "")
        .start();
    for (name, value) in [
        ("enabled", "off"),
        ("telemetry_enabled", "off"),
        ("otlp_endpoint", ""),
        ("otlp_protocol", "http"),
        ("include_content", "on"),
        ("service_name", "dify"),
        ("otel_sampling_rate", "1"),
        ("metric_interval", "1min"),
        ("otlp_timeout", "10s"),
        ("otlp_compression", "gzip"),
        ("span_id_rule", "sha256"),
        ("retention_lock_timeout", "100ms"),
    ] {
        let shown = cluster.value("postgres", &format!("SHOW dify_observe.{name}"));
        assert_eq!(shown.unwrap_or_default(), value, "{name}");
    }
    for name in ["ENTERPRISE_ENABLED", "ENTERPRISE_OTEL_SAMPLING_RATE"] {
        assert!(cluster.log().contains(name), "{name}");
    }
}
