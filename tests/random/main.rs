//! Random events of every kind, logged in every way, and what must become of them: a model made from the documents
//! alone, which has seen nothing of the extension's code.

mod arguments;
mod arrived;
mod attributes;
mod call;
mod clock;
mod difference;
mod draw;
mod expectation;
mod json;
mod kind;
mod metrics;
mod outcome;
mod placing;
mod refusals;
mod signature;
mod story;
mod times;
mod totals;
mod trace;
mod unfinished;
mod value;
mod world;
mod wrong;

use std::rc::Rc;

use dify_observe_tests::{Cluster, Collector};

use attributes::{Fields, Gate};
use difference::{Differences, Wanted};
use story::Story;
use world::Event;

const DATABASE: &str = "random";
const STEPS: usize = 500;

/// Always the same ones, and one that nobody has tried; `DIFY_OBSERVE_SEED` asks for one.
fn seeds() -> Vec<u64> {
    match std::env::var("DIFY_OBSERVE_SEED") {
        Ok(seed) => vec![seed.parse().expect("a number")],
        Err(_) => vec![1, 2, 3, story::now() as u64],
    }
}

#[test]
fn random_events_arrive_with_their_content_as_the_model_says() {
    for seed in seeds() {
        told(seed, Gate::Open);
    }
}

#[test]
fn random_events_arrive_with_references_as_the_model_says() {
    for seed in seeds() {
        told(seed, Gate::Closed);
    }
}

fn told(seed: u64, gate: Gate) {
    let collector = Collector::start();
    let content = if gate == Gate::Open { "on" } else { "off" };
    let cluster = Cluster::builder("random")
        .exports_to(&collector.endpoint())
        .conf("dify_observe.include_content", content)
        .start();
    cluster.create_database(DATABASE);
    cluster.create_extension(DATABASE);

    let mut story = Story::new(seed, cluster.connect(DATABASE));
    story.tell(STEPS);
    cluster.sql(DATABASE, "CALL dify_observe.fold_metrics()");
    cluster.sql(DATABASE, "CALL dify_observe.export_now()");

    let mut differences = Differences::default();
    for refused in &story.refused {
        let reason = refused.lines().next().unwrap_or_default();
        differences.note(format!("refused: {reason}"), || refused.clone());
    }
    compare(
        &mut differences,
        &story.world.events,
        &cluster,
        &collector,
        gate,
    );
    differences.none(&format!("DIFY_OBSERVE_SEED={seed}, content {content}"));
}

fn compare(
    differences: &mut Differences,
    events: &[Rc<Event>],
    cluster: &Cluster,
    collector: &Collector,
    gate: Gate,
) {
    let wanted = |fields: &dyn Fn(&Event) -> Fields| -> Vec<Wanted> {
        let one = |event: &Rc<Event>| (fields(event), event.statement.to_string());
        events.iter().map(one).collect()
    };
    let logs = wanted(&|event| arrived::expected_log(event, gate));
    differences.compare("log", logs, arrived::logs(collector));
    let mut spans = wanted(&arrived::expected_span);
    let mut has_span = events
        .iter()
        .map(|event| attributes::has_span(event.call.kind));
    spans.retain(|_| has_span.next() == Some(true));
    differences.compare("span", spans, arrived::spans(collector));
    for (view, gate) in [
        ("companion_logs", Gate::Closed),
        ("companion_log_details", Gate::Open),
    ] {
        let rows = wanted(&|event| arrived::expected_row(event, gate));
        differences.compare(view, rows, arrived::view(cluster, DATABASE, view));
    }
    let totals = metrics::of(events.iter().map(Rc::as_ref));
    totals::compare(differences, &totals, cluster, collector, DATABASE);
    let unsound = cluster.rows(
        DATABASE,
        "SELECT name, what, expected, actual FROM dify_observe.check_metrics()",
    );
    for row in unsound {
        differences.note("check_metrics()".to_owned(), || format!("{row:?}"));
    }
}
