//! The network thread. It makes no Postgres call and gets no signal; the main thread is told of an answer by a byte in a pipe.

use crate::delivery::outcome::Reply;
use crate::transport::clients::{self, Clients};
use crate::transport::request::Request;
use std::io::{PipeReader, PipeWriter, Read, Write};
use std::os::fd::{AsRawFd, RawFd};
use std::sync::mpsc;
use std::thread;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// What a request and its answer belong to.
pub type Lane = usize;

/// Dropping it ends the thread, and whatever is under way with it.
pub struct Network {
    jobs: UnboundedSender<(Lane, Request)>,
    replies: mpsc::Receiver<(Lane, Reply)>,
    bell: PipeReader,
}

impl Network {
    pub fn start() -> Result<Self, String> {
        let told =
            |error: &dyn std::fmt::Display| format!("the network thread cannot start: {error}");
        let (bell, ringer) = std::io::pipe().map_err(|error| told(&error))?;
        let (jobs, to_do) = unbounded_channel();
        let (done, replies) = mpsc::channel();
        without_signals(|| {
            thread::Builder::new()
                .name("dify_observe network".to_owned())
                .spawn(move || serve(to_do, done, ringer))
        })
        .map_err(|error| told(&error))?;
        Ok(Self {
            jobs,
            replies,
            bell,
        })
    }

    /// Hands a request over; its reply comes with the same lane.
    pub fn send(&self, lane: Lane, request: Request) -> Result<(), String> {
        self.jobs
            .send((lane, request))
            .map_err(|_| "the network thread has ended".to_owned())
    }

    /// Readable when there may be a reply.
    pub fn bell(&self) -> RawFd {
        self.bell.as_raw_fd()
    }

    /// The next reply that has come.
    pub fn reply(&mut self) -> Option<(Lane, Reply)> {
        let reply = self.replies.try_recv().ok()?;
        // One byte for each reply, sent after it: this does not wait long.
        let _ = self.bell.read_exact(&mut [0]);
        Some(reply)
    }
}

/// The new thread inherits the mask: no signal of Postgres may be handled on it.
fn without_signals<R>(start: impl FnOnce() -> R) -> R {
    unsafe {
        let mut all = std::mem::zeroed();
        let mut before = std::mem::zeroed();
        libc::sigfillset(&mut all);
        libc::pthread_sigmask(libc::SIG_SETMASK, &all, &mut before);
        let started = start();
        libc::pthread_sigmask(libc::SIG_SETMASK, &before, std::ptr::null_mut());
        started
    }
}

fn serve(
    mut to_do: UnboundedReceiver<(Lane, Request)>,
    done: mpsc::Sender<(Lane, Reply)>,
    ringer: PipeWriter,
) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let Ok(runtime) = runtime else {
        return;
    };
    let mut clients = Clients::default();
    let ringer = std::sync::Arc::new(ringer);
    runtime.block_on(async move {
        while let Some((lane, request)) = to_do.recv().await {
            let client = clients.of(&request.peer);
            let (done, ringer) = (done.clone(), ringer.clone());
            tokio::spawn(async move {
                let reply = clients::send(client, request).await;
                if done.send((lane, reply)).is_ok() {
                    let _ = (&*ringer).write(&[1]);
                }
            });
        }
    });
}
