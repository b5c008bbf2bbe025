use super::*;
use crate::metrics::instrument::{FEEDBACK, MESSAGE_DURATION};
use crate::otlp::record::EventKind;
use proptest::prelude::*;

fn message(model: &str, total_tokens: i64, duration_us: i64) -> Measurement<'_> {
    Measurement {
        status: "normal",
        model_name: model,
        total_tokens: Some(total_tokens),
        duration_us: Some(duration_us),
        ..Measurement::of_app(EventKind::Message, "t", "a")
    }
}

fn totals_of(events: &[Measurement<'_>]) -> Vec<Totals> {
    let mut sum = Accumulator::new(&[0.01, 0.1]);
    for event in events {
        sum.add(event);
    }
    assert_eq!(sum.is_empty(), events.is_empty());
    let (len, totals) = (sum.len(), sum.into_totals());
    assert_eq!(len, totals.len());
    totals
}

fn value<'a>(totals: &'a [Totals], name: &str, model: &str) -> &'a Value {
    let found = totals.iter().find(|one| {
        one.instrument.name == name && one.labels.contains(&("model_name", model.to_owned()))
    });
    &found.unwrap().value
}

#[test]
fn events_of_one_series_are_added() {
    let totals = totals_of(&[
        message("m", 3, 10_000),
        message("m", 4, 10_001),
        message("n", 5, 1),
    ]);
    assert_eq!(totals.len(), 6);
    assert_eq!(value(&totals, "dify.tokens.total", "m"), &Value::Sum(7));
    assert_eq!(value(&totals, "dify.requests.total", "n"), &Value::Sum(1));
    assert_eq!(
        value(&totals, "dify.message.duration", "m"),
        &Value::Histogram {
            count: 2,
            sum_us: 20_001,
            min_us: 10_000,
            max_us: 10_001,
            buckets: vec![1, 1, 0]
        }
    );
}

#[test]
fn long_labels_are_cut_on_a_character() {
    for (text, kept) in [
        ("x".repeat(300), 256),
        ("é".repeat(200), 256),
        (format!("x{}", "é".repeat(200)), 255),
        ("😀".repeat(64), 256),
        (format!("xx{}", "😀".repeat(64)), 254),
        ("short".to_owned(), 5),
        (String::new(), 0),
    ] {
        assert_eq!(cut(&text), &text[..kept]);
    }
    let long = "x".repeat(256);
    let (one, other) = (format!("{long}1"), format!("{long}2"));
    let totals = totals_of(&[message(&one, 1, 1), message(&other, 2, 1)]);
    assert_eq!(value(&totals, "dify.tokens.total", &long), &Value::Sum(3));
}

#[test]
fn digests_tell_every_part_apart() {
    let digests = [
        digest(&FEEDBACK, &[("a", "b"), ("c", "d")], &[]),
        digest(&FEEDBACK, &[("a", "bc"), ("", "d")], &[]),
        digest(&FEEDBACK, &[("ab", ""), ("c", "d")], &[]),
        digest(&FEEDBACK, &[("a", "b")], &[]),
        digest(&FEEDBACK, &[], &[]),
        digest(&MESSAGE_DURATION, &[], &[]),
        digest(&MESSAGE_DURATION, &[], &[1.0]),
        digest(&MESSAGE_DURATION, &[], &[1.0, 2.0]),
    ];
    let distinct: std::collections::HashSet<_> = digests.iter().collect();
    assert_eq!(distinct.len(), digests.len());
    // The bounds of histograms are no part of a counter.
    assert_eq!(digest(&FEEDBACK, &[], &[1.0]), digest(&FEEDBACK, &[], &[]));
}

/// A stored digest names its series for ever: this may only change with a migration.
#[test]
fn the_digest_is_stable() {
    let digest = digest(&MESSAGE_DURATION, &[("tenant_id", "t")], &[0.5]);
    let mut plain = Vec::new();
    for text in ["dify.message.duration", "tenant_id", "t"] {
        if text == "tenant_id" {
            plain.extend(1_u64.to_be_bytes());
        }
        plain.extend((text.len() as u64).to_be_bytes());
        plain.extend(text.as_bytes());
    }
    plain.extend(1_u64.to_be_bytes());
    plain.extend(0.5_f64.to_be_bytes());
    let expected: [u8; 32] = Sha256::digest(&plain).into();
    assert_eq!(digest, expected);
}

#[test]
fn what_is_remembered_of_a_long_name_is_short_and_tells_the_same_series_apart() {
    let mut key = Vec::new();
    message(&"x".repeat(5_000_000), 1, 1).key(&mut key);
    assert!(key.len() < 2000, "{} bytes", key.len());
    // Of one series, of another: the last character that fits may be cut in two.
    let names = [
        "x".repeat(256),
        "x".repeat(300),
        "x".repeat(255) + "é",
        "x".repeat(255) + "ê",
        "x".repeat(255),
    ];
    for one in &names {
        for other in &names {
            let both = totals_of(&[message(one, 1, 1), message(other, 1, 1)]);
            let apart =
                totals_of(&[message(one, 1, 1)]).len() + totals_of(&[message(other, 1, 1)]).len();
            let [one, other] = [one, other].map(|name| cut(name));
            assert_eq!(both.len() == apart, one != other, "{one} {other}");
        }
    }
}

proptest! {
    #[test]
    fn slices_add_up_to_the_whole(
        events in proptest::collection::vec(("[ab]", 0..i64::MAX, 0..i64::MAX), 0..20),
        at: prop::sample::Index,
    ) {
        let events: Vec<_> = events.iter().map(|(model, tokens, us)| message(model, *tokens, *us)).collect();
        let (left, right) = events.split_at(at.index(events.len() + 1));
        let mut merged: HashMap<_, _> = totals_of(left).into_iter().map(|one| (one.digest, one)).collect();
        for one in totals_of(right) {
            match merged.get_mut(&one.digest) {
                Some(known) => known.value.merge(&one.value).unwrap(),
                None => { merged.insert(one.digest, one); }
            }
        }
        let mut merged: Vec<_> = merged.into_values().collect();
        merged.sort_by_key(|one| one.digest);
        prop_assert_eq!(merged, totals_of(&events));
    }
}
