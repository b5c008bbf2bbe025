use super::*;
use proptest::prelude::*;

fn message(model: &'static str, input: Option<i64>, total: Option<i64>) -> Measurement<'static> {
    Measurement {
        model_name: model,
        input_tokens: input,
        total_tokens: total,
        duration_us: Some(2_000_000),
        ..Measurement::of_app(EventKind::Message, "t", "a")
    }
}

fn charted(at: Micros, price: Option<&'static str>, conversation: u128) -> Charted<'static> {
    Charted {
        id: Uuid::from_u128(at as u128 + 1),
        created_at: at,
        kind: "message",
        debug: false,
        compat: true,
        part_of_run: false,
        workflow_version: "",
        currency: "USD",
        total_price: price,
        actor: Some("user"),
        actor_id: "u",
        user_id: Some("u"),
        conversation_id: Some(Uuid::from_u128(conversation)),
    }
}

fn dimension(id: i32) -> Dimension {
    Dimension {
        id,
        is_priced: true,
    }
}

#[test]
fn quarter_hours_and_labels_are_kept_apart() {
    let mut sums = Accumulator::default();
    for (model, at) in [("m", 0), ("m", QUARTER - 1), ("m", QUARTER), ("n", 0)] {
        sums.add(&message(model, Some(1), None), &charted(at, None, 1));
    }
    assert_eq!(sums.combinations().len(), 2);
    let sums = sums.sums(&[dimension(7), dimension(8)]);
    let counts: Vec<_> = sums
        .usage
        .iter()
        .map(|((dimension, quarter), usage)| (*dimension, *quarter, usage.count))
        .collect();
    assert_eq!(counts, [(7, 0, 2), (7, QUARTER, 1), (8, 0, 1)]);
    assert_eq!(sums.latencies.len(), 3);
    // A user and a conversation each.
    assert_eq!(sums.members.len(), 6);
}

#[test]
fn what_no_chart_tells_apart_is_one_combination() {
    let mut sums = Accumulator::default();
    for (input, total) in [(None, None), (Some(1), None), (None, Some(2))] {
        let event = message("m", input, total);
        sums.add(&event, &charted(0, None, 1));
        let plugin = Measurement {
            plugin_name: "p",
            ..event
        };
        sums.add(&plugin, &charted(0, None, 1));
    }
    assert_eq!(sums.combinations().len(), 1);
}

#[test]
fn what_is_not_priced_is_kept_to_be_priced() {
    let mut sums = Accumulator::default();
    let mut of = message("m", None, Some(10));
    of.output_tokens = Some(4);
    sums.add(&of, &charted(0, None, 1));
    sums.add(&of, &charted(0, Some("0.25"), 1));
    let usage = &sums.sums(&[dimension(1)]).usage[&(1, 0)];
    assert_eq!((usage.input_tokens, usage.total_tokens), (0, 20));
    assert_eq!(usage.unpriced_input_tokens, 6);
    assert_eq!(usage.unpriced_output_tokens, 4);
    assert_eq!(usage.price.to_string(), "0.25");
}

#[test]
fn combinations_that_are_stored_as_one_are_one_and_lose_a_mixture_of_money() {
    let mut sums = Accumulator::default();
    for model in ["m", "n"] {
        sums.add(&message(model, Some(1), None), &charted(0, Some("1.5"), 1));
    }
    let other = Dimension {
        id: 1,
        is_priced: false,
    };
    let sums = sums.sums(&[dimension(1), other]);
    let usage = &sums.usage[&(1, 0)];
    assert_eq!(
        (usage.count, usage.price.to_string()),
        (2, "1.5".to_owned())
    );
    assert_eq!(sums.latencies[&(1, 0, Measure::Duration)].count, 2);
}

#[test]
fn a_conversation_of_two_apps_is_told_by_each() {
    let mut sums = Accumulator::default();
    let mut of = message("m", None, None);
    sums.add(&of, &charted(5, None, 1));
    sums.add(&of, &charted(3, None, 1));
    of.app_id = "b";
    sums.add(&of, &charted(4, None, 1));
    let told: Vec<_> = sums
        .conversations()
        .map(|(_, (_, app), one)| (app.as_str(), one.messages, one.first_at, one.last_at))
        .collect();
    assert_eq!(told, [("a", 2, 3, 5), ("b", 1, 4, 4)]);
}

proptest! {
    #[test]
    fn nothing_is_counted_twice_or_left_out(
        events in proptest::collection::vec(("[ab]", 0..3 * QUARTER, 0_i64..1000), 0..30),
    ) {
        let mut sums = Accumulator::default();
        for (model, at, tokens) in &events {
            let of = Measurement { model_name: model, ..message("", Some(*tokens), None) };
            sums.add(&of, &charted(*at, None, 1));
        }
        let dimensions: Vec<_> = (0..sums.combinations().len() as i32).map(dimension).collect();
        let sums = sums.sums(&dimensions);
        let expected: i128 = events.iter().map(|(_, _, tokens)| i128::from(*tokens)).sum();
        prop_assert_eq!(sums.usage.values().map(|one| one.input_tokens).sum::<i128>(), expected);
        prop_assert_eq!(sums.usage.values().map(|one| one.count).sum::<i64>(), events.len() as i64);
        let members: i64 = sums.members.values().map(|one| one.count).sum();
        prop_assert_eq!(members, 2 * events.len() as i64);
    }
}
