//! Why an attempt did not succeed, as one line that an operator can read.

use super::rpc_status::RpcStatus;
use prost::Message;

/// In characters.
const MAX_REASON: usize = 300;

/// A longer text is a page, not a message.
const MAX_TEXT_BODY: usize = 1024;

/// `HTTP 503 Service Unavailable: <what the server says>`
pub fn of_answer(status: u16, json: bool, body: &[u8]) -> String {
    let name = http::StatusCode::from_u16(status)
        .ok()
        .and_then(|status| status.canonical_reason());
    let mut reason = format!("HTTP {status}");
    if let Some(name) = name {
        reason = format!("{reason} {name}");
    }
    if let Some(message) = message_in(json, body) {
        reason = format!("{reason}: {message}");
    }
    one_line(&reason)
}

/// `gRPC UNAVAILABLE: <what the server says>`
pub fn of_call(code: &str, message: &str) -> String {
    let separator = if message.trim().is_empty() { "" } else { ": " };
    one_line(&format!("gRPC {code}{separator}{message}"))
}

/// One line of at most 300 characters, without control characters.
pub fn one_line(text: &str) -> String {
    let visible: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let words: Vec<_> = visible.split_whitespace().collect();
    words.join(" ").chars().take(MAX_REASON).collect()
}

fn message_in(json: bool, body: &[u8]) -> Option<String> {
    let status = if json {
        let status = serde_json::from_slice::<serde_json::Value>(body).ok();
        status.and_then(|status| Some(status.get("message")?.as_str()?.to_owned()))
    } else {
        RpcStatus::decode(body).ok().map(|status| status.message)
    };
    let message = match status.filter(|message| !message.is_empty()) {
        Some(message) => message,
        None if body.len() <= MAX_TEXT_BODY => text(body)?,
        None => return None,
    };
    Some(message).filter(|message| !message.trim().is_empty())
}

/// The body as text, unless it is binary.
fn text(body: &[u8]) -> Option<String> {
    let text = str::from_utf8(body).ok()?;
    let binary = text.chars().any(|c| c.is_control() && !c.is_whitespace());
    (!binary).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rpc_status(message: &str) -> Vec<u8> {
        RpcStatus {
            code: 3,
            message: message.into(),
            ..RpcStatus::default()
        }
        .encode_to_vec()
    }

    #[test]
    fn reasons() {
        let mut with_details = rpc_status("bad span");
        with_details.extend([0x1a, 0x02, 0x0a, 0x00]);
        for (status, body, expected) in [
            (503, &b""[..], "HTTP 503 Service Unavailable"),
            (
                400,
                &rpc_status("bad span"),
                "HTTP 400 Bad Request: bad span",
            ),
            (400, &with_details, "HTTP 400 Bad Request: bad span"),
            (400, &rpc_status(""), "HTTP 400 Bad Request"),
            (
                429,
                b"slow\r\n down\n",
                "HTTP 429 Too Many Requests: slow down",
            ),
            (599, b"{\"code\":8}", "HTTP 599: {\"code\":8}"),
            (500, &[0x00, 0xff], "HTTP 500 Internal Server Error"),
            (502, &[b'x'; 1025], "HTTP 502 Bad Gateway"),
            (1000, b"odd", "HTTP 1000: odd"),
        ] {
            assert_eq!(of_answer(status, false, body), expected);
        }
    }

    #[test]
    fn reasons_in_json() {
        for (body, expected) in [
            (
                &br#"{"code":3,"message":"bad\nspan"}"#[..],
                "HTTP 400 Bad Request: bad span",
            ),
            (
                br#"{"error":"no"}"#,
                r#"HTTP 400 Bad Request: {"error":"no"}"#,
            ),
            (
                br#"{"message":7}"#,
                r#"HTTP 400 Bad Request: {"message":7}"#,
            ),
            (
                br#"{"message":""}"#,
                r#"HTTP 400 Bad Request: {"message":""}"#,
            ),
            (b"{}", "HTTP 400 Bad Request: {}"),
            (b"oops", "HTTP 400 Bad Request: oops"),
        ] {
            assert_eq!(of_answer(400, true, body), expected);
        }
    }

    #[test]
    fn reasons_of_calls() {
        for (message, expected) in [
            ("", "gRPC UNAVAILABLE"),
            (" \n", "gRPC UNAVAILABLE"),
            ("slow\n down", "gRPC UNAVAILABLE: slow down"),
        ] {
            assert_eq!(of_call("UNAVAILABLE", message), expected);
        }
    }

    proptest! {
        #[test]
        fn always_one_short_line(status: u16, json: bool, body in proptest::collection::vec(any::<u8>(), 0..2000)) {
            let reason = of_answer(status, json, &body);
            prop_assert!(reason.chars().count() <= MAX_REASON);
            prop_assert!(!reason.chars().any(|c| c.is_control()));
        }

        #[test]
        fn any_text_becomes_one_line(text in "\\PC{0,400}|[\\x00-\\x20a]{0,50}") {
            let line = one_line(&text);
            prop_assert!(line.chars().count() <= MAX_REASON);
            prop_assert!(!line.chars().any(|c| c.is_control()));
        }
    }
}
