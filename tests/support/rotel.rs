//! A real receiver that nobody here wrote: Rotel, from PyPI. It decodes what it is sent, prints it, and passes it on,
//! encoded anew by itself, to a `Collector` where it can be asserted on.

mod package;

use std::fs::{self, File};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::cluster::free_port;
use crate::collector::Collector;

const START_TIMEOUT: Duration = Duration::from_secs(10);

/// Takes OTLP/HTTP and OTLP/gRPC, all three signals, on ports of its own until it is dropped.
pub struct Rotel {
    process: Child,
    folder: TempDir,
    http_port: u16,
    grpc_port: u16,
    onward: Collector,
}

impl Rotel {
    /// Installs it first where it is not; that needs Python with venv, and the package index.
    #[track_caller]
    pub fn start() -> Rotel {
        let program = package::program();
        let mut complaint = String::new();
        for _ in 0..3 {
            match Rotel::try_start(Command::new(&program)) {
                Ok(rotel) => return rotel,
                Err(printed) => complaint = printed,
            }
        }
        panic!("rotel does not start: {complaint}");
    }

    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.http_port)
    }

    pub fn grpc_endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.grpc_port)
    }

    /// What it understood, passed on some 0.2 s after it was received.
    pub fn received(&self) -> &Collector {
        &self.onward
    }

    /// What it printed: every record in detail, in its own format, and its complaints.
    pub fn printed(&self) -> String {
        String::from_utf8_lossy(&fs::read(self.folder.path().join("printed")).unwrap_or_default())
            .into_owned()
    }

    fn try_start(mut command: Command) -> Result<Rotel, String> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let printed = File::create(folder.path().join("printed")).expect("a file");
        let (onward, http_port, grpc_port) = (Collector::start(), free_port(), free_port());
        command
            .env_clear()
            .arg("start")
            .args(["--otlp-http-endpoint", &format!("127.0.0.1:{http_port}")])
            .args(["--otlp-grpc-endpoint", &format!("127.0.0.1:{grpc_port}")])
            .args(["--exporter", "otlp", "--otlp-exporter-protocol", "http"])
            .args(["--otlp-exporter-endpoint", &onward.endpoint()])
            .args([
                "--debug-log",
                "traces",
                "--debug-log",
                "logs",
                "--debug-log",
                "metrics",
            ])
            .args(["--debug-log-verbosity", "detailed"])
            .arg("--pid-file")
            .arg(folder.path().join("pid"))
            .stdin(Stdio::null())
            .stderr(printed.try_clone().expect("a file"))
            .stdout(printed);
        let process = command.spawn().map_err(|error| error.to_string())?;
        let mut rotel = Rotel {
            process,
            folder,
            http_port,
            grpc_port,
            onward,
        };
        if rotel.listens() {
            Ok(rotel)
        } else {
            Err(rotel.printed())
        }
    }

    fn listens(&mut self) -> bool {
        let deadline = Instant::now() + START_TIMEOUT;
        while Instant::now() < deadline
            && self.process.try_wait().is_ok_and(|ended| ended.is_none())
        {
            if [self.http_port, self.grpc_port]
                .iter()
                .all(|port| TcpStream::connect(("127.0.0.1", *port)).is_ok())
            {
                return true;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        false
    }
}

impl Drop for Rotel {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}
