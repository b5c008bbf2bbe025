//! gRPC in TLS: the same trust, and HTTP/2 agreed upon in the handshake.

use dify_observe_tests::{Authority, Behaviour, Cluster, Collector};

use crate::activity::{DATABASE, arrived, log_runs};
use crate::status::reaches;
use crate::tls::{
    a_plain_port_is_told, bad_identities, exporting_to, refuses_bad_identities, trust,
};

fn trusting(name: &str, endpoint: &str, authority: &Authority) -> Cluster {
    let cluster = exporting_to(name, endpoint);
    cluster.set_conf("dify_observe.otlp_protocol", "grpc");
    trust(&cluster, authority);
    cluster
}

#[test]
fn a_receiver_that_can_be_trusted_gets_all_signals() {
    let authority = Authority::new("ours");
    let collector = Collector::start_secure(&authority.identity("localhost"));
    let cluster = trusting("grpc_tls", &collector.endpoint(), &authority);
    log_runs(&cluster, 3);
    arrived(&collector, 3, 3);
    for signal in ["traces", "logs", "metrics"] {
        reaches(&cluster, signal, "ok");
    }
    for request in collector.requests() {
        assert!(request.path.ends_with("Service/Export"), "{request:?}");
    }

    for behaviour in [Behaviour::ResetMidway, Behaviour::Hang, Behaviour::Reset] {
        collector.answer(None, behaviour);
        log_runs(&cluster, 1);
        reaches(&cluster, "logs", "retrying");
        collector.answer(None, Behaviour::Ok);
        cluster.sql(DATABASE, "CALL dify_observe.export_now()");
        reaches(&cluster, "logs", "ok");
    }
    arrived(&collector, 6, 6);
}

#[test]
fn a_receiver_that_cannot_is_refused_and_nothing_is_sent() {
    let (authority, stranger) = (Authority::new("ours"), Authority::new("stranger"));
    let good = Collector::start_secure(&authority.identity("localhost"));
    let cluster = trusting("grpc_tls_refused", &good.endpoint(), &authority);
    log_runs(&cluster, 2);
    arrived(&good, 2, 2);
    let mut bad = bad_identities(&authority, &stranger);
    bad.push((
        authority.identity("localhost").without_http2(),
        "does not offer the protocol of otlp_protocol",
    ));
    refuses_bad_identities(&cluster, bad);
    cluster.set_conf("dify_observe.otlp_endpoint", &good.endpoint());
    cluster.reload();
    arrived(&good, 6, 6);
}

#[test]
fn a_port_without_tls_is_told() {
    a_plain_port_is_told(|endpoint, authority| trusting("grpc_tls_plain", endpoint, authority));
}
