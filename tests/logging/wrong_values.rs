//! Values that are refused: 22023, with the argument, what was given and what is allowed.

use crate::asking::{Asking, ready};
use crate::call::{Call, KINDS, OTHER};
use crate::refused::{assert_refused, prepared};

const NIL: &str = "00000000-0000-0000-0000-000000000000";

const TOKENS: &[&str] = &["input_tokens", "output_tokens", "total_tokens"];
const DURATION: &[&str] = &["duration"];
/// What each function counts, times and, where that is so, prices.
const MEASURED: [(&str, &[&str], &[&str], bool); 11] = [
    ("log_workflow_run", TOKENS, &["elapsed_time"], true),
    ("finish_workflow_run", TOKENS, &["elapsed_time"], true),
    ("log_node_execution", TOKENS, &["elapsed_time"], true),
    ("finish_node_execution", TOKENS, &["elapsed_time"], true),
    (
        "log_message",
        TOKENS,
        &["duration", "time_to_first_token"],
        true,
    ),
    ("log_tool_execution", &[], DURATION, false),
    ("log_moderation_check", &[], DURATION, false),
    (
        "log_suggested_questions",
        &["count", "total_tokens"],
        DURATION,
        false,
    ),
    (
        "log_dataset_retrieval",
        &["document_count"],
        DURATION,
        false,
    ),
    ("log_generate_name", &[], DURATION, false),
    ("log_prompt_generation", TOKENS, DURATION, true),
];

#[test]
fn the_nil_uuid_is_refused_for_every_id_that_can_name_a_trace() {
    let (_cluster, mut session) = ready("nil_ids");
    let run = [
        "id",
        "conversation_id",
        "message_id",
        "parent_trace_id",
        "parent_workflow_run_id",
        "parent_node_execution_id",
    ];
    let node = [
        "id",
        "workflow_run_id",
        "message_id",
        "conversation_id",
        "parent_trace_id",
    ];
    let message = [
        "id",
        "conversation_id",
        "workflow_run_id",
        "node_execution_id",
        "parent_trace_id",
    ];
    let operation = [
        "id",
        "message_id",
        "workflow_run_id",
        "node_execution_id",
        "parent_trace_id",
    ];
    let cases: [(&str, &[&str]); 16] = [
        ("log_workflow_run", &run),
        ("start_workflow_run", &run),
        ("log_node_execution", &node),
        ("start_node_execution", &node),
        ("log_message", &message),
        ("log_tool_execution", &operation),
        ("log_moderation_check", &operation),
        ("log_suggested_questions", &operation),
        ("log_dataset_retrieval", &operation),
        ("log_generate_name", &operation),
        ("log_generate_name", &["conversation_id"]),
        ("log_prompt_generation", &operation),
        ("log_feedback", &["message_id"]),
        ("log_app_created", &["app_id"]),
        ("log_app_updated", &["app_id"]),
        ("log_app_deleted", &["app_id"]),
    ];
    for (function, arguments) in cases {
        for argument in arguments {
            let call = prepared(&mut session, function).with(argument, NIL);
            assert_refused(&mut session, &call, argument, NIL);
        }
    }
}

#[test]
fn counts_and_durations_below_zero_or_without_a_value_are_refused() {
    let (_cluster, mut session) = ready("amounts");
    for (function, counts, amounts, price) in MEASURED {
        for argument in counts {
            let call = prepared(&mut session, function).with(argument, "-1");
            assert_refused(&mut session, &call, argument, "-1");
        }
        let price: &[&str] = if price { &["total_price"] } else { &[] };
        for argument in amounts.iter().chain(price) {
            for wrong in ["-0.001", "-1e300", "NaN", "Infinity", "-Infinity", "1e308"] {
                let call = prepared(&mut session, function).with(argument, wrong);
                let digits = wrong
                    .trim_start_matches('-')
                    .split('e')
                    .next()
                    .expect("some");
                assert_refused(&mut session, &call, argument, digits);
            }
        }
        for argument in amounts {
            let call = prepared(&mut session, function).with(argument, "2e10");
            assert_refused(&mut session, &call, argument, "20000000000");
        }
    }
    for function in ["log_workflow_run", "finish_workflow_run"] {
        let call = prepared(&mut session, function).with("total_steps", "-1");
        assert_refused(&mut session, &call, "total_steps", "-1");
    }
}

#[test]
fn zero_and_the_largest_amounts_are_taken() {
    let (_cluster, mut session) = ready("extremes");
    for kind in &KINDS {
        for (tokens, price, elapsed) in [("0", "0", "0"), ("1000000000000000", "1e299", "0.000001")]
        {
            let call = kind
                .call()
                .with("total_tokens", tokens)
                .with("total_price", price);
            let id = session.call(&call.with(kind.elapsed, elapsed));
            let kept = format!(
                "SELECT total_tokens = {tokens} AND total_price = {price} AND {} = {elapsed} FROM dify_observe.{} WHERE id = '{id}'",
                kind.elapsed, kind.table
            );
            assert_eq!(session.ask(&kept), "t", "{}", kind.log);
        }
    }
}

#[test]
fn token_counts_whose_sum_is_too_large_are_refused_in_words() {
    let (_cluster, mut session) = ready("overflow");
    let huge = "9223372036854775807";
    for function in [
        "log_workflow_run",
        "log_node_execution",
        "log_message",
        "finish_workflow_run",
        "finish_node_execution",
        "log_prompt_generation",
    ] {
        let call = prepared(&mut session, function);
        let refusal = session.refused(
            &call
                .with("input_tokens", huge)
                .with("output_tokens", huge)
                .sql(),
        );
        assert_eq!(refusal.code, "22023", "{function}: {refusal:?}");
        assert!(
            refusal.message.contains("tokens"),
            "{function}: {refusal:?}"
        );
    }
}

#[test]
fn a_draft_with_a_run_and_datasets_with_a_null_are_refused() {
    let (_cluster, mut session) = ready("node_values");
    for function in ["log_node_execution", "start_node_execution"] {
        let draft = Call::of(function).with("draft", "true");
        assert_refused(&mut session, &draft, "workflow_run_id", OTHER);
        for argument in ["dataset_ids", "dataset_names"] {
            let call = Call::of(function).with(argument, "{a,NULL}");
            let refusal = session.refused(&call.sql());
            assert_eq!(refusal.code, "22023");
            assert!(refusal.message.contains(argument), "{refusal:?}");
        }
    }
    for argument in ["dataset_ids", "dataset_names"] {
        let call = prepared(&mut session, "finish_node_execution").with(argument, "{a,NULL}");
        let refusal = session.refused(&call.sql());
        assert_eq!(refusal.code, "22023", "{argument} {refusal:?}");
        assert!(refusal.message.contains(argument), "{refusal:?}");
    }
}
