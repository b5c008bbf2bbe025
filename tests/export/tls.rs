//! TLS with real handshakes: whom to trust, what is refused and why, and nothing that waits for it.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use dify_observe_tests::{
    Authority, Behaviour, Cluster, Collector, Identity, Shutdown, eventually,
};

use crate::activity::{DATABASE, arrived, log_runs};
use crate::status::{reaches, shown, told};

/// A file that the server can read, replaced at once.
fn write(cluster: &Cluster, name: &str, text: &str) -> String {
    let (new, path) = (cluster.folder().join("new"), cluster.folder().join(name));
    fs::write(&new, text).expect("a file");
    fs::rename(&new, &path).expect("a file");
    path.to_str().expect("UTF-8").to_owned()
}

pub fn exporting_to(name: &str, endpoint: &str) -> Cluster {
    let cluster = Cluster::builder(name)
        .exports_to(endpoint)
        .conf("dify_observe.otlp_timeout", "500ms")
        .conf("dify_observe.otlp_api_key", "key-4711")
        .start();
    cluster.create_database(DATABASE);
    cluster.create_extension(DATABASE);
    cluster
}

/// Trusts this authority from now on.
pub fn trust(cluster: &Cluster, authority: &Authority) {
    let path = write(cluster, "ca.pem", &authority.pem());
    cluster.set_conf("dify_observe.otlp_ca_file", &path);
    cluster.reload();
}

#[track_caller]
pub fn says(cluster: &Cluster, state: &str, part: &str) {
    for signal in ["traces", "logs", "metrics"] {
        eventually(part, Duration::from_secs(60), || {
            let now = (
                shown(cluster, signal, "state"),
                shown(cluster, signal, "last_error"),
            );
            let right = now.0.as_deref() == Some(state)
                && now.1.as_deref().is_some_and(|why| why.contains(part));
            if right { Ok(()) } else { Err(now) }
        });
        let why = shown(cluster, signal, "last_error").unwrap_or_default();
        assert!(
            !why.contains("key-4711") && !why.contains("localhost"),
            "{why}"
        );
    }
    assert_eq!(told(cluster, "key-4711"), 0);
}

#[test]
fn a_receiver_whose_authority_is_in_the_file_gets_all_signals() {
    let authority = Authority::new("ours");
    let collector = Collector::start_secure(&authority.identity("localhost"));
    let cluster = exporting_to("tls", &collector.endpoint());
    trust(&cluster, &authority);
    log_runs(&cluster, 3);
    arrived(&collector, 3, 3);
    for signal in ["traces", "logs", "metrics"] {
        reaches(&cluster, signal, "ok");
    }
    let logs = collector.connections();
    assert!(logs <= 6, "connections are kept: {logs}");

    // An answer that goes wrong inside TLS is judged as outside of it.
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
fn an_address_has_a_certificate_as_a_name_has() {
    let authority = Authority::new("ours");
    let collector = Collector::start_secure(&authority.identity("127.0.0.1"));
    let endpoint = format!("https://127.0.0.1:{}", collector.port());
    let cluster = exporting_to("tls_address", &endpoint);
    trust(&cluster, &authority);
    log_runs(&cluster, 1);
    arrived(&collector, 1, 1);
}

/// What no receiver may show, and how each is told.
pub fn bad_identities(
    authority: &Authority,
    stranger: &Authority,
) -> Vec<(Identity, &'static str)> {
    vec![
        (authority.expired("localhost"), "has expired"),
        (
            authority.identity("elsewhere.example"),
            "is for another name",
        ),
        (
            stranger.identity("localhost"),
            "not issued by an authority that is trusted here",
        ),
    ]
}

/// Logs a run for each: that is told, and nothing is sent.
#[track_caller]
pub fn refuses_bad_identities(cluster: &Cluster, bad: Vec<(Identity, &str)>) {
    for (identity, part) in bad {
        let bad = Collector::start_secure(&identity);
        cluster.set_conf("dify_observe.otlp_endpoint", &bad.endpoint());
        cluster.reload();
        log_runs(cluster, 1);
        says(cluster, "misconfigured", part);
        assert!(bad.connections() > 0, "{part}");
        assert_eq!(bad.requests().len(), 0, "{part}");
    }
}

#[test]
fn certificates_that_are_not_good_are_refused_and_nothing_is_sent() {
    let (authority, stranger) = (Authority::new("ours"), Authority::new("stranger"));
    let good = Collector::start_secure(&authority.identity("localhost"));
    let cluster = exporting_to("tls_refused", &good.endpoint());
    trust(&cluster, &authority);
    log_runs(&cluster, 2);
    arrived(&good, 2, 2);
    refuses_bad_identities(&cluster, bad_identities(&authority, &stranger));
    cluster.set_conf("dify_observe.otlp_endpoint", &good.endpoint());
    cluster.reload();
    arrived(&good, 5, 5);
}

/// The cluster is given an address with https:// of a receiver without it.
#[track_caller]
pub fn a_plain_port_is_told(start: impl FnOnce(&str, &Authority) -> Cluster) {
    let collector = Collector::start();
    let endpoint = format!("https://localhost:{}", collector.port());
    let cluster = start(&endpoint, &Authority::new("ours"));
    log_runs(&cluster, 1);
    says(&cluster, "misconfigured", "does not speak TLS");
    cluster.set_conf("dify_observe.otlp_endpoint", &collector.endpoint());
    cluster.reload();
    arrived(&collector, 1, 1);
}

#[test]
fn a_port_without_tls_is_told() {
    a_plain_port_is_told(|endpoint, authority| {
        let cluster = exporting_to("tls_plain", endpoint);
        trust(&cluster, authority);
        cluster
    });
}

#[test]
fn the_file_replaces_the_systems_authorities_and_follows_a_reload() {
    let (first, second) = (Authority::new("first"), Authority::new("second"));
    let collector = Collector::start_secure(&first.identity("localhost"));
    let elsewhere = tempfile_for_the_system(&first);
    let cluster = Cluster::builder("tls_roots")
        .exports_to(&collector.endpoint())
        .env("SSL_CERT_FILE", elsewhere.path().to_str().expect("UTF-8"))
        .start();
    cluster.create_database(DATABASE);
    cluster.create_extension(DATABASE);
    log_runs(&cluster, 1);
    arrived(&collector, 1, 1);

    trust(&cluster, &second);
    log_runs(&cluster, 1);
    says(&cluster, "misconfigured", "not issued by an authority");

    // The same path, another file: looked at with a reload.
    let ca = write(&cluster, "ca.pem", &(second.pem() + &first.pem()));
    cluster.reload();
    arrived(&collector, 2, 2);

    for (text, part) in [
        ("", "otlp_ca_file: it has no certificate"),
        (
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "certificate 1 cannot be used",
        ),
    ] {
        write(&cluster, "ca.pem", text);
        cluster.reload();
        log_runs(&cluster, 1);
        says(&cluster, "misconfigured", part);
    }
    fs::remove_file(&ca).expect("removed");
    cluster.reload();
    says(
        &cluster,
        "misconfigured",
        "otlp_ca_file: it cannot be read: No such file",
    );
    cluster.set_conf("dify_observe.otlp_ca_file", "");
    cluster.reload();
    arrived(&collector, 4, 4);
}

fn tempfile_for_the_system(authority: &Authority) -> tempfile::NamedTempFile {
    use std::os::unix::fs::PermissionsExt;
    let file = tempfile::NamedTempFile::new_in("/tmp").expect("a file");
    fs::write(file.path(), authority.pem()).expect("a file");
    fs::set_permissions(file.path(), fs::Permissions::from_mode(0o644)).expect("readable");
    file
}

/// Accepts connections, and does with each what it is told; keeps them open.
pub fn crowd(
    treat: impl Fn(&mut TcpStream) + Send + Sync + 'static,
) -> (u16, Arc<Mutex<Vec<TcpStream>>>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let held = Arc::new(Mutex::new(Vec::new()));
    let (keep, treat) = (Arc::clone(&held), Arc::new(treat));
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            treat(&mut stream);
            keep.lock().expect("connections").push(stream);
        }
    });
    (port, held)
}

