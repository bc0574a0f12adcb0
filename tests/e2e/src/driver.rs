//! A chromedriver of our own: started on a free port, asked over plain HTTP, ended by its handle.
//!
//! Most commands go through fantoccini. The few that are Chromium's own, and those that must work
//! while a test panics, go through [`Driver::request`], which blocks and needs no runtime.

use std::io::{BufRead, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use xtask::project::Project;

/// The longest that the driver may take to answer, or to start.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running chromedriver; dropping it ends its browsers and then itself.
#[derive(Debug)]
pub struct Driver {
    process: Child,
    port: u16,
}

impl Driver {
    /// Starts a chromedriver and waits until it listens.
    ///
    /// # Panics
    /// If there is no chromedriver, or it does not start.
    #[must_use]
    pub fn start() -> Self {
        let port = free_port();
        let process = Project::here()
            .command("chromedriver")
            .arg(format!("--port={port}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver starts: run `cargo xtask setup`");
        let driver = Self { process, port };
        let start = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(
                start.elapsed() < PATIENCE,
                "chromedriver does not listen on port {port}"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        driver
    }

    /// The address for WebDriver clients.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Sends one command and returns the `value` of the answer.
    ///
    /// # Errors
    /// If the driver cannot be reached or answers with an error.
    pub fn request(&self, method: &str, path: &str, body: &Value) -> Result<Value, String> {
        let failure = |error: &dyn std::fmt::Display| format!("{method} {path}: {error}");
        let (status, text) = self
            .exchange(method, path, body)
            .map_err(|error| failure(&error))?;
        let mut answer: Value = serde_json::from_str(&text).map_err(|error| failure(&error))?;
        if status != 200 {
            return Err(failure(&answer));
        }
        Ok(answer["value"].take())
    }

    /// Sends one request; returns status and body of the answer.
    fn exchange(&self, method: &str, path: &str, body: &Value) -> std::io::Result<(u16, String)> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.port,
            body.len()
        )?;
        read_answer(BufReader::new(stream))
    }
}

/// Reads an HTTP answer; the driver keeps connections open, so its length says where it ends.
fn read_answer(mut from: impl BufRead) -> std::io::Result<(u16, String)> {
    let mut line = String::new();
    from.read_line(&mut line)?;
    let status = line
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .unwrap_or_default();
    let mut length = 0;
    while line.trim() != "" {
        line.clear();
        from.read_line(&mut line)?;
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap_or_default();
        }
    }
    let mut body = vec![0; length];
    from.read_exact(&mut body)?;
    Ok((status, String::from_utf8_lossy(&body).into_owned()))
}

impl Drop for Driver {
    fn drop(&mut self) {
        // `/shutdown` closes the browsers too; killing the driver alone would leave them running.
        let _ = self.exchange("GET", "/shutdown", &Value::Null);
        let start = Instant::now();
        while matches!(self.process.try_wait(), Ok(None)) && start.elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("the loopback interface has a port");
    listener
        .local_addr()
        .expect("a bound socket has an address")
        .port()
}
