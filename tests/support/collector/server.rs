//! The listening side: one thread, one runtime; dropping it closes the port and cuts every connection.

use std::convert::Infallible;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
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
        let listener = eventually("the port is free", Duration::from_secs(10), || {
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

/// Serves one connection to its end, or until an answer asks for a reset.
async fn serve(stream: impl Wire, state: Arc<Mutex<State>>) {
    let reset = Arc::new(Notify::new());
    let service = service_fn(|request| {
        let (state, reset) = (Arc::clone(&state), Arc::clone(&reset));
        async move { Ok::<_, Infallible>(answer::to(request, state, reset).await) }
    });
    let mut connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        _ = &mut connection => {}
        () = reset.notified() => {
            let stream = connection.into_parts().io.into_inner();
            stream.tcp().set_zero_linger().ok();
        }
    }
}
