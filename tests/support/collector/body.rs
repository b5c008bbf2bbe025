//! The bodies of answers: whole, broken off, slow, endless.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::body::{Bytes, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

const HALF: Bytes = Bytes::from_static(b"\x0a\x02");
const WHOLE_LENGTH: u64 = 4;
const ENDLESS: Bytes = Bytes::from_static(&[0; 16 * 1024]);

pub enum Body {
    Whole(Option<Bytes>),
    /// A piece, and then nothing, without an end.
    Half(Option<Bytes>),
    Slow(Slow),
    Endless,
}

pub struct Slow {
    pause: Duration,
    left: usize,
    until: Pin<Box<Sleep>>,
    done: Option<Box<dyn FnOnce() + Send>>,
}

impl Body {
    pub fn whole(bytes: impl Into<Bytes>) -> Body {
        Body::Whole(Some(bytes.into()))
    }

    pub fn half() -> Body {
        Body::Half(Some(HALF))
    }

    /// `done` is called when the last byte is on its way.
    pub fn slow(pause: Duration, bytes: usize, done: impl FnOnce() + Send + 'static) -> Body {
        Body::Slow(Slow {
            pause,
            left: bytes,
            until: Box::pin(sleep(pause)),
            done: Some(Box::new(done)),
        })
    }

    pub fn endless() -> Body {
        Body::Endless
    }
}

impl hyper::body::Body for Body {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let next = match &mut *self {
            Body::Whole(bytes) => bytes.take(),
            Body::Half(bytes) => match bytes.take() {
                Some(bytes) => Some(bytes),
                None => return Poll::Pending,
            },
            Body::Slow(slow) => match slow.poll(context) {
                Poll::Ready(bytes) => bytes,
                Poll::Pending => return Poll::Pending,
            },
            Body::Endless => Some(ENDLESS),
        };
        Poll::Ready(next.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Body::Whole(bytes) => {
                SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
            }
            Body::Half(_) => SizeHint::with_exact(WHOLE_LENGTH),
            Body::Slow(slow) => SizeHint::with_exact(slow.left as u64),
            Body::Endless => SizeHint::default(),
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
