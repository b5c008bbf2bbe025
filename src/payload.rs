//! JSON that jsonb cannot hold, made storable.

use std::borrow::Cow;

/// Replaces every `\u0000` and lone surrogate escape by `\ufffd`. An escaped backslash before a `u` is left alone. Most
/// documents have no such escape, and are not copied.
pub fn repair(document: &str) -> Cow<'_, str> {
    if !document.contains("\\u") {
        return Cow::Borrowed(document);
    }
    let mut repaired = String::with_capacity(document.len());
    let mut rest = document;
    while let Some(at) = rest.find('\\') {
        repaired.push_str(rest.get(..at).unwrap_or_default());
        rest = rest.get(at..).unwrap_or_default();
        let (escape, after) = next_escape(rest);
        repaired.push_str(escape);
        rest = after;
    }
    repaired.push_str(rest);
    Cow::Owned(repaired)
}

/// The escape that `text` begins with, as it may be stored, and what follows it.
fn next_escape(text: &str) -> (&str, &str) {
    const REPLACEMENT: &str = "\\ufffd";
    let after = |length: usize| text.get(length..).unwrap_or_default();
    match code_unit(text) {
        Some(0) => (REPLACEMENT, after(6)),
        Some(0xd800..=0xdbff) => match code_unit(after(6)) {
            Some(0xdc00..=0xdfff) => (text.get(..12).unwrap_or_default(), after(12)),
            _ => (REPLACEMENT, after(6)),
        },
        Some(0xdc00..=0xdfff) => (REPLACEMENT, after(6)),
        Some(_) => (text.get(..6).unwrap_or_default(), after(6)),
        // A backslash and one more character, which may be a backslash.
        None => {
            let length = text.chars().take(2).map(char::len_utf8).sum();
            (text.get(..length).unwrap_or_default(), after(length))
        }
    }
}

/// The UTF-16 code unit of a `\uXXXX` at the beginning of `text`.
fn code_unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    digits
        .bytes()
        .all(|digit| digit.is_ascii_hexdigit())
        .then(|| u16::from_str_radix(digits, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_jsonb_refuses_becomes_the_replacement_character() {
        for (given, stored) in [
            (r#"{"a": "x\u0000y"}"#, r#"{"a": "x\ufffdy"}"#),
            (r#"["\ud800"]"#, r#"["\ufffd"]"#),
            (r#"["\uDC00\ud83d\ude00"]"#, r#"["\ufffd\ud83d\ude00"]"#),
            (r#"["\ud83d\ud83d\ude00"]"#, r#"["\ufffd\ud83d\ude00"]"#),
            (r#"["\\u0000", "\\\u0000"]"#, r#"["\\u0000", "\\\ufffd"]"#),
            (r#"["\u00e9\n\"\\"]"#, r#"["\u00e9\n\"\\"]"#),
            ("\"\\", "\"\\"),
            ("\"\\u12", "\"\\u12"),
            ("\"\\ué", "\"\\ué"),
        ] {
            assert_eq!(repair(given), stored);
        }
    }

    proptest! {
        #[test]
        fn any_text_survives_and_repair_is_idempotent(text in any::<String>(), escapes in prop::collection::vec("\\\\u[0-9a-fA-F]{4}|\\\\\\\\|[a-z]", 0..12)) {
            let plain = text.replace('\\', "");
            prop_assert_eq!(repair(&plain), plain.as_str());
            let document = escapes.concat();
            let once = repair(&document);
            prop_assert_eq!(repair(&once), once.as_ref());
            let quoted = format!("\"{once}\"");
            prop_assert!(serde_json::from_str::<String>(&quoted).is_ok(), "not JSON");
        }
    }
}
