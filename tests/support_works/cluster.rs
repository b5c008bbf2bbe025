//! The throwaway cluster does what the other tests rely on, without the extension.

use std::time::Duration;

use dify_observe_tests::{Cluster, Shutdown, eventually};

fn plain(name: &str) -> Cluster {
    Cluster::builder(name).preload(false).start()
}

#[test]
fn it_answers_keeps_its_data_over_restart_and_crash_and_goes() {
    let cluster = plain("lives");
    let folder = cluster.folder().to_owned();
    cluster.create_database("other");
    cluster.sql(
        "other",
        "CREATE TABLE kept (id int); INSERT INTO kept VALUES (1)",
    );

    assert!(cluster.stop(Shutdown::Fast) < Duration::from_secs(10));
    assert_eq!(cluster.pid(), None);
    cluster.start_again();
    cluster.sql("other", "INSERT INTO kept VALUES (2)");
    cluster.crash();
    cluster.start_again();

    assert_eq!(
        cluster.value(
            "other",
            "SELECT string_agg(id::text, ' ' ORDER BY id) FROM kept"
        ),
        Some("1 2".to_owned())
    );
    assert!(
        cluster
            .log()
            .contains("database system was not properly shut down")
    );
    drop(cluster);
    assert!(!folder.exists());
}

#[test]
fn settings_are_quoted_and_reloaded() {
    let cluster = Cluster::builder("settings")
        .preload(false)
        .conf("work_mem", "5MB")
        .start();
    let shown = |name: &str| cluster.value("postgres", &format!("SHOW {name}"));
    assert_eq!(shown("cluster_name").as_deref(), Some("settings"));
    assert_eq!(shown("work_mem").as_deref(), Some("5MB"));

    cluster.set_conf("work_mem", "6MB");
    cluster.set_conf("test.text", r"it's a \ slash");
    cluster.reload();
    assert_eq!(shown("work_mem").as_deref(), Some("6MB"));
    assert_eq!(shown("test.text").as_deref(), Some(r"it's a \ slash"));

    cluster.reset_conf("work_mem");
    cluster.reload();
    assert_eq!(shown("work_mem").as_deref(), Some("4MB"));
}

#[test]
fn its_processes_are_found_and_can_be_killed() {
    let cluster = plain("processes");
    let walwriter = || cluster.backend_pid("walwriter", None);
    let before = eventually("a walwriter", Duration::from_secs(60), walwriter);
    let mut session = cluster.connect("postgres");
    let own: i32 = session
        .query_one("SELECT pg_backend_pid()", &[])
        .expect("a row")
        .get(0);

    cluster.signal(own, "SIGKILL");
    eventually("the session ended", Duration::from_secs(60), || {
        session.is_closed() || session.is_valid(Duration::from_secs(1)).is_err()
    });
    cluster.wait_ready();
    let after = eventually("another walwriter", Duration::from_secs(60), || {
        walwriter().filter(|pid| *pid != before)
    });
    assert_ne!(before, after);
}

#[test]
fn its_programs_and_other_roles_reach_it() {
    let cluster = plain("programs");
    cluster.sql("postgres", "CREATE ROLE plain LOGIN");
    let dump = cluster
        .bin("pg_dump")
        .arg("--schema-only")
        .output()
        .expect("pg_dump");
    assert!(
        dump.status.success(),
        "{}",
        String::from_utf8_lossy(&dump.stderr)
    );

    let mut session = cluster.connect_as("postgres", "plain");
    let name: String = session
        .query_one("SELECT current_user::text", &[])
        .expect("a row")
        .get(0);
    assert_eq!(name, "plain");
    let rows = cluster.rows(
        "postgres",
        "SELECT 1, NULL; SELECT 2, 'b' UNION ALL SELECT 3, NULL",
    );
    assert_eq!(
        rows,
        [
            [Some("2".to_owned()), Some("b".to_owned())],
            [Some("3".to_owned()), None]
        ]
    );
}

#[test]
fn copies_share_an_identity_unless_told_otherwise() {
    let identity = |cluster: Cluster| {
        cluster.value(
            "postgres",
            "SELECT system_identifier FROM pg_control_system()",
        )
    };
    let copy = identity(plain("copy"));
    assert_ne!(copy, None);
    assert_ne!(
        identity(
            Cluster::builder("own")
                .preload(false)
                .own_identity()
                .start()
        ),
        copy
    );
}
