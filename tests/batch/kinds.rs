//! Every kind of event, alone and in a mixture.

use std::collections::BTreeMap;

use crate::asking::{Asking, without_worker};
use crate::call::{APP, TENANT};
use crate::event::{Batching, Event, WITH_ID, batch, function, names};
use crate::stored::{count, forget, told};

#[test]
fn every_kind_is_logged_and_told() {
    let (_cluster, mut session) = without_worker("batch_kinds");
    assert_eq!(names().len(), 14);
    for name in names() {
        forget(&mut session);
        assert_eq!(session.log_batch(&batch(&[Event::of(&name)])), "1 0");
        assert_eq!(told(&mut session), [name.as_str()]);
    }
}

#[test]
fn a_mixture_of_all_kinds_is_logged_in_one_call() {
    let (_cluster, mut session) = without_worker("batch_mixture");
    let mut events = Vec::new();
    for round in 0..20 {
        let mut names = names();
        let kinds = names.len();
        names.rotate_left(round % kinds);
        events.extend(names.iter().map(|name| {
            let event = Event::of(name);
            match name.as_str() {
                app if app.starts_with("dify.app") => {
                    event.with("app_id", format!("{round:08}-0000-4000-8000-000000000000"))
                }
                "dify.feedback.created" => event.with("from_source", round.to_string()),
                _ => event,
            }
        }));
    }
    assert_eq!(session.log_batch(&batch(&events)), "280 0");
    let mut counted: BTreeMap<String, usize> = BTreeMap::new();
    for name in told(&mut session) {
        *counted.entry(name).or_default() += 1;
    }
    let expected: BTreeMap<String, usize> = names().into_iter().map(|name| (name, 20)).collect();
    assert_eq!(counted, expected);
}

#[test]
fn fields_that_are_null_count_as_left_out() {
    let (_cluster, mut session) = without_worker("batch_nulls");
    session.run("SET timezone = 'UTC'");
    for (name, table) in WITH_ID {
        session.run("BEGIN");
        let id = "bbbbbbbb-0000-4000-8000-000000000001";
        let required = Event::of(name).with("id", id);
        let row =
            format!("SELECT to_jsonb(r) - 'xid' FROM dify_observe.{table} r WHERE id = '{id}'");
        let mut kept = Vec::new();
        for event in [
            required.clone(),
            all_others_null(&mut session, name, required),
        ] {
            session.run("SAVEPOINT before");
            assert_eq!(session.log_batch(&batch(&[event])), "1 0", "{name}");
            kept.push(session.json(&row));
            session.run("ROLLBACK TO before");
        }
        assert_eq!(kept[0], kept[1], "{name}");
        session.run("ROLLBACK");
    }
}

fn all_others_null(session: &mut postgres::Client, name: &str, required: Event) -> Event {
    let arguments = session.column(&format!(
        "SELECT unnest(proargnames) FROM pg_proc WHERE oid = 'dify_observe.{}'::regproc",
        function(name)
    ));
    let given = required.text();
    let left_out = |argument: &&String| !given.contains(&format!(r#""{argument}":"#));
    assert!(arguments.len() > 15, "{name}");
    let others = arguments.iter().filter(left_out);
    others.fold(required.clone(), |event, argument| {
        event.raw(argument, "null")
    })
}

#[test]
fn a_required_field_that_is_null_or_missing_is_named() {
    let (_cluster, mut session) = without_worker("batch_required");
    for name in names() {
        let required = Event::of(&name).text();
        let fields = required
            .split('"')
            .filter(|part| required.contains(&format!(r#""{part}":"#)) && *part != "event");
        for field in fields {
            for event in [
                Event::of(&name).without(field),
                Event::of(&name).raw(field, "null"),
            ] {
                let refusal = session.refused_batch(&batch(&[event]));
                assert_eq!(refusal.code, "22004", "{name} {field} {refusal:?}");
                assert_eq!(refusal.field, field, "{name}");
                assert_eq!(
                    refusal.message,
                    format!("event 1 of 1: {field} must be given")
                );
            }
        }
    }
    assert_eq!(count(&mut session, "events"), 0);
}

#[test]
fn a_moderation_check_has_the_defaults_of_its_function() {
    let (_cluster, mut session) = without_worker("batch_moderation");
    let event = Event::of("dify.moderation.check");
    let nulls = event.clone().raw("type", "null").raw("categories", "null");
    session.log_batch(&batch(&[event, nulls]));
    assert_eq!(
        session
            .column("SELECT concat_ws(' ', type, categories) FROM dify_observe.moderation_checks"),
        ["input []"; 2]
    );
}

#[test]
fn feedback_has_the_default_of_its_function() {
    let (_cluster, mut session) = without_worker("batch_feedback");
    session.log_batch(&batch(&[Event::of("dify.feedback.created")
        .raw("from_source", "null")
        .with("rating", "like")]));
    let row = "SELECT concat_ws(' ', from_source, rating, tenant_id = '{T}', app_id = '{A}') FROM dify_observe.feedbacks";
    let row = row.replace("{T}", TENANT).replace("{A}", APP);
    assert_eq!(session.column(&row), ["user like t t"]);
}
