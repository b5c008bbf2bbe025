//! gRPC's framing of a message, read strictly.

use std::collections::BTreeMap;

use hyper::body::Bytes;

/// A message as it goes on the wire, not compressed.
pub fn wrap(message: &[u8]) -> Bytes {
    let length = u32::try_from(message.len()).expect("a short message");
    let mut framed = vec![0];
    framed.extend(length.to_be_bytes());
    framed.extend_from_slice(message);
    framed.into()
}

/// The one message of a request, and how it is compressed.
pub fn unwrap<'a>(
    wire: &'a [u8],
    headers: &BTreeMap<String, String>,
) -> Result<(&'a [u8], Option<String>), String> {
    let header = |name: &str| headers.get(name).map(String::as_str);
    match header("content-type") {
        Some("application/grpc" | "application/grpc+proto") => (),
        other => return Err(format!("content-type {other:?}")),
    }
    if header("te") != Some("trailers") {
        return Err("no te: trailers".to_owned());
    }
    let prefix = wire.split_first_chunk::<5>();
    let (&[flag, length @ ..], message) = prefix.ok_or("no message")?;
    if u32::from_be_bytes(length) as usize != message.len() {
        return Err(format!("{} bytes, not {length:?}", message.len()));
    }
    match (flag, header("grpc-encoding")) {
        (0, _) => Ok((message, None)),
        (1, Some(encoding)) => Ok((message, Some(encoding.to_owned()))),
        other => Err(format!("flag and encoding {other:?}")),
    }
}
