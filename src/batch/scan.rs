//! Where the parts of a JSON document begin and end.

use std::borrow::Cow;

/// The elements of an array, or the keys and values of an object one after the other, as they were written.
pub struct Parts<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Parts<'a> {
    /// `None` for a scalar.
    pub fn of(document: &'a str) -> Option<Self> {
        let text = document.trim_matches(is_space);
        text.starts_with(['[', '{']).then_some(Self { text, at: 1 })
    }
}

impl<'a> Iterator for Parts<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let bytes = self.text.as_bytes();
        while matches!(
            bytes.get(self.at)?,
            b' ' | b'\t' | b'\n' | b'\r' | b',' | b':'
        ) {
            self.at += 1;
        }
        let start = self.at;
        self.at = end(bytes, start);
        self.text
            .get(start..self.at)
            .filter(|part| !part.is_empty())
    }
}

/// The members of an object: key as it was written, with its quotes, and value.
pub fn members(object: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut parts = object
        .trim_start_matches(is_space)
        .starts_with('{')
        .then(|| Parts::of(object))
        .flatten();
    std::iter::from_fn(move || {
        let parts = parts.as_mut()?;
        Some((parts.next()?, parts.next()?))
    })
}

/// A string without its quotes and escapes; a value that is no string as it was written; `None` for null.
pub fn text(value: &str) -> Option<Cow<'_, str>> {
    if value == "null" {
        return None;
    }
    let Some(inner) = value
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
    else {
        return Some(Cow::Borrowed(value));
    };
    if inner.contains('\\') {
        // What Postgres accepts and serde does not, a lone surrogate, is repaired before.
        return Some(
            serde_json::from_str(value)
                .map_or_else(|_| Cow::Owned(inner.to_owned()), Cow::<str>::Owned),
        );
    }
    Some(Cow::Borrowed(inner))
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

/// The end of the value that begins at `start`.
fn end(bytes: &[u8], start: usize) -> usize {
    match bytes.get(start) {
        Some(b'"') => string_end(bytes, start + 1),
        Some(b'[' | b'{') => nested_end(bytes, start),
        Some(b']' | b'}') | None => start,
        Some(_) => {
            let ends = |byte: &u8| {
                matches!(
                    byte,
                    b',' | b':' | b']' | b'}' | b' ' | b'\t' | b'\n' | b'\r'
                )
            };
            let rest = bytes.get(start..).unwrap_or_default();
            start + rest.iter().position(ends).unwrap_or(rest.len())
        }
    }
}

fn nested_end(bytes: &[u8], start: usize) -> usize {
    let mut depth = 0_usize;
    let mut at = start;
    while let Some(byte) = bytes.get(at) {
        at += 1;
        match byte {
            b'"' => at = string_end(bytes, at),
            b'[' | b'{' => depth += 1,
            b']' | b'}' => {
                depth -= 1;
                if depth == 0 {
                    break;
                }
            }
            _ => {}
        }
    }
    at
}

/// Behind the closing quote of a string whose first character is at `at`.
fn string_end(bytes: &[u8], mut at: usize) -> usize {
    while let Some(found) =
        memchr::memchr2(b'"', b'\\', bytes.get(at..).unwrap_or_default()).map(|found| at + found)
    {
        if bytes.get(found) == Some(&b'"') {
            return found + 1;
        }
        at = found + 2;
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn parts(document: &str) -> Vec<&str> {
        Parts::of(document).into_iter().flatten().collect()
    }

    #[test]
    fn parts_are_taken_as_they_were_written() {
        assert_eq!(
            parts(" [ 1.0e5 ,\"a,\\\"]\" , [[2],{}], {\"k\" : [ ]} ,null] "),
            ["1.0e5", "\"a,\\\"]\"", "[[2],{}]", "{\"k\" : [ ]}", "null"]
        );
        assert_eq!(parts("[]"), [""; 0]);
        assert_eq!(parts("[ ]"), [""; 0]);
        assert_eq!(parts("{}"), [""; 0]);
        assert_eq!(parts("7"), [""; 0]);
        let object = "{\"a\\\\\": \"}\", \"b\":-1}";
        let found: Vec<_> = members(object).collect();
        assert_eq!(found, [("\"a\\\\\"", "\"}\""), ("\"b\"", "-1")]);
        assert_eq!(members("[1, 2]").count(), 0);
    }

    #[test]
    fn texts_lose_quotes_and_escapes() {
        assert_eq!(text("null"), None);
        assert_eq!(text("\"null\"").unwrap(), "null");
        assert_eq!(text(r#""a\n\u4e2d\\""#).unwrap(), "a\n中\\");
        assert_eq!(text("1.50").unwrap(), "1.50");
        assert_eq!(text("{\"a\": 1}").unwrap(), "{\"a\": 1}");
    }

    #[test]
    fn what_is_no_json_ends() {
        for odd in ["[", "[1", "{\"a", "[\"\\", "{\"a\":}", "[]]", "[1}"] {
            assert!(parts(odd).len() < 3, "{odd}");
        }
    }

    fn documents() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map(any::<String>(), inner, 0..5)
                    .prop_map(|map| json!(map)),
            ]
        })
    }

    proptest! {
        #[test]
        fn put_together_the_parts_are_the_document(document in documents(), pretty in any::<bool>()) {
            let written = if pretty { serde_json::to_string_pretty(&document) } else { serde_json::to_string(&document) }.unwrap();
            let read = |part: &str| serde_json::from_str::<Value>(part).unwrap();
            match &document {
                Value::Array(elements) => {
                    let found: Vec<Value> = parts(&written).into_iter().map(read).collect();
                    prop_assert_eq!(&found, elements);
                }
                Value::Object(object) => {
                    let found: serde_json::Map<String, Value> = members(&written)
                        .map(|(key, value)| (text(key).unwrap().into_owned(), read(value)))
                        .collect();
                    prop_assert_eq!(&found, object);
                }
                _ => prop_assert!(parts(&written).is_empty()),
            }
        }

        #[test]
        fn any_text_is_survived(odd in "[\\[\\]{}\",:\\\\a1 é]{0,40}") {
            let total: usize = parts(&odd).iter().map(|part| part.len()).sum();
            prop_assert!(total <= odd.len());
            members(&odd).for_each(drop);
        }
    }
}