#[test]
fn a_handshake_that_hangs_times_out_and_holds_nobody_up() {
    let (port, held) = crowd(|_| {});
    let cluster = exporting_to("tls_hang", &format!("https://localhost:{port}"));
    trust(&cluster, &Authority::new("ours"));
    log_runs(&cluster, 1);
    says(&cluster, "retrying", "no complete answer within 500 ms");

    // Counted before: with such a time-out the one that hangs is the last for long.
    let before = held.lock().expect("connections").len();
    cluster.set_conf("dify_observe.otlp_timeout", "60s");
    cluster.reload();
    log_runs(&cluster, 1);
    eventually("handshakes hang", Duration::from_secs(60), || {
        held.lock().expect("connections").len() > before
    });
    let begun = Instant::now();
    cluster.sql(DATABASE, "DROP EXTENSION dify_observe CASCADE");
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );

    let before = held.lock().expect("connections").len();
    cluster.create_extension(DATABASE);
    log_runs(&cluster, 1);
    eventually("they hang again", Duration::from_secs(60), || {
        held.lock().expect("connections").len() > before
    });
    let took = cluster.stop(Shutdown::Fast);
    assert!(took < Duration::from_secs(2), "{took:?}");
}

#[test]
fn a_peer_that_hangs_up_in_the_handshake_is_tried_again() {
    let (port, _held) = crowd(|stream| {
        let _ = stream.read(&mut [0; 5]);
        let _ = stream.shutdown(std::net::Shutdown::Both);
    });
    let cluster = exporting_to("tls_cut", &format!("https://localhost:{port}"));
    trust(&cluster, &Authority::new("ours"));
    log_runs(&cluster, 1);
    says(&cluster, "retrying", "cannot connect");
}

#[test]
fn a_peer_that_refuses_our_tls_is_told() {
    // A fatal alert: protocol_version.
    let (port, _held) = crowd(|stream| {
        let _ = stream.read(&mut [0; 1024]);
        let _ = stream.write_all(&[21, 3, 3, 0, 2, 2, 70]);
    });
    let cluster = exporting_to("tls_alert", &format!("https://localhost:{port}"));
    trust(&cluster, &Authority::new("ours"));
    log_runs(&cluster, 1);
    says(&cluster, "misconfigured", "ProtocolVersion");
}
