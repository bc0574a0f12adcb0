//! A small server of static files on the loopback interface.
//!
//! It behaves as GitHub Pages does where that matters to the page: the site lives below a mount
//! path, missing files get `404.html`, nothing sets special headers. It keeps a log of requests, so
//! that an end-to-end test can say which files were asked for.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use anyhow::{Context, Result, anyhow};
use tiny_http::{Header, Method, Request, Response};

/// Browsers open about six connections at once; more threads would only wait.
const N_THREADS: usize = 6;

/// A request that was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// The path and query asked for.
    pub path: String,
    /// The HTTP status sent.
    pub status: u16,
}

/// A running server; dropping it stops it.
pub struct Server {
    http: Arc<tiny_http::Server>,
    site: Arc<Site>,
    threads: Vec<JoinHandle<()>>,
    url: String,
}

impl Server {
    /// Serves `folder` on 127.0.0.1 below `mount`, a path such as `/` or `/some/path/`.
    ///
    /// Port 0 takes a free one.
    ///
    /// # Errors
    /// If the folder does not exist or the port is taken.
    pub fn start(folder: &Path, mount: &str, port: u16) -> Result<Self> {
        let folder =
            fs::canonicalize(folder).with_context(|| format!("no site at {}", folder.display()))?;
        let http = tiny_http::Server::http(("127.0.0.1", port))
            .map_err(|error| anyhow!("cannot listen on 127.0.0.1:{port}: {error}"))?;
        let address = http
            .server_addr()
            .to_ip()
            .context("the server has an IP address")?;
        let http = Arc::new(http);
        let site = Arc::new(Site {
            folder,
            mount: mount.to_owned(),
            log: Mutex::default(),
        });
        let threads = (0..N_THREADS)
            .map(|_| {
                let (http, site) = (Arc::clone(&http), Arc::clone(&site));
                std::thread::spawn(move || {
                    // An error from `recv` is how `unblock` in `drop` ends the loop.
                    while let Ok(request) = http.recv() {
                        site.answer(request);
                    }
                })
            })
            .collect();
        let url = format!("http://{address}{mount}");
        Ok(Self {
            http,
            site,
            threads,
            url,
        })
    }

    /// The address of the site, with the mount path.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Everything asked for so far, in order of the answers.
    #[must_use]
    pub fn log(&self) -> Vec<Answered> {
        self.site
            .log
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Empties the log.
    pub fn clear_log(&self) {
        self.site
            .log
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        for _ in &self.threads {
            self.http.unblock();
        }
        for thread in self.threads.drain(..) {
            // A panic in a thread has been printed; stopping has nothing to add to it.
            let _ = thread.join();
        }
    }
}

/// Serves the site until the program is ended from outside.
///
/// # Errors
/// If the folder does not exist or the port is taken.
pub fn serve_forever(folder: &Path, port: u16) -> Result<()> {
    let server = Server::start(folder, "/", port).with_context(|| {
        format!(
            "try another port: cargo xtask serve --port {}",
            port.wrapping_add(1)
        )
    })?;
    println!(
        "serving {} on {} (stop with Ctrl-C)",
        folder.display(),
        server.url()
    );
    loop {
        std::thread::park();
    }
}

struct Site {
    folder: PathBuf,
    mount: String,
    log: Mutex<Vec<Answered>>,
}

/// What a path leads to.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    File(PathBuf),
    Elsewhere(String),
    Nothing,
}

impl Site {
    fn answer(&self, request: Request) {
        let path = request.url().to_owned();
        let (status, file, location) = match request.method() {
            Method::Get | Method::Head => match self.find(&path) {
                Found::File(file) => (200, Some(file), None),
                Found::Elsewhere(location) => (301, None, Some(location)),
                Found::Nothing => (404, Some(self.folder.join("404.html")), None),
            },
            _ => (405, None, None),
        };
        self.log
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(Answered {
                path: path.clone(),
                status,
            });
        if let Err(error) = respond(request, status, file.as_deref(), location.as_deref()) {
            // The browser may close a connection it no longer wants; the next request is fine.
            eprintln!("{path}: {error:#}");
        }
    }

    fn find(&self, url: &str) -> Found {
        let path = url.split(['?', '#']).next().unwrap_or_default();
        let Some(inside) = path.strip_prefix(self.mount.as_str()) else {
            return if format!("{path}/") == self.mount {
                Found::Elsewhere(self.mount.clone())
            } else {
                Found::Nothing
            };
        };
        let Some(relative) = safe_path(inside) else {
            return Found::Nothing;
        };
        let Ok(mut file) = fs::canonicalize(self.folder.join(relative)) else {
            return Found::Nothing;
        };
        if file.is_dir() {
            file = file.join("index.html");
        }
        // A link inside the folder may point out of it, so the real path decides.
        let is_inside = file.starts_with(&self.folder) && file.is_file();
        if is_inside {
            Found::File(file)
        } else {
            Found::Nothing
        }
    }
}

/// Turns the rest of a URL into a path that cannot leave its folder.
fn safe_path(url: &str) -> Option<PathBuf> {
    let decoded = percent_decode(url)?;
    let mut path = PathBuf::new();
    for name in decoded.split('/').filter(|name| !name.is_empty()) {
        if name == "." || name == ".." || name.contains(['\\', '\0', ':']) {
            return None;
        }
        path.push(name);
    }
    Some(path)
}

fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let high = char::from(rest.next()?).to_digit(16)?;
            let low = char::from(rest.next()?).to_digit(16)?;
            bytes.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

fn respond(
    request: Request,
    status: u16,
    file: Option<&Path>,
    location: Option<&str>,
) -> Result<()> {
    let location = location
        .map(|location| header("Location", location))
        .transpose()?;
    let opened = file.and_then(|path| Some((path, File::open(path).ok()?)));
    match opened {
        Some((path, body)) => {
            let mut response = Response::from_file(body).with_status_code(status);
            response.add_header(header("Content-Type", content_type(path))?);
            response.add_header(header("Cache-Control", "no-cache")?);
            request.respond(response)?;
        }
        None => {
            let mut response = Response::from_string("").with_status_code(status);
            location
                .into_iter()
                .for_each(|location| response.add_header(location));
            request.respond(response)?;
        }
    }
    Ok(())
}

fn header(name: &str, value: &str) -> Result<Header> {
    Header::from_bytes(name, value).map_err(|()| anyhow!("`{name}: {value}` is not a header"))
}

/// The type of a file by its ending; browsers refuse to stream wasm under another one.
fn content_type(path: &Path) -> &'static str {
    match path
        .extension()
        .and_then(|ending| ending.to_str())
        .unwrap_or_default()
    {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "txt" | "md" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests;
