//! The headers of a destination: `key=value` pairs separated by commas, and the API key.

use super::protocol::Protocol;
use base64::prelude::{BASE64_STANDARD, Engine};
use http::header::{AUTHORIZATION, HeaderName, HeaderValue};
use percent_encoding::percent_decode_str;

/// They say how a request is written and carried, which is not a matter of settings.
const OURS: [&str; 8] = [
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "keep-alive",
    "te",
    "transfer-encoding",
    "upgrade",
];

/// Reads the header text; names come out in lower case, a later one replaces an earlier one of the same name.
///
/// Pairs are split at their first `=` and trimmed, valid `%XX` is decoded, empty items are skipped. The API key, unless
/// empty, is sent as a bearer token and wins over an authorization header. An error names the position (from 1) and
/// never the text, which is a secret more often than not.
pub fn parse(
    text: &str,
    api_key: Option<&str>,
    protocol: Protocol,
) -> Result<Vec<(String, String)>, String> {
    let mut headers = Vec::new();
    for (at, item) in text.split(',').enumerate() {
        if item.trim().is_empty() {
            continue;
        }
        let (name, value) = pair(item)
            .and_then(|pair| allowed(pair, protocol))
            .map_err(|why| format!("header {}: {why}", at + 1))?;
        set(&mut headers, name, value);
    }
    if let Some(key) = api_key.map(str::trim).filter(|key| !key.is_empty()) {
        set_bearer(&mut headers, key, protocol)?;
    }
    Ok(headers)
}

/// Sets the authorization header of an API key, which wins over another one. An error does not name it.
pub fn set_bearer(
    headers: &mut Vec<(String, String)>,
    key: &str,
    protocol: Protocol,
) -> Result<(), String> {
    let value = format!("Bearer {key}");
    // from_str, not from_bytes: a token is ASCII in HTTP, too.
    if HeaderValue::from_str(&value).is_err() || !is_carried(&value, protocol) {
        return Err("the API key contains characters that a header cannot carry".into());
    }
    set(headers, AUTHORIZATION.as_str().to_owned(), value);
    Ok(())
}

/// Sets the authorization header of Basic authentication, which wins over another one. An error names no value.
pub fn set_basic(
    headers: &mut Vec<(String, String)>,
    username: &str,
    password: &str,
) -> Result<(), String> {
    if username.contains(':') {
        return Err("a user name cannot contain a colon".into());
    }
    if [username, password]
        .iter()
        .any(|text| text.contains(char::is_control))
    {
        return Err("there are control characters".into());
    }
    let credentials = BASE64_STANDARD.encode(format!("{username}:{password}"));
    set(
        headers,
        AUTHORIZATION.as_str().to_owned(),
        format!("Basic {credentials}"),
    );
    Ok(())
}

/// Sets a header. An error does not name the value.
pub fn set_header(
    headers: &mut Vec<(String, String)>,
    name: &'static str,
    value: &str,
    protocol: Protocol,
) -> Result<(), String> {
    let value = value.trim();
    if !is_carried(value, protocol) {
        return Err("it contains characters that a header cannot carry".into());
    }
    set(headers, name.to_owned(), value.to_owned());
    Ok(())
}

fn pair(item: &str) -> Result<(String, String), &'static str> {
    let (name, value) = item.split_once('=').ok_or("there is no =")?;
    let name = decoded(name)?;
    let name = HeaderName::from_bytes(name.as_bytes())
        .map_err(|_| "what stands before the = is not a header name")?;
    let value = decoded(value)?;
    // Bytes, not text: what is not ASCII is sent as UTF-8.
    HeaderValue::from_bytes(value.as_bytes()).map_err(|_| "the value has control characters")?;
    Ok((name.as_str().to_owned(), value))
}

fn allowed(pair: (String, String), protocol: Protocol) -> Result<(String, String), &'static str> {
    let (name, value) = (pair.0.as_str(), pair.1.as_str());
    if OURS.contains(&name) {
        return Err("a header of this name is set by the protocol itself");
    }
    if protocol == Protocol::Grpc {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
        if name.ends_with("-bin") {
            return Err("binary metadata (-bin) cannot be set");
        }
        if name.starts_with("grpc-") || name == "host" {
            return Err("metadata of this name is set by gRPC itself");
        }
        if !name.bytes().all(plain) {
            return Err("what stands before the = is not a name that gRPC metadata can have");
        }
        if !is_metadata_value(value) {
            return Err("the value is not ASCII text, which gRPC metadata must be");
        }
    }
    Ok(pair)
}

fn is_carried(value: &str, protocol: Protocol) -> bool {
    HeaderValue::from_bytes(value.as_bytes()).is_ok()
        && (protocol != Protocol::Grpc || is_metadata_value(value))
}

fn is_metadata_value(value: &str) -> bool {
    value.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

fn decoded(text: &str) -> Result<String, &'static str> {
    percent_decode_str(text.trim())
        .decode_utf8()
        .map(Into::into)
        .map_err(|_| "what is percent-encoded is not UTF-8")
}

