//! Random values for the arguments of a logging function, as JSON and as SQL.

use rand::Rng;
use rand::rngs::SmallRng;
use serde_json::{Value, json};

/// An argument's value: in a batch, and in a call.
pub struct Field {
    pub name: String,
    pub json: String,
    pub literal: String,
}

const TEXTS: [&str; 10] = [
    "",
    " ",
    "text",
    "it's \"quoted\" \\ ",
    "中文 😀 \u{202e}",
    "line\nbreak\t",
    "{\"a\": 1}",
    "null",
    "llm",
    "dify.workflow.run",
];
const TIMES: [&str; 8] = [
    "1970-01-01 00:00:00+00",
    "2026-02-03 23:59:59.999999+00",
    "2026-02-04 00:00:00+00",
    "2026-02-28 23:30:00+00",
    "2026-03-01 00:00:00.000001+02",
    "2553-12-31 23:59:59.999999+00",
    "1969-12-31 23:59:59+00",
    "infinity",
];
const SECONDS: [&str; 11] = [
    "0", "0.000001", "0.1", "1.5", "86400", "3e9", "9.9e9", "1e10", "-0.1", "NaN", "1e-300",
];
const COUNTS: [&str; 8] = [
    "0",
    "1",
    "12",
    "2147483647",
    "3999999999999999999",
    "-1",
    "9223372036854775808",
    "-9223372036854775809",
];
const DOCUMENTS: [&str; 11] = [
    "true",
    "0",
    "-1.50e2",
    "12345678901234567890.1230",
    "\"text \\u4e2d\"",
    "[]",
    "{}",
    "[1, [2, [3]]]",
    "{\"b\": 1, \"a\": {\"c\": null}, \"b\": 2}",
    "\"\"",
    "{\"\": \"\\\\u0000 \\n\"}",
];

fn one<'a>(random: &mut SmallRng, of: &[&'a str]) -> &'a str {
    of[random.random_range(0..of.len())]
}

/// Mostly one of those that are right, which come first.
fn mostly<'a>(random: &mut SmallRng, right: usize, of: &[&'a str]) -> &'a str {
    let usual = random.random_bool(0.8);
    one(random, if usual { &of[..right] } else { of })
}

/// None where the argument is left out.
pub fn field(
    random: &mut SmallRng,
    name: &str,
    kind: &str,
    statuses: &[&str],
    v7: &[String],
) -> Option<Field> {
    let required = [
        "tenant_id",
        "app_id",
        "workflow_id",
        "status",
        "node_id",
        "node_type",
        "tool_name",
        "action",
        "flagged",
        "operation_type",
        "conversation_id",
        "message_id",
        "workflow_run_id",
    ];
    // The time of a change is the clock's where it is not given, which does not stand still.
    let wanted = match name {
        "updated_at" => 1.0,
        name if required.contains(&name) => 0.97,
        _ => 0.3,
    };
    if !random.random_bool(wanted) {
        return None;
    }
    let text = |given: &str| (Value::from(given).to_string(), given.to_owned());
    let number = |given: &str| match given {
        "NaN" => text(given),
        _ => (given.to_owned(), given.to_owned()),
    };
    let (json, literal) = match kind {
        "uuid" => text(&uuid(random, name, v7)),
        "text" if name == "status" => text(one(random, statuses)),
        "text" if name == "rating" => text(one(random, &["like", "dislike", "meh"])),
        "text" => text(one(random, &TEXTS)),
        "json" | "jsonb" => {
            let document = one(random, &DOCUMENTS);
            (document.to_owned(), document.to_owned())
        }
        "integer" | "bigint" => number(mostly(random, 4, &COUNTS)),
        "double precision" => number(mostly(random, 6, &SECONDS)),
        "timestamp with time zone" => text(mostly(random, 6, &TIMES)),
        "boolean" => number(one(random, &["true", "false"])),
        "text[]" => array(random),
        other => panic!("the type {other} of {name}"),
    };
    Some(Field {
        name: name.to_owned(),
        json,
        literal: format!("'{}'", literal.replace('\'', "''")),
    })
}

fn uuid(random: &mut SmallRng, name: &str, v7: &[String]) -> String {
    match random.random_range(0..20) {
        0 => "00000000-0000-0000-0000-000000000000".to_owned(),
        1..8 if name == "id" => v7[random.random_range(0..v7.len())].clone(),
        _ => format!(
            "{:08x}-0000-4000-8000-{:012x}",
            random.random::<u32>(),
            random.random_range(0..1_u64 << 48)
        ),
    }
}

/// A JSON array and the text of a Postgres array.
fn array(random: &mut SmallRng) -> (String, String) {
    let texts: Vec<&str> = (0..random.random_range(0..4))
        .map(|_| one(random, &TEXTS))
        .collect();
    let quoted = |text: &&str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    let elements: Vec<String> = texts.iter().map(quoted).collect();
    (
        json!(texts).to_string(),
        format!("{{{}}}", elements.join(",")),
    )
}
