//! A JSON value as it is stored, never taken apart unless somebody looks into it.

use serde::de::{Deserialize, Deserializer};
use serde_json::value::RawValue;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Json(String);

impl Json {
    /// Its text.
    pub fn get(&self) -> &str {
        &self.0
    }

    pub fn is_text(&self) -> bool {
        self.0.starts_with('"')
    }
}

impl From<String> for Json {
    fn from(text: String) -> Self {
        Self(text)
    }
}

/// Part of a JSON document where that is what is read, and else a text that holds JSON.
impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            let raw = Box::<RawValue>::deserialize(deserializer)?;
            Ok(Self(raw.get().to_owned()))
        } else {
            String::deserialize(deserializer).map(Self)
        }
    }
}
