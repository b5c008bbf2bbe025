//! A real backend: a Python package's server on a port of its own, with its own folder, and its API.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use dify_observe_tests::{packages, within};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use serde_json::Value;
use tempfile::TempDir;

/// What is imported at the first start is compiled then, which takes a slow machine a while.
const START_TIMEOUT: Duration = Duration::from_secs(180);

pub struct Service {
    process: Child,
    _folder: TempDir,
    port: u16,
}

impl Service {
    /// Installs the packages first where they are not. `arguments` makes the program's of its port and folder; it is up when it
    /// answers this path with 200.
    #[track_caller]
    pub fn start(
        packages: &[&str],
        arguments: impl Fn(u16, &Path, &mut Command),
        up: &str,
    ) -> Service {
        let installed = packages::python(packages);
        let mut complaint = String::new();
        for _ in 0..3 {
            let folder = tempfile::tempdir().expect("a temporary folder");
            let printed = folder.path().join("printed");
            let output = File::create(&printed).expect("a file");
            let port = free_port();
            let mut command = Command::new("python3");
            command
                .current_dir(folder.path())
                .process_group(0)
                .env("PYTHONPATH", &installed)
                .stdin(Stdio::null())
                .stderr(output.try_clone().expect("a file"))
                .stdout(output);
            arguments(port, folder.path(), &mut command);
            let process = command.spawn().expect("python3");
            let mut service = Service {
                process,
                _folder: folder,
                port,
            };
            let answers = within(START_TIMEOUT, || {
                if let Ok(Some(ended)) = service.process.try_wait() {
                    return Ok(Err(ended));
                }
                match service.request("GET", up, "", "") {
                    Ok((200, _)) => Ok(Ok(())),
                    other => Err(other),
                }
            });
            match answers {
                Ok(Ok(())) => return service,
                other => complaint = format!("{other:?}: {}", last_lines(&printed)),
            }
        }
        panic!("{packages:?} does not start: {complaint}");
    }

    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The JSON at a path; `headers` end with a line break each.
    pub fn get(&self, path: &str, headers: &str) -> Result<Value, String> {
        self.json("GET", path, headers, "")
    }

    pub fn post(&self, path: &str, body: &Value) -> Result<Value, String> {
        let headers = "content-type: application/json\r\n";
        self.json("POST", path, headers, &body.to_string())
    }

    fn json(&self, method: &str, path: &str, headers: &str, body: &str) -> Result<Value, String> {
        let (status, answer) = self.request(method, path, headers, body)?;
        if status != 200 {
            return Err(format!("{path}: HTTP {status} {answer}"));
        }
        serde_json::from_str(&answer).map_err(|error| format!("{path}: {error}"))
    }

    /// HTTP 1.0, whose answers end with the connection.
    fn request(
        &self,
        method: &str,
        path: &str,
        headers: &str,
        body: &str,
    ) -> Result<(u16, String), String> {
        let mut answer = Vec::new();
        let mut exchange = || {
            let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
            stream.set_read_timeout(Some(Duration::from_secs(30)))?;
            let length = body.len();
            write!(
                stream,
                "{method} {path} HTTP/1.0\r\nhost: 127.0.0.1:{}\r\ncontent-length: {length}\r\n{headers}\r\n{body}",
                self.port
            )?;
            stream.read_to_end(&mut answer)
        };
        exchange().map_err(|error: std::io::Error| error.to_string())?;
        let answer = String::from_utf8_lossy(&answer);
        let (head, body) = answer.split_once("\r\n\r\n").ok_or("no answer")?;
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
        Ok((status.ok_or("no status")?, body.to_owned()))
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // With the workers that it started: they would run on.
        if let Ok(group) = self.process.id().try_into() {
            killpg(Pid::from_raw(group), Signal::SIGKILL).ok();
        }
        self.process.wait().ok();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("its address").port()
}

fn last_lines(file: &Path) -> String {
    let printed = fs::read(file).unwrap_or_default();
    let printed = String::from_utf8_lossy(&printed);
    let lines: Vec<&str> = printed.lines().collect();
    lines[lines.len().saturating_sub(15)..].join("\n")
}
