use super::*;

const NOTHING: Given<'static> = Given {
    protocol: Protocol::Http,
    endpoint: None,
    project: None,
    workspace: None,
    api_key: None,
    public_key: None,
    secret_key: None,
    space_id: None,
};

fn to(name: &str, given: Given<'_>) -> Result<Connection, Fault> {
    Connection::to(Backend::parse(name).unwrap(), given, Vec::new())
}

type Pairs<'a> = &'a [(&'a str, &'a str)];

/// Backend, what is given; base URL, headers, resource.
type Case<'a> = (&'a str, Given<'a>, &'a str, Pairs<'a>, Pairs<'a>);

#[test]
fn every_backend_is_reached_as_its_documentation_says() {
    let key = Some("key");
    let cases: [Case<'_>; 17] = [
        (
            "langfuse",
            Given {
                public_key: Some("pk"),
                secret_key: Some("sk"),
                ..NOTHING
            },
            "https://cloud.langfuse.com/api/public/otel",
            &[
                ("authorization", "Basic cGs6c2s="),
                ("x-langfuse-ingestion-version", "4"),
            ],
            &[],
        ),
        (
            "langfuse",
            Given {
                endpoint: Some("http://l:3000/api/public/otel/"),
                ..NOTHING
            },
            "http://l:3000/api/public/otel",
            &[("x-langfuse-ingestion-version", "4")],
            &[],
        ),
        (
            "langsmith",
            Given {
                api_key: key,
                project: Some("shop"),
                workspace: Some("w"),
                ..NOTHING
            },
            "https://api.smith.langchain.com/otel",
            &[
                ("x-api-key", "key"),
                ("langsmith-project", "shop"),
                ("x-tenant-id", "w"),
            ],
            &[],
        ),
        (
            "langsmith",
            Given {
                endpoint: Some("https://ls.example/api/v1"),
                api_key: key,
                ..NOTHING
            },
            "https://ls.example/api/v1/otel",
            &[("x-api-key", "key")],
            &[],
        ),
        (
            "openinference",
            Given {
                endpoint: Some("http://p:6006/v1/traces"),
                api_key: key,
                project: Some("shop"),
                ..NOTHING
            },
            "http://p:6006",
            &[("authorization", "Bearer key")],
            &[("openinference.project.name", "shop"), ("model_id", "shop")],
        ),
        (
            "openinference",
            Given {
                space_id: Some("space"),
                api_key: key,
                ..NOTHING
            },
            "https://otlp.arize.com",
            &[
                ("space_id", "space"),
                ("arize-space-id", "space"),
                ("api_key", "key"),
                ("arize-api-key", "key"),
            ],
            &[],
        ),
        (
            "genai",
            Given {
                endpoint: Some("http://c:4318"),
                ..NOTHING
            },
            "http://c:4318",
            &[],
            &[],
        ),
        (
            "genai",
            Given {
                endpoint: Some("http://c:4318"),
                api_key: key,
                ..NOTHING
            },
            "http://c:4318",
            &[("authorization", "Bearer key")],
            &[],
        ),
        (
            "dify",
            Given {
                endpoint: Some("http://c:4318/otlp"),
                api_key: key,
                ..NOTHING
            },
            "http://c:4318/otlp",
            &[("authorization", "Bearer key")],
            &[],
        ),
        (
            "honeycomb",
            Given {
                api_key: key,
                project: Some("shop"),
                ..NOTHING
            },
            "https://api.honeycomb.io",
            &[("x-honeycomb-team", "key"), ("x-honeycomb-dataset", "shop")],
            &[],
        ),
        (
            "grafana-cloud",
            Given {
                endpoint: Some("https://otlp-gateway-prod-eu-west-0.grafana.net"),
                api_key: key,
                workspace: Some("123"),
                ..NOTHING
            },
            "https://otlp-gateway-prod-eu-west-0.grafana.net/otlp",
            &[("authorization", "Basic MTIzOmtleQ==")],
            &[],
        ),
        (
            "grafana-cloud",
            Given {
                endpoint: Some("https://g.example/otlp"),
                ..NOTHING
            },
            "https://g.example/otlp",
            &[],
            &[],
        ),
        (
            "datadog",
            Given {
                api_key: key,
                ..NOTHING
            },
            "https://otlp.datadoghq.com",
            &[("dd-otlp-source", "llmobs"), ("dd-api-key", "key")],
            &[],
        ),
        (
            "opik",
            Given {
                api_key: key,
                project: Some("shop"),
                workspace: Some("w"),
                ..NOTHING
            },
            "https://www.comet.com/opik/api/v1/private/otel",
            &[
                ("authorization", "key"),
                ("projectname", "shop"),
                ("comet-workspace", "w"),
            ],
            &[],
        ),
        (
            "opik",
            Given {
                endpoint: Some("http://localhost:5173"),
                ..NOTHING
            },
            "http://localhost:5173/api/v1/private/otel",
            &[],
            &[],
        ),
        (
            "mlflow",
            Given {
                endpoint: Some("http://m:5000"),
                project: Some("7"),
                ..NOTHING
            },
            "http://m:5000",
            &[("x-mlflow-experiment-id", "7")],
            &[],
        ),
        (
            "Langsmith",
            NOTHING,
            "https://api.smith.langchain.com/otel",
            &[],
            &[],
        ),
    ];
    let owned = |pairs: &[(&str, &str)]| {
        let pairs = pairs.iter();
        pairs
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect::<Vec<_>>()
    };
    for (name, given, endpoint, headers, resource) in cases {
        let expected = Connection {
            endpoint: endpoint.to_owned(),
            headers: owned(headers),
            resource: owned(resource),
        };
        assert_eq!(to(name, given), Ok(expected), "{name}");
    }
}

