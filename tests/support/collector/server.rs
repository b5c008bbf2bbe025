//! The listening side: one thread, one runtime; dropping it closes the port and cuts every connection.

use std::convert::Infallible;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::AsFd;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::{Notify, oneshot};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::answer;
use super::state::State;
use crate::authority::Identity;
use crate::waiting::eventually;

pub struct Server {
    pub address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Waits for a port that is still taken: on a restart somebody may have borrowed it.
    #[track_caller]
    pub fn bind(
        address: SocketAddr,
        state: Arc<Mutex<State>>,
        identity: Option<Identity>,
    ) -> Server {
        let listener = eventually("the port is free", Duration::from_secs(60), || {
            TcpListener::bind(address)
        });
        let address = listener.local_addr().expect("its address");
        listener.set_nonblocking(true).expect("non-blocking");
        let (stop, stopped) = oneshot::channel();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            runtime.block_on(async {
                tokio::select! {
                    () = accept(listener, state, identity) => {}
                    _ = stopped => {}
                }
            });
        });
        Server {
            address,
            stop: Some(stop),
            thread: Some(thread),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

async fn accept(listener: TcpListener, state: Arc<Mutex<State>>, identity: Option<Identity>) {
    let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        state.lock().expect("state").connections += 1;
        let (state, identity) = (Arc::clone(&state), identity.clone());
        tokio::spawn(async move {
            match identity {
                None => serve(stream, state).await,
                Some(identity) => {
                    // A client that does not trust us hangs up.
                    if let Ok(stream) = TlsAcceptor::from(identity.config).accept(stream).await {
                        serve(stream, state).await;
                    }
                }
            }
        });
    }
}

/// A connection, with or without TLS.
trait Wire: AsyncRead + AsyncWrite + Unpin + Send + 'static {
    fn tcp(&self) -> &TcpStream;
}

impl Wire for TcpStream {
    fn tcp(&self) -> &TcpStream {
        self
    }
}

impl Wire for TlsStream<TcpStream> {
    fn tcp(&self) -> &TcpStream {
        self.get_ref().0
    }
}

/// What an answer may want for its connection.
#[derive(Default)]
pub struct Ending {
    pub reset: Notify,
    pub go_away: Notify,
}

/// Serves one connection, HTTP/1.1 or HTTP/2, to its end or to the one that an answer wants.
async fn serve(stream: impl Wire, state: Arc<Mutex<State>>) {
    let ending = Arc::new(Ending::default());
    let socket = stream.tcp().as_fd().try_clone_to_owned().expect("a socket");
    let service = service_fn(|request| {
        let (state, ending) = (Arc::clone(&state), Arc::clone(&ending));
        async move { Ok::<_, Infallible>(answer::to(request, state, ending).await) }
    });
    let server = auto::Builder::new(TokioExecutor::new());
    let mut connection = pin!(server.serve_connection(TokioIo::new(stream), service));
    loop {
        tokio::select! {
            _ = &mut connection => return,
            () = ending.go_away.notified() => connection.as_mut().graceful_shutdown(),
            () = ending.reset.notified() => {
                // It takes effect when the last handle of the socket is closed.
                if let Ok(socket) = TcpStream::from_std(socket.into()) {
                    socket.set_zero_linger().ok();
                }
                return;
            }
        }
    }
}
