//! A destination that hangs, is dead, dropped, altered or renamed is in nobody's way.

use dify_observe_tests::{Behaviour, Collector, eventually};

use crate::status::{
    DATABASE, PATIENCE, becomes, create_server, exporting, log_runs, logs_arrive, shown,
};

const APP: &str = "770e8400-e29b-41d4-a716-446655440000";

#[test]
fn a_hung_and_a_dead_one_delay_no_other_and_catch_up() {
    let (good, hung, dead) = (Collector::start(), Collector::start(), Collector::start());
    hung.answer(None, Behaviour::Hang);
    dead.stop();
    let cluster = exporting("apart");
    create_server(&cluster, "good", &good, "");
    create_server(&cluster, "hung", &hung, ", timeout '600s'");
    create_server(&cluster, "dead", &dead, "");
    for name in ["one", "two", "three"] {
        log_runs(&cluster, APP, &[name]);
        eventually(name, PATIENCE, || {
            if crate::status::named(&good).iter().any(|seen| seen == name) {
                Ok(())
            } else {
                Err(good.logs().len())
            }
        });
    }
    becomes(&cluster, "dead", "logs", "state", "retrying");
    becomes(&cluster, "good", "logs", "state", "ok");
    dead.start_again();
    logs_arrive(&dead, &["one", "two", "three"]);
    // The request that hangs is given up with the settings that it was made with.
    hung.answer(None, Behaviour::Ok);
    cluster.sql(DATABASE, "ALTER SERVER hung OPTIONS (SET timeout '2s')");
    hung.stop();
    hung.start_again();
    logs_arrive(&hung, &["one", "two", "three"]);
}

#[test]
fn dropped_while_it_hangs_and_created_anew_it_begins_anew() {
    let (first, second) = (Collector::start(), Collector::start());
    first.answer(None, Behaviour::Hang);
    let cluster = exporting("recreated");
    create_server(&cluster, "peer", &first, "");
    log_runs(&cluster, APP, &["before"]);
    eventually("a request", PATIENCE, || {
        if first.requests().is_empty() {
            Err(())
        } else {
            Ok(())
        }
    });
    cluster.sql(DATABASE, "DROP SERVER peer");
    eventually("forgotten", PATIENCE, || {
        shown(&cluster, "peer", "logs", "state").map_or(Ok(()), Err)
    });
    cluster.sql(DATABASE, "CALL dify_observe.fold_metrics()");
    create_server(&cluster, "peer", &second, "");
    log_runs(&cluster, APP, &["behind"]);
    logs_arrive(&second, &["behind"]);
}

#[test]
fn renamed_and_moved_it_keeps_its_place() {
    let (first, second) = (Collector::start(), Collector::start());
    let cluster = exporting("renamed");
    create_server(&cluster, "old", &first, "");
    log_runs(&cluster, APP, &["one"]);
    logs_arrive(&first, &["one"]);
    becomes(&cluster, "old", "logs", "sent", "1");
    let endpoint = second.endpoint();
    cluster.sql(
        DATABASE,
        &format!(
            "ALTER SERVER old RENAME TO new; ALTER SERVER new OPTIONS (SET endpoint '{endpoint}')"
        ),
    );
    log_runs(&cluster, APP, &["two"]);
    logs_arrive(&second, &["two"]);
    becomes(&cluster, "new", "logs", "sent", "2");
    assert_eq!(shown(&cluster, "old", "logs", "state"), None);
}

#[test]
fn switched_off_it_keeps_what_waits() {
    let collector = Collector::start();
    let cluster = exporting("switched");
    create_server(&cluster, "peer", &collector, ", enabled 'false'");
    becomes(&cluster, "peer", "logs", "state", "off");
    log_runs(&cluster, APP, &["kept"]);
    cluster.sql(DATABASE, "ALTER SERVER peer OPTIONS (SET enabled 'true')");
    logs_arrive(&collector, &["kept"]);
    assert_eq!(collector.spans().len(), 1);
}

#[test]
fn export_now_waits_for_the_one_that_is_named() {
    let (good, dead) = (Collector::start(), Collector::start());
    dead.stop();
    let cluster = exporting("named");
    create_server(&cluster, "good", &good, "");
    create_server(&cluster, "dead", &dead, "");
    log_runs(&cluster, APP, &["one"]);
    cluster.sql(DATABASE, "CALL dify_observe.export_now('good')");
    assert_eq!(good.logs().len(), 1);
    let mut client = cluster.connect(DATABASE);
    let refused = client
        .simple_query("CALL dify_observe.export_now('nowhere')")
        .expect_err("there is no such destination");
    assert_eq!(
        refused.as_db_error().expect("the server's").code().code(),
        "22023"
    );
}
