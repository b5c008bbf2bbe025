//! Token counts whose sum no 64 bits can hold.

use dify_observe_tests::{Collector, eventually};

use crate::asking::Asking;
use crate::call::Call;
use crate::exporting::{PATIENCE, arrived, exporting};

#[test]
fn they_stop_neither_the_counting_nor_the_sending() {
    let collector = Collector::start();
    let (_cluster, mut session) = exporting("robust_sums", &collector);
    let call = Call::of("log_message")
        .with("input_tokens", "3999999999999999999")
        .with("output_tokens", "3999999999999999999");
    for _ in 0..5 {
        session.call(&call);
    }
    session.call(&Call::of("log_message").with("total_tokens", "9223372036854775807"));
    arrived(&collector, 6);
    session.run("CALL dify_observe.fold_metrics()");
    let counted = "SELECT name || ' ' || value FROM dify_observe.metrics WHERE name LIKE 'dify.tokens.%' ORDER BY name";
    assert_eq!(
        session.column(counted),
        [
            "dify.tokens.input 19999999999999999995",
            "dify.tokens.output 19999999999999999995",
            "dify.tokens.total 49223372036854775797",
        ]
    );
    assert!(
        session
            .table("SELECT * FROM dify_observe.check_metrics()")
            .is_empty()
    );
    // The most that can be told.
    eventually("the sums are sent", PATIENCE, || {
        let input = collector.total("dify.tokens.input", &[]);
        if input == i64::MAX {
            Ok(())
        } else {
            Err(input)
        }
    });
    session.call(&Call::of("log_workflow_run").with("total_tokens", "7"));
    eventually("and what comes behind", PATIENCE, || {
        let tokens = collector.total("dify.tokens.total", &[("operation_type", "workflow")]);
        if tokens == 7 { Ok(()) } else { Err(tokens) }
    });
    let usage = session.try_rows("SELECT * FROM dify_observe.token_usage");
    assert!(usage.is_ok(), "{usage:?}");
    let state = "SELECT DISTINCT state FROM dify_observe.export_status";
    assert_eq!(session.column(state), ["ok"]);
}
