//! Trace and span ids, from SQL.

use serde_json::Value;

use crate::asking::{Asking, ready};

const NIL: &str = "00000000-0000-0000-0000-000000000000";

fn vectors() -> Value {
    serde_json::from_str(include_str!("../data/ids.json")).expect("JSON")
}

#[test]
fn both_span_id_rules_and_the_trace_id_agree_with_the_vectors() {
    let (cluster, _) = ready("ids");
    let vectors = vectors();
    let vectors = vectors["vectors"].as_array().expect("vectors");
    assert!(vectors.len() >= 10);
    for (rule, column) in [
        ("sha256", "span_id_sha256"),
        ("uuid_low64", "span_id_uuid_low64"),
    ] {
        cluster.set_conf("dify_observe.span_id_rule", rule);
        cluster.reload();
        let mut session = cluster.connect("postgres");
        for vector in vectors {
            let source = vector["source_id"].as_str().expect("an id");
            assert_eq!(
                session.ask(&format!("SELECT dify_observe.span_id('{source}')")),
                vector[column].as_str().expect("a span id"),
                "{source} {rule}"
            );
            if let Some(expected) = vector["trace_id"].as_str() {
                assert_eq!(
                    session.ask(&format!("SELECT dify_observe.trace_id('{source}')")),
                    expected
                );
            }
        }
    }
}

#[test]
fn the_nil_uuid_names_no_trace() {
    let (_cluster, mut session) = ready("nil");
    let refusal = session.refused(&format!("SELECT dify_observe.trace_id('{NIL}')"));
    assert_eq!(refusal.code, "22023");
    assert!(refusal.message.contains("source"), "{refusal:?}");
    assert!(refusal.detail.contains(NIL), "{refusal:?}");
}

#[test]
fn every_spelling_of_a_uuid_gives_the_same_ids() {
    let (_cluster, mut session) = ready("spellings");
    let vectors = vectors();
    let spellings = vectors["spellings_of_123e4567"].as_array().expect("some");
    assert!(!spellings.is_empty());
    for spelling in spellings {
        let spelling = spelling.as_str().expect("text");
        let both = format!(
            "SELECT dify_observe.trace_id('{spelling}') || ' ' || dify_observe.span_id('{spelling}')"
        );
        assert_eq!(
            session.ask(&both),
            "123e4567e89b12d3a456426614174000 986c0dc956dc822b"
        );
    }
}

#[test]
fn they_are_strict_immutable_and_parallel_safe() {
    let (_cluster, mut session) = ready("declared");
    for function in ["trace_id", "span_id"] {
        let declared = format!(
            "SELECT concat(proisstrict, provolatile, proparallel) FROM pg_proc WHERE oid = 'dify_observe.{function}(uuid)'::regprocedure"
        );
        assert_eq!(session.ask(&declared), "tis", "{function}");
        let null = format!("SELECT dify_observe.{function}(NULL)");
        assert_eq!(session.ask(&null), "NULL");
    }
}

#[test]
fn only_the_two_rules_are_accepted() {
    let (_cluster, mut session) = ready("rules");
    let refusal = session.refused("ALTER SYSTEM SET dify_observe.span_id_rule = 'md5'");
    assert_eq!(refusal.code, "22023");
}

#[test]
fn the_views_follow_the_rule_that_is_set() {
    let (cluster, mut session) = ready("rule_in_views");
    let id = "0193e4a0-7c00-7abc-8def-0123456789ab";
    session.run(&format!(
        "SELECT dify_observe.log_message(tenant_id => gen_random_uuid(), app_id => gen_random_uuid(), status => 'normal', id => '{id}')"
    ));
    let shown = "SELECT trace_id || ' ' || span_id FROM dify_observe.companion_logs";
    assert_eq!(
        session.ask(shown),
        "0193e4a07c007abc8def0123456789ab 2616330063f3dc15"
    );
    cluster.set_conf("dify_observe.span_id_rule", "uuid_low64");
    cluster.reload();
    assert_eq!(
        cluster.connect("postgres").ask(shown),
        "0193e4a07c007abc8def0123456789ab 8def0123456789ab"
    );
}