fn set(headers: &mut Vec<(String, String)>, name: String, value: String) {
    headers.retain(|(known, _)| *known != name);
    headers.push((name, value));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn pairs() {
        for (text, expected) in [
            ("", &[][..]),
            (" , ,", &[]),
            ("x-scope-orgid=tenant1", &[("x-scope-orgid", "tenant1")]),
            (" X-A = 1 ,x-b=2, ", &[("x-a", "1"), ("x-b", "2")]),
            ("k=a=b==", &[("k", "a=b==")]),
            ("k=", &[("k", "")]),
            ("k=v;p=1", &[("k", "v;p=1")]),
            (
                "Authorization=Bearer abc",
                &[("authorization", "Bearer abc")],
            ),
            (
                "authorization=Bearer%20abc",
                &[("authorization", "Bearer abc")],
            ),
            ("k=a+b%2Cc%2c%", &[("k", "a+b,c,%")]),
            ("k=100%zz%4", &[("k", "100%zz%4")]),
            ("k=%C3%A9é", &[("k", "éé")]),
            ("k=a\tb", &[("k", "a\tb")]),
            ("K=1,other=2,k=3", &[("other", "2"), ("k", "3")]),
        ] {
            let found = parse(text, None, Protocol::Http).unwrap();
            let found: Vec<_> = found
                .iter()
                .map(|(k, v)| (k.as_str(), v.as_str()))
                .collect();
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn the_api_key_wins() {
        let bearer = ("authorization".to_owned(), "Bearer key".to_owned());
        for text in [
            "",
            "Authorization=Basic x",
            "AUTHORIZATION=a,authorization=b",
        ] {
            let found = parse(text, Some(" key "), Protocol::Http).unwrap();
            assert_eq!(found, std::slice::from_ref(&bearer), "{text}");
        }
        for none in [None, Some(""), Some("  ")] {
            let found = parse("authorization=Basic x", none, Protocol::Http).unwrap();
            assert_eq!(found, [("authorization".into(), "Basic x".into())]);
        }
        assert!(parse("", Some("a\nb"), Protocol::Http).is_err());
    }

    #[test]
    fn an_error_names_the_position_and_never_the_value() {
        for (text, position) in [
            ("secret", "header 1:"),
            ("a=1,secret", "header 2:"),
            ("a=1,,=secret", "header 3:"),
            ("a b=secret", "header 1:"),
            ("secret é=1", "header 1:"),
            ("a=1,b=secret%0d%0aX: 1", "header 2:"),
            ("b=secret%00", "header 1:"),
            ("b=secret\x7f", "header 1:"),
            ("b=secret%ff", "header 1:"),
            ("a=1,Content-Length=secret", "header 2:"),
            ("content-encoding=secret", "header 1:"),
        ] {
            let error = parse(text, None, Protocol::Http).unwrap_err();
            assert!(error.starts_with(position), "{text}: {error}");
            assert!(!error.contains("secret"), "{text}: {error}");
        }
        let error = parse("", Some("secret\n1"), Protocol::Http).unwrap_err();
        assert!(!error.contains("secret"), "{error}");
    }

    #[test]
    fn what_grpc_cannot_carry() {
        for (text, reason) in [
            ("trace-bin=secret", "-bin"),
            ("Grpc-Timeout=secret", "gRPC itself"),
            ("host=secret", "gRPC itself"),
            ("x!y=secret", "not a name"),
            ("k=secreté", "ASCII"),
            ("k=secret\t1", "ASCII"),
        ] {
            assert!(parse(text, None, Protocol::Http).is_ok(), "{text}");
            let error = parse(text, None, Protocol::Grpc).unwrap_err();
            assert!(error.starts_with("header 1:"), "{text}: {error}");
            assert!(
                error.contains(reason) && !error.contains("secret"),
                "{text}: {error}"
            );
        }
        let error = parse("", Some("secreté"), Protocol::Grpc).unwrap_err();
        assert!(
            error.contains("API key") && !error.contains("secret"),
            "{error}"
        );
        let headers = parse("X-Scope.Org_ID=a b=c", Some("key"), Protocol::Grpc).unwrap();
        assert_eq!(
            headers[0],
            ("x-scope.org_id".to_owned(), "a b=c".to_owned())
        );
    }

    proptest! {
        #[test]
        fn what_is_read_can_be_sent(text: String, key in proptest::option::of(any::<String>())) {
            for protocol in [Protocol::Http, Protocol::Grpc] {
                for (name, value) in parse(&text, key.as_deref(), protocol).unwrap_or_default() {
                    prop_assert!(HeaderName::from_bytes(name.as_bytes()).is_ok());
                    prop_assert!(HeaderValue::from_bytes(value.as_bytes()).is_ok());
                }
            }
        }

        #[test]
        fn an_encoded_value_comes_back(value in "[ -~é中]{0,40}") {
            let encoded: String = value.bytes().map(|byte| format!("%{byte:02X}")).collect();
            let found = parse(&format!("k={encoded}"), None, Protocol::Http).unwrap();
            prop_assert_eq!(found, [("k".to_owned(), value)]);
        }
    }
}
