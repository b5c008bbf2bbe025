//! Random calls: what is required, and a random part of the rest.

use uuid::Uuid;

use crate::call::Call;
use crate::clock::LAST;
use crate::draw::{Draw, time_of};
use crate::kind::Kind;
use crate::signature::Sort;
use crate::times::micros;
use crate::value::Value;

const LABELS: [&str; 9] = [
    "openai",
    "gpt-4",
    "claude",
    "web-app",
    "debugger",
    "",
    "通义千问",
    "it's \"x\" \\ \n",
    "a b",
];
const NODE_TYPES: [&str; 14] = [
    "start",
    "end",
    "llm",
    "agent",
    "question-classifier",
    "parameter-extractor",
    "tool",
    "knowledge-retrieval",
    "code",
    "iteration",
    "human-input",
    "LLM",
    "not a node type 👽",
    "",
];

const TOKENS: [i64; 7] = [
    0,
    1,
    17,
    1_000,
    2_147_483_648,
    9_007_199_254_740_993,
    3_999_999_999_999_999_999,
];
const PRICES: [f64; 10] = [
    0.0,
    0.0001,
    1.5,
    12.345678,
    1e-7,
    1e-30,
    0.1,
    123_456_789.5,
    1e22,
    1.5e299,
];

pub fn value(draw: &mut Draw, sort: Sort, anything: bool) -> Value {
    match sort {
        Sort::Text => Value::Text(draw.text()),
        Sort::Label => Value::Text(label(draw)),
        Sort::Error if draw.chance(0.3) => Value::Text(String::new()),
        Sort::Error => Value::Text(draw.text()),
        Sort::Json => Value::Json(draw.json(anything)),
        Sort::Jsonb => Value::Json(draw.json(false)),
        Sort::Warnings => {
            let given = [
                r#"["slow"]"#,
                r#"[{"code": 1}]"#,
                r#"{"a": []}"#,
                "[]",
                "{}",
                "null",
            ];
            Value::Json(draw.pick(&given).to_owned())
        }
        Sort::Tokens => Value::Int(draw.pick(&TOKENS)),
        Sort::Count => Value::Int(draw.pick(&[0, 1, 5, 2_147_483_647])),
        Sort::Price => Value::Float(draw.pick(&PRICES)),
        Sort::Seconds => Value::Float(draw.seconds()),
        Sort::Id => Value::Uuid(draw.uuid()),
        Sort::Texts => {
            let count = draw.below(4);
            Value::Texts((0..count).map(|_| draw.text()).collect())
        }
        Sort::Bool => Value::Bool(draw.chance(0.5)),
    }
}

fn label(draw: &mut Draw) -> String {
    match draw.below(40) {
        0 => draw.text(),
        1 => "ü".repeat(200),
        _ => draw.pick(&LABELS).to_owned(),
    }
}

/// Without what places it in a trace. `anything` allows documents that `jsonb` refuses and the functions repair.
pub fn call(draw: &mut Draw, kind: Kind, tenant: Uuid, app: Uuid, anything: bool) -> Call {
    let mut call = Call::new(kind);
    call.set("tenant_id", Value::Uuid(tenant));
    if kind != Kind::Prompt || draw.chance(0.7) {
        call.set("app_id", Value::Uuid(app));
    }
    required(draw, &mut call);
    let density = draw.pick(&[0.0, 0.2, 0.5, 0.8, 1.0]);
    for (name, sort) in kind.optional() {
        if draw.chance(density) {
            call.set(name, value(draw, *sort, anything));
        }
    }
    let moment = match kind {
        Kind::AppUpdated => "updated_at",
        Kind::AppDeleted => "deleted_at",
        _ => "created_at",
    };
    if (kind.is_app() || kind == Kind::Feedback) && draw.chance(0.7) {
        let at = draw.time();
        call.set(moment, Value::Time(at));
    }
    call
}

fn required(draw: &mut Draw, call: &mut Call) {
    match call.kind {
        Kind::Run => {
            call.set("workflow_id", Value::Uuid(draw.uuid()));
        }
        Kind::Node => {
            call.set("node_id", Value::Text(draw.text()));
            call.set("node_type", Value::Text(draw.pick(&NODE_TYPES).to_owned()));
        }
        Kind::Tool => call.set("tool_name", Value::Text(label(draw))),
        Kind::Moderation => {
            let action = draw.pick(&["pass", "block", "flag", "", "anything 🚫"]);
            call.set("action", Value::Text(action.to_owned()));
            call.set("flagged", Value::Bool(draw.chance(0.5)));
        }
        Kind::Name => call.set("conversation_id", Value::Uuid(draw.uuid())),
        Kind::Prompt => {
            let types = [
                "rule_generate",
                "code_generate",
                "structured_output",
                "instruction_modify",
                "no such operation",
                "",
            ];
            call.set("operation_type", Value::Text(draw.pick(&types).to_owned()));
        }
        Kind::Feedback => {
            if draw.chance(0.7) {
                let rating = draw.pick(&["like", "dislike"]);
                call.set("rating", Value::Text(rating.to_owned()));
            }
            if draw.chance(0.4) {
                let source = draw.pick(&["user", "admin"]);
                call.set("from_source", Value::Text(source.to_owned()));
            }
        }
        _ => {}
    }
    let finished = call.kind.statuses().1;
    if !call.kind.is_app() && !matches!(call.kind, Kind::Moderation | Kind::Feedback) {
        call.set("status", Value::Text(draw.pick(finished).to_owned()));
    }
}

/// An id of the client's own, or none; and times such that everything that follows from them is known.
pub fn identity_and_times(draw: &mut Draw, call: &mut Call, id: Option<Uuid>) {
    if let Some(id) = id {
        call.set("id", Value::Uuid(id));
    }
    let took = draw.seconds();
    let (length, _) = micros(took);
    let at = draw.time();
    let name = call.kind.took();
    let tells = id.and_then(time_of);
    // Others look for a node or a message near the time that its id tells.
    let looked_for = matches!(call.kind, Kind::Node | Kind::Message);
    let at = tells.filter(|_| looked_for).unwrap_or(at);
    let mut set = |created: Option<i64>, finished: Option<i64>, took: Option<f64>| {
        for (name, time) in [("created_at", created), ("finished_at", finished)] {
            if let Some(time) = time {
                call.set(name, Value::Time(time));
            }
        }
        if let Some(took) = took {
            call.set(name, Value::Float(took));
        }
    };
    let early = if looked_for && tells.is_some() {
        at
    } else {
        at.min(LAST - length).max(0)
    };
    let (took, length) = if early + length > LAST {
        (0.5, 500_000)
    } else {
        (took, length)
    };
    let late = at.max(length);
    match (draw.below(8), tells) {
        (0 | 1, _) => set(Some(early), Some(early + length), None),
        (2, _) => set(Some(early), None, Some(took)),
        (3, _) => set(Some(early), Some(early + length), Some(took)),
        // What was measured need not be what the clock says.
        (4, _) => set(Some(early), Some(early + length), Some(draw.seconds())),
        (5, Some(begun)) => set(None, Some((begun + length).min(LAST).max(begun)), None),
        (_, Some(begun)) if begun + length > LAST => set(Some(early), None, Some(took)),
        (_, Some(_)) => set(None, None, Some(took)),
        (5, None) => set(None, Some(late), Some(took)),
        (6, None) => set(None, Some(at), None),
        // Less than the server's clock has seen since 1970.
        (_, None) => set(None, None, Some(took.min(1e9))),
    }
}
