use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use super::*;

/// A folder with a site in it and a secret beside it, removed when the test ends.
struct Fixture {
    folder: PathBuf,
}

impl Fixture {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("xtask-{}-{name}", std::process::id()));
        fs::create_dir_all(folder.join("site/deep")).unwrap();
        fs::write(folder.join("secret.txt"), "secret").unwrap();
        fs::write(folder.join("site/index.html"), "home").unwrap();
        fs::write(folder.join("site/404.html"), "lost").unwrap();
        fs::write(folder.join("site/deep/a b.wasm"), "wasm").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(folder.join("secret.txt"), folder.join("site/link.txt"))
            .unwrap();
        Self { folder }
    }

    fn start(&self) -> Server {
        Server::start(&self.folder.join("site"), "/some/path/", 0).unwrap()
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Sends the request line as it is: a client library would tidy up the paths we want to test.
fn exchange(server: &Server, line: &str) -> String {
    let address = server
        .url()
        .trim_start_matches("http://")
        .split('/')
        .next()
        .unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "{line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[track_caller]
fn check(server: &Server, line: &str, status: u16, expected: &str) {
    let answer = exchange(server, line);
    assert!(
        answer.starts_with(&format!("HTTP/1.1 {status} ")),
        "{line}: {answer}"
    );
    assert!(answer.contains(expected), "{line}: {answer}");
    assert!(!answer.contains("secret"), "{line}: {answer}");
}

#[test]
fn files_below_the_mount_are_served_with_their_type() {
    let fixture = Fixture::new("files");
    let server = fixture.start();
    check(&server, "GET /some/path/", 200, "home");
    check(
        &server,
        "GET /some/path/?lang=ja",
        200,
        "Content-Type: text/html",
    );
    check(
        &server,
        "GET /some/path/deep/a%20b.wasm",
        200,
        "Content-Type: application/wasm",
    );
    check(&server, "GET /some/path", 301, "Location: /some/path/");
}

#[test]
fn what_is_not_there_gets_the_page_for_it() {
    let fixture = Fixture::new("missing");
    let server = fixture.start();
    check(&server, "GET /", 404, "lost");
    check(&server, "GET /some/path/nothing", 404, "lost");
    check(&server, "GET /some/path/deep/", 404, "lost");
    check(&server, "POST /some/path/", 405, "");
}

#[test]
fn no_path_leads_out_of_the_folder() {
    let fixture = Fixture::new("escape");
    let server = fixture.start();
    for path in [
        "../secret.txt",
        "%2e%2e/secret.txt",
        "deep/../../secret.txt",
        "..%2fsecret.txt",
    ] {
        check(&server, &format!("GET /some/path/{path}"), 404, "lost");
    }
    for path in ["link.txt", "/secret.txt", "%00", "%zz", "%"] {
        check(&server, &format!("GET /some/path/{path}"), 404, "lost");
    }
}

#[test]
fn requests_are_logged_until_the_log_is_cleared() {
    let fixture = Fixture::new("log");
    let server = fixture.start();
    check(&server, "GET /some/path/nothing", 404, "lost");
    let answered = Answered {
        path: "/some/path/nothing".to_owned(),
        status: 404,
    };
    assert_eq!(server.log(), [answered]);
    server.clear_log();
    assert_eq!(server.log(), []);
}
