//! OTLP/gRPC: the same records as over HTTP, over one connection, with the same headers.

use std::time::Duration;

use dify_observe_tests::{Cluster, Collector, eventually};

use crate::activity::{arrived, log_runs};
use crate::json::{arrives_as_in_protobuf, speaking};
use crate::status::{reaches, shown};

pub fn calling(name: &str, collector: &Collector) -> Cluster {
    speaking(name, "grpc", collector)
}

#[test]
fn everything_arrives_as_it_does_over_http() {
    let collector = arrives_as_in_protobuf("grpc", "grpc");
    assert_eq!(collector.connections(), 1, "all signals share a connection");
    for request in collector.requests() {
        assert!(request.path.ends_with("Service/Export"), "{request:?}");
        assert_eq!(request.encoding.as_deref(), Some("gzip"));
        assert_eq!(request.headers["grpc-timeout"], "500m");
        assert_eq!(request.headers["grpc-accept-encoding"], "gzip");
        assert!(
            request.headers["user-agent"].starts_with("dify_observe/"),
            "{request:?}"
        );
    }
}

#[test]
fn headers_and_the_key_arrive_as_metadata() {
    let collector = Collector::start();
    let cluster = calling("grpc_metadata", &collector);
    cluster.set_conf("dify_observe.otlp_compression", "none");
    cluster.set_conf("dify_observe.otlp_headers", "X-Tenant=a%20b,x-other=1=2");
    cluster.set_conf("dify_observe.otlp_api_key", "key-4711");
    cluster.reload();
    eventually("as the settings say", Duration::from_secs(60), || {
        log_runs(&cluster, 1);
        let requests = collector.requests();
        let newest = requests.last().ok_or("none")?;
        let header = |name: &str| newest.headers.get(name).cloned().unwrap_or_default();
        let now = (
            header("x-tenant"),
            header("x-other"),
            header("authorization"),
            newest.encoding.clone(),
        );
        let wanted = ("a b", "1=2", "Bearer key-4711", None);
        let right = (now.0.as_str(), now.1.as_str(), now.2.as_str(), now.3) == wanted;
        if right { Ok(()) } else { Err("not yet") }
    });
    for signal in ["traces", "logs", "metrics"] {
        reaches(&cluster, signal, "ok");
    }
}

#[test]
fn settings_that_grpc_cannot_use_are_said_without_a_connection() {
    let collector = Collector::start();
    let cluster = calling("grpc_wrong", &collector);
    log_runs(&cluster, 1);
    arrived(&collector, 1, 1);
    let with_path = format!("{}/secret", collector.endpoint());
    for (setting, value, part) in [
        (
            "otlp_endpoint",
            with_path.as_str(),
            "must not contain a path",
        ),
        ("otlp_headers", "a=1,trace-bin=secret", "header 2: binary"),
        (
            "otlp_headers",
            "grpc-secret=1",
            "header 1: metadata of this",
        ),
        (
            "otlp_headers",
            "a=secret%C3%A9",
            "header 1: the value is not ASCII",
        ),
    ] {
        cluster.set_conf("dify_observe.otlp_endpoint", &collector.endpoint());
        cluster.set_conf("dify_observe.otlp_headers", "");
        cluster.set_conf(&format!("dify_observe.{setting}"), value);
        cluster.reload();
        for signal in ["traces", "logs", "metrics"] {
            eventually(part, Duration::from_secs(60), || {
                let now = (
                    shown(&cluster, signal, "state"),
                    shown(&cluster, signal, "last_error").unwrap_or_default(),
                );
                assert!(!now.1.contains("secret"), "{now:?}");
                let right = now.0.as_deref() == Some("misconfigured") && now.1.contains(part);
                if right { Ok(()) } else { Err(now) }
            });
        }
    }
    cluster.set_conf("dify_observe.otlp_headers", "");
    cluster.reload();
    log_runs(&cluster, 1);
    arrived(&collector, 2, 2);
}
