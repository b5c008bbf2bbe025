//! Where each backend is written to, and how it is asked to let in.

use std::collections::BTreeMap;

use dify_observe_tests::collector::Received;
use dify_observe_tests::{Collector, Signal};

use crate::activity::{DATABASE, all_sent, connect, exporting, log_demo};

/// Profile or preset, further options of the server, of the mapping; path, headers.
type Case = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
);

const CASES: [Case; 9] = [
    (
        "langfuse",
        "",
        "public_key 'pk-lf-1', secret_key 'sk-lf-2'",
        "/api/public/otel/v1/traces",
        &[
            ("authorization", "Basic cGstbGYtMTpzay1sZi0y"),
            ("x-langfuse-ingestion-version", "4"),
        ],
    ),
    (
        "langsmith",
        ", project 'shop', workspace 'w-1'",
        "api_key 'lsv2_1'",
        "/otel/v1/traces",
        &[
            ("x-api-key", "lsv2_1"),
            ("langsmith-project", "shop"),
            ("x-tenant-id", "w-1"),
        ],
    ),
    (
        "openinference",
        ", project 'shop'",
        "api_key 'phx-1'",
        "/v1/traces",
        &[("authorization", "Bearer phx-1")],
    ),
    (
        "openinference",
        ", project 'shop', protocol 'grpc'",
        "api_key 'arize-1', space_id 'space-1'",
        "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
        &[
            ("api_key", "arize-1"),
            ("arize-api-key", "arize-1"),
            ("space_id", "space-1"),
            ("arize-space-id", "space-1"),
        ],
    ),
    (
        "genai",
        "",
        "headers 'x-a=1', api_key 'any'",
        "/v1/traces",
        &[("authorization", "Bearer any"), ("x-a", "1")],
    ),
    (
        "opik",
        ", project 'shop', workspace 'w-1'",
        "api_key 'opik-1'",
        "/api/v1/private/otel/v1/traces",
        &[
            ("authorization", "opik-1"),
            ("projectname", "shop"),
            ("comet-workspace", "w-1"),
        ],
    ),
    (
        "honeycomb",
        ", project 'shop', signals 'traces'",
        "api_key 'hny-1'",
        "/v1/traces",
        &[
            ("x-honeycomb-team", "hny-1"),
            ("x-honeycomb-dataset", "shop"),
        ],
    ),
    (
        "datadog",
        "",
        "api_key 'dd-1'",
        "/v1/traces",
        &[("dd-api-key", "dd-1"), ("dd-otlp-source", "llmobs")],
    ),
    (
        "mlflow",
        ", project '7'",
        "username 'u', password 'p'",
        "/v1/traces",
        &[
            ("x-mlflow-experiment-id", "7"),
            ("authorization", "Basic dTpw"),
        ],
    ),
];

#[test]
fn two_statements_are_enough_for_every_backend() {
    let cluster = exporting("connection");
    let collectors: Vec<Collector> = CASES.iter().map(|_| Collector::start()).collect();
    for (number, ((profile, server, mapping, ..), collector)) in
        CASES.iter().zip(&collectors).enumerate()
    {
        let endpoint = collector.endpoint();
        let server = format!("profile '{profile}', endpoint '{endpoint}'{server}");
        connect(&cluster, &format!("peer_{number}"), &server, mapping);
    }
    log_demo(&cluster);
    for (number, ((profile, _, _, path, headers), collector)) in
        CASES.iter().zip(&collectors).enumerate()
    {
        all_sent(&cluster, &format!("peer_{number}"));
        let requests = collector.requests();
        assert!(!requests.is_empty(), "{profile}");
        for request in requests {
            assert_eq!(request.signal, Some(Signal::Traces), "{profile}");
            assert_eq!(request.path, *path, "{profile}");
            let expected: BTreeMap<_, _> = headers.iter().copied().collect();
            assert_eq!(carried(&request, &expected), expected, "{profile}");
        }
    }
    let project = |number: usize| {
        let spans = collectors[number].spans();
        let resource = spans[0].resource.clone();
        resource.get("openinference.project.name").cloned()
    };
    assert_eq!(project(2), Some("shop".into()));
    assert_eq!(project(3), Some("shop".into()));
    assert_eq!(project(0), None);
}

fn carried<'a>(
    request: &'a Received,
    expected: &BTreeMap<&'static str, &str>,
) -> BTreeMap<&'static str, &'a str> {
    let value = |name: &&'static str| Some((*name, request.headers.get(*name)?.as_str()));
    expected.keys().filter_map(value).collect()
}

#[test]
fn what_cannot_be_used_is_refused_by_its_name() {
    let cluster = exporting("refused_options");
    let mut client = cluster.connect(DATABASE);
    for (options, part) in [
        ("profile 'langfuze'", "langfuse"),
        ("profile 'langfuse', project 'shop'", "\"project\""),
        ("profile 'langfuse', protocol 'grpc'", "over HTTP only"),
        ("profile 'openinference'", "\"endpoint\""),
        ("profile 'mlflow'", "\"endpoint\""),
        ("profile 'langfuse', public_key 'pk'", "\"public_key\""),
        ("profile 'langfuse', secret_key 'sk'", "\"secret_key\""),
    ] {
        let refused = client
            .batch_execute(&format!(
                "CREATE SERVER one FOREIGN DATA WRAPPER dify_observe OPTIONS ({options})"
            ))
            .expect_err(options);
        let error = refused.as_db_error().expect("the server's");
        assert!(error.message().contains(part), "{options}: {error:?}");
    }
    connect(&cluster, "half", "profile 'langfuse'", "public_key 'pk'");
    let state = "SELECT string_agg(state || ': ' || last_error, '') FROM dify_observe.export_status WHERE destination = 'half'";
    dify_observe_tests::eventually("it is told", crate::activity::PATIENCE, || {
        match cluster.seen(DATABASE, state) {
            Some(told) if told.contains("misconfigured: option \"secret_key\"") => Ok(()),
            other => Err(other),
        }
    });
}
