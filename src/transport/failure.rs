//! Why there is no answer.

use super::tls;
use crate::delivery::outcome::Reply;
use std::error::Error;

/// Whether a person has to change something, or trying again may help.
pub fn reply(error: &reqwest::Error) -> Reply {
    let fault = tls::fault(error).or_else(|| causes(error).find_map(wrong_protocol));
    match fault {
        Some(why) => Reply::Unusable(why),
        None => Reply::Failed(reason(error)),
    }
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

/// The port of OTLP/HTTP called by gRPC, or the reverse: 4317 and 4318 are easily taken for each other.
fn wrong_protocol(error: &(dyn Error + 'static)) -> Option<String> {
    if let Some(error) = error.downcast_ref::<h2::Error>() {
        // `HTTP/1.1` or a TLS alert, read as the beginning of a frame, is one of megabytes.
        let no_frame = error.is_library() && error.reason() == Some(h2::Reason::FRAME_SIZE_ERROR);
        let refused = error.is_remote() && error.reason() == Some(h2::Reason::HTTP_1_1_REQUIRED);
        return (no_frame || refused).then(|| {
            "the receiver does not speak gRPC there: is it a port of OTLP/HTTP, or one with TLS?".to_owned()
        });
    }
    let error = error.downcast_ref::<hyper::Error>()?;
    error
        .is_parse()
        .then(|| "the receiver does not speak HTTP/1.1 there: is it a port of gRPC?".to_owned())
}

/// The innermost cause, which says what happened; without the address, which may be told to fewer than the error.
fn reason(error: &reqwest::Error) -> String {
    let kind = if error.is_connect() {
        "cannot connect"
    } else if error.is_body() || error.is_decode() {
        "the answer broke off"
    } else {
        "the request failed"
    };
    match causes(error).last() {
        Some(cause) => format!("{kind}: {cause}"),
        None => kind.to_owned(),
    }
}
