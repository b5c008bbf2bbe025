//! benches/recorded.json: by server and processor, what each work cost when it was last recorded.

use std::collections::BTreeMap;
use std::fs;

use serde_json::{Map, Value, json};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/recorded.json");

/// For one call or event; none where it was not counted.
#[derive(Clone, Copy, Default)]
pub struct Costs {
    pub instructions: Option<f64>,
    pub wal: Option<f64>,
}

pub struct Recorded(Map<String, Value>);

impl Recorded {
    pub fn read() -> Recorded {
        let text = fs::read_to_string(FILE).expect(FILE);
        Recorded(serde_json::from_str(&text).expect(FILE))
    }

    pub fn of(&self, kind: &str) -> Option<BTreeMap<String, Costs>> {
        let works = self.0.get(kind)?.as_object()?;
        let costs = |work: &Value| Costs {
            instructions: work["instructions"].as_f64(),
            wal: work["wal"].as_f64(),
        };
        Some(
            works
                .iter()
                .map(|(name, work)| (name.clone(), costs(work)))
                .collect(),
        )
    }

    pub fn keep(&mut self, kind: &str, found: &[(&str, Costs)]) {
        let works: Map<String, Value> = found
            .iter()
            .map(|(name, costs)| {
                let whole = |number: Option<f64>| number.map(f64::round);
                let work =
                    json!({"instructions": whole(costs.instructions), "wal": whole(costs.wal)});
                ((*name).to_owned(), work)
            })
            .collect();
        self.0.insert(kind.to_owned(), Value::Object(works));
        let text = serde_json::to_string_pretty(&self.0).expect("JSON");
        fs::write(FILE, text + "\n").expect(FILE);
    }
}
