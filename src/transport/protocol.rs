//! What is spoken to a receiver.

use crate::otlp::encoding::Encoding;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    Http,
    HttpJson,
    Grpc,
}

impl Protocol {
    /// Reads the name of the setting.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text.trim().to_ascii_lowercase().as_str() {
            "http" => Ok(Protocol::Http),
            "http/json" => Ok(Protocol::HttpJson),
            "grpc" => Ok(Protocol::Grpc),
            _ => Err("allowed are http (protobuf), http/json and grpc".to_owned()),
        }
    }

    /// How a request's body is written.
    pub fn encoding(self) -> Encoding {
        match self {
            Protocol::Http | Protocol::Grpc => Encoding::Protobuf,
            Protocol::HttpJson => Encoding::Json,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for (text, expected) in [
            ("http", Some(Protocol::Http)),
            (" HTTP ", Some(Protocol::Http)),
            ("http/json", Some(Protocol::HttpJson)),
            ("gRPC", Some(Protocol::Grpc)),
            ("", None),
            ("json", None),
            ("secret", None),
        ] {
            let found = Protocol::parse(text);
            assert!(
                found
                    .as_ref()
                    .err()
                    .is_none_or(|why| !why.contains("secret"))
            );
            assert_eq!(found.ok(), expected, "{text}");
        }
    }
}
