//! The bodies of answers: whole, broken off, slow, endless; with what stands behind them.

use std::io::{Error, ErrorKind};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::HeaderMap;
use hyper::body::{Bytes, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

const HALF: Bytes = Bytes::from_static(b"\x0a\x02");
const WHOLE_LENGTH: u64 = 4;
const ENDLESS: Bytes = Bytes::from_static(&[0; 16 * 1024]);

pub struct Body {
    content: Content,
    trailers: Option<HeaderMap>,
}

enum Content {
    Whole(Option<Bytes>),
    /// A piece, and then nothing, without an end.
    Half(Option<Bytes>),
    /// A piece, and then a failure.
    Broken(Option<Bytes>),
    Slow(Slow),
    Endless,
}

struct Slow {
    pause: Duration,
    left: usize,
    until: Pin<Box<Sleep>>,
    done: Option<Box<dyn FnOnce() + Send>>,
}

impl Body {
    fn of(content: Content) -> Body {
        Body {
            content,
            trailers: None,
        }
    }

    pub fn whole(bytes: impl Into<Bytes>) -> Body {
        Body::of(Content::Whole(Some(bytes.into())))
    }

    pub fn half() -> Body {
        Body::of(Content::Half(Some(HALF)))
    }

    pub fn broken() -> Body {
        Body::of(Content::Broken(Some(HALF)))
    }

    /// `done` is called when the last byte is on its way.
    pub fn slow(pause: Duration, bytes: usize, done: impl FnOnce() + Send + 'static) -> Body {
        Body::of(Content::Slow(Slow {
            pause,
            left: bytes,
            until: Box::pin(sleep(pause)),
            done: Some(Box::new(done)),
        }))
    }

    pub fn endless() -> Body {
        Body::of(Content::Endless)
    }

    pub fn with_trailers(self, trailers: HeaderMap) -> Body {
        Body {
            trailers: Some(trailers),
            ..self
        }
    }
}

impl hyper::body::Body for Body {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let next = match &mut self.content {
            Content::Whole(bytes) => bytes.take().filter(|bytes| !bytes.is_empty()),
            Content::Half(bytes) => match bytes.take() {
                Some(bytes) => Some(bytes),
                None => return Poll::Pending,
            },
            Content::Broken(bytes) => match bytes.take() {
                Some(bytes) => Some(bytes),
                None => return Poll::Ready(Some(Err(ErrorKind::BrokenPipe.into()))),
            },
            Content::Slow(slow) => match slow.poll(context) {
                Poll::Ready(bytes) => bytes,
                Poll::Pending => return Poll::Pending,
            },
            Content::Endless => Some(ENDLESS),
        };
        let frame = match next {
            Some(bytes) => Some(Frame::data(bytes)),
            None => self.trailers.take().map(Frame::trailers),
        };
        Poll::Ready(frame.map(Ok))
    }

    fn is_end_stream(&self) -> bool {
        let empty = matches!(&self.content, Content::Whole(bytes) if bytes.as_ref().is_none_or(Bytes::is_empty));
        empty && self.trailers.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        match &self.content {
            Content::Whole(bytes) => {
                SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
            }
            Content::Half(_) | Content::Broken(_) => SizeHint::with_exact(WHOLE_LENGTH),
            Content::Slow(slow) => SizeHint::with_exact(slow.left as u64),
            Content::Endless => SizeHint::default(),
        }
    }
}

impl Slow {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        if self.until.as_mut().poll(context).is_pending() {
            return Poll::Pending;
        }
        self.left -= 1;
        if self.left == 0
            && let Some(done) = self.done.take()
        {
            done();
        }
        self.until = Box::pin(sleep(self.pause));
        Poll::Ready(Some(Bytes::from_static(b"\0")))
    }
}
