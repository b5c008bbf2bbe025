//! What every profile of a vendor keeps to, whatever the record: content switched off, huge texts, rows with nothing but what
//! they must have.

use super::attribute::Value;
use super::excerpt::{MOST_BYTES, MOST_NAME_BYTES};
use super::{Ended, Profile, Span};
use crate::otlp::record::{EventKind, Record, Source};
use crate::otlp::sample::{self, bare_row, complete_row, from_row};
use serde_json::json;

/// Every text of a row that is content, made recognisable.
fn with_secrets(kind: EventKind) -> Record {
    let mut row = complete_row(kind);
    let content = [
        "inputs",
        "outputs",
        "query",
        "answer",
        "files",
        "message_file_data",
        "process_data",
        "parameters",
        "config",
        "file_url",
        "preset_response",
        "questions",
        "documents",
        "instruction",
        "output",
    ];
    for column in content {
        if let Some(value) = row.get_mut(column) {
            *value = if value.is_string() {
                json!("s3cret")
            } else {
                json!([{"text": "s3cret"}])
            };
        }
    }
    from_row(kind, row)
}

#[test]
fn with_content_off_nothing_of_it_is_told_and_the_tree_is_the_same() {
    for profile in &Profile::ALL[1..] {
        for kind in profile.span_kinds() {
            let record = with_secrets(*kind);
            let open = profile.span(&record, true).unwrap();
            let closed = profile.span(&record, false).unwrap();
            assert!(
                format!("{open:?}").contains("s3cret"),
                "{profile:?} {kind:?}"
            );
            assert!(
                !format!("{closed:?}").contains("s3cret"),
                "{profile:?} {kind:?}: {closed:?}"
            );
            let place = |span: &Span| {
                (
                    span.source,
                    span.parent,
                    span.name.clone(),
                    span.start,
                    span.end,
                )
            };
            assert_eq!(place(&open), place(&closed));
            assert!(
                format!("{closed:?}").contains("ref:"),
                "where it is to be found"
            );
        }
    }
}

#[test]
fn a_question_is_told_beside_inputs_and_instead_of_empty_ones() {
    for (inputs, input) in [
        (json!({}), r#"{"query": "Why?"}"#),
        (json!([]), r#"{"query": "Why?"}"#),
        (json!(""), r#"{"query": "Why?"}"#),
        (json!(null), r#"{"query": "Why?"}"#),
        (json!({"city": "Bern"}), r#"{"city":"Bern"}"#),
        (json!(0), "0"),
    ] {
        for kind in [EventKind::WorkflowRun, EventKind::Message] {
            let mut row = complete_row(kind);
            row["query"] = "Why?".into();
            row["inputs"] = inputs.clone();
            let span = Profile::Langfuse.span(&from_row(kind, row), true).unwrap();
            let told = |name: &str| span.attributes.get(name).cloned();
            assert_eq!(told("langfuse.observation.input"), Some(input.into()));
            let query = told("langfuse.observation.metadata.query");
            assert_eq!(query, Some("Why?".into()), "{kind:?} {inputs}");
        }
    }
}

#[test]
fn no_attribute_is_too_long_and_a_cut_one_says_so() {
    let huge = |record: &mut Record| match &mut record.source {
        Source::Message(message) => message.query = Some("中".repeat(1 << 20)),
        Source::PromptGeneration(prompt) => {
            prompt.output = Some("\u{1}".repeat(1 << 20));
            prompt.operation.error = Some("é".repeat(1 << 20));
            prompt.operation.status = Some("failed".to_owned());
        }
        Source::ToolExecution(tool) => tool.tool_name = "中".repeat(1 << 20),
        Source::NodeExecution(node) => node.title = Some("中".repeat(1 << 20)),
        _ => (),
    };
    for profile in &Profile::ALL[1..] {
        let mut message = sample::message(|_| ());
        let mut prompt = sample::prompt_generation(|_| ());
        let mut tool = sample::tool(|_| ());
        let mut node = sample::node(|_| ());
        for record in [&mut message, &mut prompt, &mut tool, &mut node] {
            huge(record);
        }
        for record in [message, prompt, tool, node] {
            let span = profile.span(&record, true).unwrap();
            let mut total = 0;
            for (name, value) in span.attributes.iter() {
                let (texts, most) = match value {
                    Value::Text(text) => (std::slice::from_ref(text), MOST_BYTES),
                    Value::Texts(texts) => (texts.as_slice(), MOST_NAME_BYTES),
                    _ => continue,
                };
                total += texts.iter().map(String::len).sum::<usize>();
                assert!(
                    texts.iter().all(|text| text.len() <= most),
                    "{profile:?} {name}"
                );
            }
            assert!(span.name.len() <= MOST_NAME_BYTES, "{profile:?}");
            let failed = matches!(record.source, Source::PromptGeneration(_));
            match &span.ended {
                Ended::Failed(error) => assert!(error.len() <= MOST_BYTES, "{profile:?}"),
                Ended::Well | Ended::Unset => assert!(!failed, "{profile:?}"),
            }
            assert!(format!("{span:?}").contains("… (cut, "), "{profile:?}");
            assert!(total < 8 * MOST_BYTES, "{profile:?}: {total}");
        }
    }
}

#[test]
fn what_is_told_of_moments_has_no_span() {
    for profile in Profile::ALL {
        for record in [
            sample::app(),
            sample::feedback(|_| ()),
            sample::rehydration_failed(|_| ()),
        ] {
            assert_eq!(profile.span(&record, true), None);
        }
        for kind in EventKind::ALL {
            let record = from_row(kind, complete_row(kind));
            let has_span = profile.span_kinds().contains(&kind);
            assert_eq!(
                profile.span(&record, true).is_some(),
                has_span,
                "{profile:?} {kind:?}"
            );
        }
    }
}

#[test]
fn a_row_without_anything_that_may_be_missing_is_told_too() {
    for profile in &Profile::ALL[1..] {
        for kind in profile.span_kinds() {
            let span = profile
                .span(&from_row(*kind, bare_row(*kind)), true)
                .unwrap();
            assert!(!span.name.is_empty());
            let blank = span.attributes.iter().find(|(_, value)| value.is_blank());
            assert_eq!(blank, None, "{profile:?} {kind:?}");
        }
    }
}
