//! Keys and headers are for superusers and for the receiver, and for nobody else.

use std::time::Duration;

use dify_observe_tests::{Behaviour, Cluster, Collector, eventually};

use crate::activity::{DATABASE, arrived, log_runs};
use crate::status::{reaches, told};

const SECRETS: [&str; 2] = ["key-4711", "token-0815"];

fn with_secrets(name: &str, collector: &Collector, headers: &str) -> Cluster {
    let cluster = Cluster::builder(name)
        .exports_to(&collector.endpoint())
        .conf("dify_observe.otlp_api_key", SECRETS[0])
        .conf("dify_observe.otlp_headers", headers)
        .start();
    cluster.create_database(DATABASE);
    cluster.create_extension(DATABASE);
    cluster.sql(
        DATABASE,
        "CREATE ROLE plain LOGIN;
         GRANT USAGE ON SCHEMA dify_observe TO plain;
         GRANT SELECT ON dify_observe.export_status, dify_observe.worker_status TO plain",
    );
    cluster
}

/// Neither in what any role may read, nor in the server's log.
#[track_caller]
fn not_told(cluster: &Cluster) {
    let mut plain = cluster.connect_as(DATABASE, "plain");
    let readable = [
        "SELECT string_agg(s::text, ' ') FROM pg_settings s",
        "SELECT string_agg(s::text, ' ') FROM pg_show_all_settings() s",
        "SELECT string_agg(s::text, ' ') FROM pg_stat_activity s",
        "SELECT string_agg(s::text, ' ') FROM dify_observe.export_status s",
        "SELECT string_agg(s::text, ' ') FROM dify_observe.worker_status s",
    ];
    for statement in readable {
        let text: String = plain.query_one(statement, &[]).expect(statement).get(0);
        for secret in SECRETS {
            assert!(!text.contains(secret), "{statement}: {text}");
        }
    }
    for setting in ["otlp_api_key", "otlp_headers"] {
        let refused = plain
            .simple_query(&format!("SHOW dify_observe.{setting}"))
            .expect_err(setting);
        let code = refused.as_db_error().expect("the server's").code().code();
        assert_eq!(code, "42501", "{setting}");
    }
    for secret in SECRETS {
        assert_eq!(told(cluster, secret), 0, "{secret}");
    }
}

#[test]
fn they_reach_the_receiver_and_no_other_reader() {
    let collector = Collector::start();
    let cluster = with_secrets("secrets", &collector, "x-token=token-0815");
    log_runs(&cluster, 1);
    arrived(&collector, 1, 1);
    let request = &collector.requests()[0];
    assert_eq!(request.headers["authorization"], "Bearer key-4711");
    assert_eq!(request.headers["x-token"], "token-0815");

    collector.answer(None, Behaviour::status(401));
    log_runs(&cluster, 1);
    reaches(&cluster, "logs", "misconfigured");
    collector.stop();
    cluster.set_conf("dify_observe.service_name", "tried again");
    cluster.reload();
    reaches(&cluster, "logs", "retrying");
    not_told(&cluster);
}

#[test]
fn a_changed_one_is_not_written_into_the_log() {
    let collector = Collector::start();
    let cluster = Cluster::builder("secrets_changed")
        .exports_to(&collector.endpoint())
        .conf("lc_messages", "C")
        .start();
    cluster.create_database(DATABASE);
    cluster.create_extension(DATABASE);
    cluster.set_conf("dify_observe.otlp_api_key", SECRETS[0]);
    cluster.set_conf("dify_observe.otlp_headers", "x-token=token-0815");
    cluster.set_conf("dify_observe.service_name", "renamed");
    cluster.reload();
    let changed = |name: &str| format!("parameter \"dify_observe.{name}\" changed");
    eventually("the reload", Duration::from_secs(60), || {
        let names = ["otlp_api_key", "otlp_headers"];
        let all = names.iter().all(|name| told(&cluster, &changed(name)) == 1);
        all && told(&cluster, &(changed("service_name") + " to \"renamed\"")) == 1
    });
    for secret in SECRETS {
        assert_eq!(told(&cluster, secret), 0, "{secret}");
    }
}

#[test]
fn a_header_that_cannot_be_read_is_named_by_its_place() {
    let collector = Collector::start();
    let cluster = with_secrets("secrets_wrong", &collector, "x-a=1,token-0815");
    reaches(&cluster, "logs", "misconfigured");
    eventually("its place", Duration::from_secs(60), || {
        crate::status::shown(&cluster, "logs", "last_error")
            .is_some_and(|why| why.contains("header 2"))
    });
    not_told(&cluster);
    assert_eq!(collector.connections(), 0);
}
