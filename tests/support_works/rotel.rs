//! A receiver that is not ours understands the official exporter, and shows what it understood.

use std::time::Duration;

use dify_observe_tests::{Rotel, eventually};

use crate::reference;

#[test]
fn it_passes_on_what_the_reference_client_sent() {
    let rotel = Rotel::start();
    let sent = reference::send(&rotel.endpoint());

    let received = rotel.received();
    eventually("all three signals", Duration::from_secs(60), || {
        let counts = (
            received.spans().len(),
            received.logs().len(),
            received.metrics().len(),
        );
        if counts == (1, 1, 2) {
            Ok(())
        } else {
            Err(counts)
        }
    });
    assert_eq!(received.spans()[0].trace_id, sent.trace_id);
    assert_eq!(received.logs()[0].event_name, "reference.event");
    assert_eq!(received.total("reference.counter", &[("kind", "a")]), 5);
    let printed = rotel.printed();
    assert!(
        printed.contains(&sent.span_id) && printed.contains("reference.counter"),
        "{printed}"
    );
}
