//! Prepared transactions: their rows arrive when they are committed, however late, and never when they are rolled back.

use dify_observe_tests::cluster::Builder;
use postgres::Client;
use uuid::Uuid;

use crate::incident::{DATABASE, Incident};

fn with_prepared(builder: Builder) -> Builder {
    builder.conf("max_prepared_transactions", "20")
}

/// Logs and prepares a run, after a savepoint that was rolled back.
pub fn prepare(session: &mut Client, name: &str) {
    let run = |id: Uuid| {
        format!(
            "SELECT dify_observe.log_workflow_run(tenant_id => gen_random_uuid(), app_id => gen_random_uuid(), workflow_id => gen_random_uuid(),
               id => '{id}', status => 'succeeded');"
        )
    };
    let (undone, kept) = (run(Uuid::now_v7()), run(Uuid::now_v7()));
    let statements =
        format!("BEGIN; SAVEPOINT a; {undone} ROLLBACK TO a; {kept} PREPARE TRANSACTION '{name}'");
    session.batch_execute(&statements).expect("prepared");
}

#[test]
fn they_survive_a_crash_and_are_read_when_they_end() {
    let mut incident =
        Incident::begin_with("server crash with prepared transactions", with_prepared);
    let mut session = incident.cluster.connect(DATABASE);
    for number in 0..10 {
        prepare(&mut session, &format!("p{number}"));
    }
    drop(session);
    // Long enough that they are no longer waited for.
    incident.more_arrives(300);
    incident.cluster.crash();
    incident.stop_writing();
    incident.cluster.start_again();
    incident.write();
    incident.more_arrives(100);
    for number in 0..10 {
        let end = if number % 2 == 0 {
            "COMMIT"
        } else {
            "ROLLBACK"
        };
        incident
            .cluster
            .sql(DATABASE, &format!("{end} PREPARED 'p{number}'"));
    }
    incident.over();
    incident.recovers();
}