#[test]
fn what_is_wrong_is_named_by_its_option_and_never_repeated() {
    let endpoint = Some("http://h");
    let secret = Some("s3cret");
    for (name, given, option) in [
        ("openinference", NOTHING, "endpoint"),
        ("grafana-cloud", NOTHING, "endpoint"),
        (
            "langfuse",
            Given {
                public_key: secret,
                ..NOTHING
            },
            "secret_key",
        ),
        (
            "langfuse",
            Given {
                secret_key: secret,
                ..NOTHING
            },
            "public_key",
        ),
        (
            "langfuse",
            Given {
                public_key: Some("s3:cret"),
                secret_key: secret,
                ..NOTHING
            },
            "public_key",
        ),
        (
            "langfuse",
            Given {
                api_key: secret,
                ..NOTHING
            },
            "api_key",
        ),
        (
            "langfuse",
            Given {
                project: secret,
                ..NOTHING
            },
            "project",
        ),
        (
            "langsmith",
            Given {
                api_key: Some("s3\ncret"),
                ..NOTHING
            },
            "api_key",
        ),
        (
            "langsmith",
            Given {
                public_key: secret,
                ..NOTHING
            },
            "public_key",
        ),
        (
            "openinference",
            Given {
                space_id: secret,
                ..NOTHING
            },
            "api_key",
        ),
        (
            "grafana-cloud",
            Given {
                endpoint,
                api_key: secret,
                ..NOTHING
            },
            "workspace",
        ),
        (
            "dify",
            Given {
                endpoint,
                workspace: secret,
                ..NOTHING
            },
            "workspace",
        ),
        (
            "mlflow",
            Given {
                endpoint,
                ..NOTHING
            },
            "project",
        ),
        (
            "langfuse",
            Given {
                protocol: Protocol::Grpc,
                ..NOTHING
            },
            "protocol",
        ),
        (
            "openinference",
            Given {
                protocol: Protocol::Grpc,
                endpoint,
                api_key: Some("s3cretö"),
                ..NOTHING
            },
            "api_key",
        ),
    ] {
        let (found, why) = to(name, given).unwrap_err();
        assert_eq!(found, option, "{name}: {why}");
        assert!(!why.contains("cret"), "{name}: {why}");
    }
    let why = Backend::parse("s3cret").unwrap_err();
    assert!(why.contains("langfuse") && why.contains("grafana-cloud") && !why.contains("s3cret"));
}

#[test]
fn a_key_wins_over_a_header_that_was_given() {
    let given = Given {
        endpoint: Some("http://h"),
        api_key: Some("new"),
        ..NOTHING
    };
    let headers = vec![
        ("authorization".to_owned(), "old".to_owned()),
        ("x-a".to_owned(), "1".to_owned()),
    ];
    let to = Connection::to(Backend::Of(Profile::GenAi), given, headers).unwrap();
    let expected = [
        ("x-a".to_owned(), "1".to_owned()),
        ("authorization".to_owned(), "Bearer new".to_owned()),
    ];
    assert_eq!(to.headers, expected);
}
