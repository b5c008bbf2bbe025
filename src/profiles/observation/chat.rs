//! The conversation with a model: what it was asked and what it answered.

use super::{Observation, Payload};
use crate::profiles::excerpt::cut;
use serde_json::Value as Json;

/// The most messages of one call that are shown.
const MOST_MESSAGES: usize = 100;
const SHORTEST_CUT: usize = 64;

/// One message of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    pub role: String,
    pub text: String,
}

impl Said {
    pub fn by(role: &str, text: impl Into<String>) -> Self {
        Self {
            role: role.to_owned(),
            text: text.into(),
        }
    }
}

/// The prompts of an LLM node, as its process data has them: `[{"role": …, "text": …}]`.
pub fn prompts(process_data: &Json) -> Vec<Said> {
    let prompts = process_data.get("prompts").and_then(Json::as_array);
    prompts
        .into_iter()
        .flatten()
        .take(MOST_MESSAGES)
        .filter_map(|prompt| {
            let role = prompt.get("role")?.as_str()?;
            let text = match prompt.get("text").or_else(|| prompt.get("content"))? {
                Json::String(text) => text.clone(),
                other => other.to_string(),
            };
            Some(Said::by(role, text))
        })
        .collect()
}

/// What an LLM node answered: its outputs' text.
pub fn answer(outputs: &Json) -> Option<Said> {
    let text = ["text", "answer", "output"]
        .iter()
        .find_map(|key| outputs.get(key)?.as_str())?;
    Some(Said::by("assistant", text))
}

/// The messages with at most so many bytes of text: the last ones are the newest, and kept where not all fit.
pub fn within(messages: &[Said], most: usize) -> Vec<Said> {
    let mut left = most;
    let mut kept: Vec<_> = messages
        .iter()
        .rev()
        .map_while(|said| {
            // A shorter cut would be little more than its mark.
            if said.text.len() > left && left < SHORTEST_CUT {
                return None;
            }
            let text = cut(said.text.clone(), left);
            left -= text.len();
            Some(Said::by(&said.role, text))
        })
        .collect();
    kept.reverse();
    kept
}

impl Observation {
    /// What goes in is asked and what comes out is answered, unless the messages are known.
    pub(super) fn converse(&mut self) {
        let said = |payload: &Option<Payload>, role| {
            let payload = payload.as_ref();
            payload.map(|payload| Said::by(role, payload.text.as_str()))
        };
        if self.asked.is_empty() {
            self.asked = said(&self.input, "user").into_iter().collect();
        }
        if self.answered.is_empty() {
            self.answered = said(&self.output, "assistant").into_iter().collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn prompts_of_an_llm_node() {
        let data = json!({"prompts": [
            {"role": "system", "text": "Be brief."},
            {"role": "user", "text": "Hi", "files": []},
            {"role": "user", "content": [{"type": "image"}]},
            {"text": "without a role"},
            7,
        ]});
        let expected = [
            Said::by("system", "Be brief."),
            Said::by("user", "Hi"),
            Said::by("user", r#"[{"type":"image"}]"#),
        ];
        assert_eq!(prompts(&data), expected);
        for other in [json!({}), json!({"prompts": 3}), json!([1]), json!(null)] {
            assert_eq!(prompts(&other), []);
        }
    }

    #[test]
    fn the_newest_messages_are_kept() {
        let messages: Vec<_> = (0..9).map(|_| Said::by("user", "x".repeat(100))).collect();
        let kept = within(&messages, 270);
        assert_eq!(kept.len(), 3);
        assert_eq!(kept[2].text, "x".repeat(100));
        assert!(kept[0].text.ends_with("bytes)"));
        assert_eq!(within(&messages, 1000), messages);
        assert_eq!(within(&messages, 220).len(), 2, "20 bytes say nothing");
        assert_eq!(within(&messages, 0), []);
    }
}
