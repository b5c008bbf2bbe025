//! A named value of a span or a log, before it takes its OTLP form.

use super::excerpt::{MOST_BYTES, MOST_NAME_BYTES, cut};
use std::borrow::Cow;
use uuid::Uuid;

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Text(String),
    Bool(bool),
    Int(i64),
    Float(f64),
    Texts(Vec<String>),
    /// Unknown: left out of a span, an AnyValue without a value in a log.
    Null,
}

impl Value {
    /// Whether nothing is known: null, a text without content, or a list without texts.
    pub fn is_blank(&self) -> bool {
        match self {
            Value::Null => true,
            Value::Text(text) => text.is_empty(),
            Value::Texts(texts) => texts.is_empty(),
            Value::Bool(_) | Value::Int(_) | Value::Float(_) => false,
        }
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Text(text)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(text.to_owned())
    }
}

impl From<Uuid> for Value {
    fn from(id: Uuid) -> Self {
        Value::Text(id.to_string())
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Value::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Value::Int(number)
    }
}

impl From<i32> for Value {
    fn from(number: i32) -> Self {
        Value::Int(number.into())
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Value::Float(number)
    }
}

impl From<Vec<String>> for Value {
    fn from(texts: Vec<String>) -> Self {
        Value::Texts(texts)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}

/// What an attribute is called: mostly a fixed name, but some vocabularies number them.
pub type Name = Cow<'static, str>;

/// Attributes in the order in which a vocabulary lists them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Attributes(Vec<(Name, Value)>);

impl Attributes {
    /// Adds an attribute, null or not.
    pub fn put(&mut self, name: impl Into<Name>, value: impl Into<Value>) {
        self.0.push((name.into(), value.into()));
    }

    /// Adds an attribute where its place is: always when `expected`, elsewhere only when it is not null.
    pub fn put_where(&mut self, expected: bool, name: &'static str, value: impl Into<Value>) {
        let value = value.into();
        if expected || value != Value::Null {
            self.0.push((name.into(), value));
        }
    }

    /// Adds all of `others` at the end.
    pub fn append(&mut self, mut others: Attributes) {
        self.0.append(&mut others.0);
    }

    /// Leaves out what is null or an empty text.
    pub fn without_blanks(mut self) -> Self {
        self.0.retain(|(_, value)| !value.is_blank());
        self
    }

    /// Cuts texts that are too long for one attribute.
    pub fn cut(mut self) -> Self {
        for (_, value) in &mut self.0 {
            match value {
                Value::Text(text) => *text = cut(std::mem::take(text), MOST_BYTES),
                Value::Texts(texts) => {
                    for text in texts {
                        *text = cut(std::mem::take(text), MOST_NAME_BYTES);
                    }
                }
                Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Null => (),
            }
        }
        self
    }

    /// The value of `name`, if the attribute is present at all.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0
            .iter()
            .find_map(|(known, value)| (known == name).then_some(value))
    }

    /// All attributes, in order.
    pub fn iter(&self) -> impl Iterator<Item = &(Name, Value)> {
        self.0.iter()
    }
}

impl IntoIterator for Attributes {
    type Item = (Name, Value);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_means_null_or_empty_text() {
        let mut all = Attributes::default();
        all.put("null", Option::<&str>::None);
        all.put("empty", "");
        all.put("zero", 0_i64);
        all.put("nought", 0.0);
        all.put("no", false);
        all.put("text", "x");
        let left = all.without_blanks();
        let names: Vec<_> = left.iter().map(|(name, _)| name.as_ref()).collect();
        assert_eq!(names, ["zero", "nought", "no", "text"]);
    }

    #[test]
    fn an_unexpected_attribute_needs_a_value() {
        let mut all = Attributes::default();
        all.put_where(true, "expected", Option::<i64>::None);
        all.put_where(false, "absent", Option::<&str>::None);
        all.put_where(false, "empty", "");
        all.put_where(false, "given", 0_i64);
        assert_eq!(all.get("expected"), Some(&Value::Null));
        assert_eq!(all.get("absent"), None);
        assert_eq!(all.get("empty"), Some(&Value::from("")));
        assert_eq!(all.get("given"), Some(&Value::Int(0)));
    }
}
