//! The base URL of a peer.

use super::protocol::Protocol;
use crate::otlp::signal::Signal;
use url::Url;

/// A valid base URL, to which the path of a signal is appended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Without a trailing slash.
    base: String,
    secure: bool,
}

impl Endpoint {
    /// Reads `http://host[:port][/base/path]`, or `https://`; without a path for gRPC. An error never repeats the text, which may hold a password.
    pub fn parse(text: &str, protocol: Protocol) -> Result<Self, String> {
        let text = text.trim();
        let scheme = text.split_once("://").map(|(scheme, _)| scheme);
        let secure = match scheme.map(str::to_ascii_lowercase).as_deref() {
            Some("http") => false,
            Some("https") => true,
            Some(_) => return Err("the endpoint must begin with http:// or https://".into()),
            None => {
                return Err(
                    "the endpoint must have the form http://host:port or https://host:port".into(),
                );
            }
        };
        let url =
            Url::parse(text).map_err(|error| format!("the endpoint is not a URL: {error}"))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err("the endpoint must not contain a user name or password".into());
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err("the endpoint must not contain a query or a fragment".into());
        }
        let base = url.as_str().trim_end_matches('/').to_owned();
        if protocol == Protocol::Grpc && !url.path().trim_end_matches('/').is_empty() {
            return Err("with grpc, the endpoint must not contain a path".into());
        }
        Ok(Self { base, secure })
    }

    /// Whether TLS is asked for.
    pub fn is_secure(&self) -> bool {
        self.secure
    }

    /// Where OTLP/HTTP requests of a signal go.
    pub fn url(&self, signal: Signal) -> String {
        format!("{}{}", self.base, signal.path())
    }

    /// Where the gRPC calls of a signal go.
    pub fn method(&self, signal: Signal) -> String {
        format!("{}{}", self.base, signal.method())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn urls() {
        for (text, url) in [
            ("http://h:4318", "http://h:4318/v1/logs"),
            ("http://h:4318/", "http://h:4318/v1/logs"),
            ("http://h:4318///", "http://h:4318/v1/logs"),
            ("  http://h\n", "http://h/v1/logs"),
            ("http://h:80", "http://h/v1/logs"),
            ("HTTP://Host/otlp/", "http://host/otlp/v1/logs"),
            ("http://[::1]:4318/a/b", "http://[::1]:4318/a/b/v1/logs"),
            ("http://10.0.0.1:4318", "http://10.0.0.1:4318/v1/logs"),
            ("https://h:4318/", "https://h:4318/v1/logs"),
            ("HTTPS://h:443", "https://h/v1/logs"),
        ] {
            let endpoint = Endpoint::parse(text, Protocol::Http).unwrap();
            assert_eq!(endpoint.url(Signal::Logs), url);
            assert_eq!(endpoint.is_secure(), url.starts_with("https:"));
        }
        let endpoint = Endpoint::parse("http://h", Protocol::HttpJson).unwrap();
        assert_eq!(endpoint.url(Signal::Traces), "http://h/v1/traces");
        assert_eq!(endpoint.url(Signal::Metrics), "http://h/v1/metrics");
    }

    #[test]
    fn what_is_refused() {
        for (text, reason) in [
            ("", "form"),
            ("h:4318", "form"),
            ("http:h", "form"),
            ("grpc://h", "http:// or https://"),
            ("https:h", "form"),
            ("https://secret@h", "user name"),
            ("http://", "not a URL"),
            ("http://h:99999", "not a URL"),
            ("http://h h", "not a URL"),
            ("http://secret@h", "user name"),
            ("http://u:secret@h", "user name"),
            ("http://:secret@h", "user name"),
            ("http://h/?key=secret", "query"),
            ("http://h/#secret", "query"),
            ("http://h?", "query"),
        ] {
            for protocol in [Protocol::Http, Protocol::Grpc] {
                let error = Endpoint::parse(text, protocol).unwrap_err();
                assert!(error.contains(reason), "{text}: {error}");
                assert!(!error.contains("secret"), "{text}: {error}");
            }
        }
    }

    #[test]
    fn methods() {
        for (text, base) in [
            ("http://h:4317", "http://h:4317"),
            ("http://h:4317///", "http://h:4317"),
            ("https://[::1]/", "https://[::1]"),
        ] {
            let endpoint = Endpoint::parse(text, Protocol::Grpc).unwrap();
            for (signal, method) in [
                (Signal::Traces, "trace.v1.TraceService/Export"),
                (Signal::Logs, "logs.v1.LogsService/Export"),
                (Signal::Metrics, "metrics.v1.MetricsService/Export"),
            ] {
                let expected = format!("{base}/opentelemetry.proto.collector.{method}");
                assert_eq!(endpoint.method(signal), expected);
            }
        }
        for text in [
            "http://h/secret",
            "http://h:4317/v1/traces",
            "https://h//a/",
        ] {
            let error = Endpoint::parse(text, Protocol::Grpc).unwrap_err();
            assert!(
                error.contains("path") && !error.contains("secret"),
                "{error}"
            );
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in "(https?://)?\\PC{0,60}") {
            let _ = Endpoint::parse(&text, Protocol::Http);
            let _ = Endpoint::parse(&text, Protocol::Grpc);
        }
    }
}
