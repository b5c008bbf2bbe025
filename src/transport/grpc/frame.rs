//! How a message stands in a body: whether it is compressed, its length in four bytes, and itself.

use crate::transport::gzip;

const PREFIX: usize = 5;

/// The body that carries this message.
pub fn wrap(message: &[u8], compressed: bool) -> Result<Vec<u8>, String> {
    let mut body = vec![u8::from(compressed), 0, 0, 0, 0];
    if compressed {
        body = gzip::compress(message, body).map_err(|error| error.to_string())?;
    } else {
        body.extend_from_slice(message);
    }
    let length = u32::try_from(body.len() - PREFIX)
        .map_err(|_| "the message is longer than gRPC can tell".to_owned())?;
    body[1..PREFIX].copy_from_slice(&length.to_be_bytes());
    Ok(body)
}

/// The first message of a body, of which there is one in an answer to OTLP; cut after `most` bytes. None where there is no
/// whole one, or one that is compressed in another way than we offer.
pub fn unwrap(body: &[u8], most: usize) -> Option<Vec<u8>> {
    let (prefix, rest) = body.split_first_chunk::<PREFIX>()?;
    let [compressed, length @ ..] = *prefix;
    let message = rest.get(..usize::try_from(u32::from_be_bytes(length)).ok()?)?;
    match compressed {
        0 => Some(message[..message.len().min(most)].to_vec()),
        1 => gzip::decompress(message, most).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn as_the_specification_has_it() {
        assert_eq!(wrap(b"abc", false).unwrap(), b"\0\0\0\0\x03abc");
        assert_eq!(wrap(b"", false).unwrap(), b"\0\0\0\0\0");
        assert_eq!(wrap(b"abc", true).unwrap()[0], 1);
    }

    #[test]
    fn bodies() {
        for (body, message) in [
            (&b"\0\0\0\0\x03abc"[..], Some(&b"abc"[..])),
            (b"\0\0\0\0\x03abcdef", Some(b"abc")),
            (b"\0\0\0\0\x00", Some(b"")),
            (b"\0\0\0\0\x04abc", None),
            (b"\0\0\0\0", None),
            (b"", None),
            (b"\x01\0\0\0\x03abc", None),
            (b"\x02\0\0\0\x03abc", None),
            (b"\0\xff\xff\xff\xff", None),
            (b"<html></html>", None),
        ] {
            assert_eq!(unwrap(body, 100).as_deref(), message, "{body:?}");
        }
        assert_eq!(unwrap(b"\0\0\0\0\x03abc", 2).as_deref(), Some(&b"ab"[..]));
    }

    proptest! {
        #[test]
        fn comes_back(message: Vec<u8>, compressed: bool) {
            let body = wrap(&message, compressed).unwrap();
            prop_assert_eq!(unwrap(&body, usize::MAX), Some(message));
        }

        #[test]
        fn never_panics(body: Vec<u8>, most in 0_usize..100) {
            prop_assert!(unwrap(&body, most).is_none_or(|message| message.len() <= most));
        }
    }
}
