//! A receiver that takes everything, and lets somebody look at it where asked to.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;

#[derive(Clone, Default)]
pub struct Taken {
    pub requests: Arc<AtomicU64>,
    pub bytes: Arc<AtomicU64>,
}

pub struct Sink {
    pub endpoint: String,
    pub taken: Taken,
}

/// Is shown the path and the body of each request, as soon as that is there.
type Look = Arc<dyn Fn(&str, &[u8]) + Send + Sync>;

impl Sink {
    /// Lives as long as the process.
    pub fn start() -> Sink {
        Self::showing(Arc::new(|_, _| ()))
    }

    pub fn showing(look: Look) -> Sink {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let taken = Taken::default();
        let counted = taken.clone();
        thread::spawn(move || {
            for peer in listener.incoming().flatten() {
                let (counted, look) = (counted.clone(), Arc::clone(&look));
                thread::spawn(move || serve(peer, &counted, &look));
            }
        });
        Sink {
            endpoint: format!("http://127.0.0.1:{port}"),
            taken,
        }
    }
}

/// Until the peer leaves.
fn serve(peer: TcpStream, taken: &Taken, look: &Look) -> Option<()> {
    let mut answers = peer.try_clone().ok()?;
    let mut requests = BufReader::with_capacity(1 << 20, peer);
    let mut body = Vec::new();
    loop {
        let mut first = String::new();
        if requests.read_line(&mut first).ok()? == 0 {
            return None;
        }
        let mut length = 0;
        loop {
            let mut line = String::new();
            if requests.read_line(&mut line).ok()? == 0 {
                return None;
            }
            let line = line.trim_end().to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(given) = line.strip_prefix("content-length:") {
                length = given.trim().parse().ok()?;
            }
        }
        body.resize(length, 0);
        requests.read_exact(&mut body).ok()?;
        look(first.split(' ').nth(1)?, &body);
        taken.requests.fetch_add(1, Relaxed);
        taken.bytes.fetch_add(length as u64, Relaxed);
        let answer =
            "HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n";
        answers.write_all(answer.as_bytes()).ok()?;
    }
}
