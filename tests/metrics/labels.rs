//! Label values that are long, odd or hostile.

use dify_observe_tests::Collector;

use crate::counted::{DATABASE, differences, exporting, message_of, sent};

#[test]
fn they_are_cut_at_256_bytes_between_characters() {
    let collector = Collector::start();
    let cluster = exporting("labels", &collector);
    let long = "x".repeat(256);
    for (model, counted) in [
        (long.clone(), long.clone()),
        ("é".repeat(200), "é".repeat(128)),
        ("中".repeat(100), "中".repeat(85)),
        ("😀".repeat(65), "😀".repeat(64)),
        (
            format!("y{}", "😀".repeat(70)),
            format!("y{}", "😀".repeat(63)),
        ),
    ] {
        assert!(counted.len() <= 256);
        cluster.sql(DATABASE, &message_of(&model, 1.0));
        dify_observe_tests::eventually("its series", std::time::Duration::from_secs(20), || {
            collector.total("dify.requests.total", &[("model_name", &counted)]) == 1
        });
    }
    // What differs only behind the cut is one series.
    for tail in ["a", "b"] {
        cluster.sql(DATABASE, &message_of(&format!("{long}{tail}"), 1.0));
    }
    sent(&collector, 7);
    assert_eq!(
        collector.total("dify.requests.total", &[("model_name", &long)]),
        3
    );
    assert_eq!(
        collector.total("dify.message.duration", &[("model_name", &long)]),
        3
    );
    assert_eq!(
        collector.total("dify.tokens.total", &[("model_name", &long)]),
        21
    );
    assert_eq!(differences(&cluster).len(), 0);
}

#[test]
fn any_text_is_a_label_and_none_runs_into_another() {
    let collector = Collector::start();
    let cluster = exporting("odd_labels", &collector);
    let odd = [
        "",
        " ",
        "a\"b\\c",
        "a\nb\tc",
        "{}",
        "null",
        "ü\u{200b}\u{ffff}",
        "A",
        "a",
    ];
    for model in odd {
        cluster.sql(DATABASE, &message_of(model, 1.0));
    }
    sent(&collector, 9);
    for model in odd {
        assert_eq!(
            collector.total("dify.requests.total", &[("model_name", model)]),
            1,
            "{model:?}"
        );
    }
    assert_eq!(differences(&cluster).len(), 0);
}
