//! A page of the built site in a browser of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use xtask::project::Project;
use xtask::server::Server;

use crate::driver::Driver;

/// Where tests mount the site: a link that is not relative shows at once.
pub const MOUNT: &str = "/some/path/";

/// The longest that a test waits for something to appear.
const PATIENCE: Duration = Duration::from_secs(20);

/// How often an element is found again that the page draws anew.
const MOST_TRIES: u32 = 50;

const FLAGS: [&str; 9] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

/// How the browser looks at the page.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// The browser's language, `ja` or `en`.
    pub lang: &'static str,
    /// Size of the viewport in CSS pixels.
    pub size: (u32, u32),
    /// Whether the system prefers dark colours.
    pub dark: bool,
}

impl Look {
    /// A common notebook screen.
    pub const DESKTOP: (u32, u32) = (1440, 900);
    /// A common phone, upright.
    pub const PHONE: (u32, u32) = (390, 844);

    /// Each language on each screen: Japanese in light colours, English in dark ones.
    #[must_use]
    pub fn every() -> [Self; 4] {
        let look = |lang, size, dark| Self { lang, size, dark };
        [
            look("ja", Self::DESKTOP, false),
            look("ja", Self::PHONE, false),
            look("en", Self::DESKTOP, true),
            look("en", Self::PHONE, true),
        ]
    }

    /// Language and width, for the name of a picture.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}-{}", self.lang, self.size.0)
    }
}

impl Default for Look {
    fn default() -> Self {
        Self {
            lang: "ja",
            size: Self::DESKTOP,
            dark: false,
        }
    }
}

/// An open page with its browser and its server.
pub struct Page {
    /// The WebDriver client, for everything that the harness has no word for.
    pub client: Client,
    // Dropped in this order: browser first, then server, then the browser's files.
    driver: Driver,
    server: Server,
    _profile: Profile,
    session: String,
}

impl Page {
    /// Starts a browser and opens the site with `tail`, such as `?x#s=q1-2`, behind its address.
    ///
    /// # Panics
    /// If the site is not built or the browser does not start.
    pub async fn open(look: Look, tail: &str) -> Self {
        Self::open_site(&Project::here().dist(), look, tail).await
    }

    /// As [`Self::open`], on a site in another folder.
    ///
    /// # Panics
    /// If there is no site or the browser does not start.
    pub async fn open_site(folder: &Path, look: Look, tail: &str) -> Self {
        let server =
            Server::start(folder, MOUNT, 0).expect("the site is built: run `cargo xtask build`");
        let driver = Driver::start();
        let profile = Profile::create();
        let capabilities = capabilities(look, &profile);
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(
                capabilities
                    .as_object()
                    .expect("an object was written")
                    .clone(),
            )
            .connect(&driver.url())
            .await
            .expect("the browser starts: run `cargo xtask setup`");
        let session = client
            .session_id()
            .await
            .ok()
            .flatten()
            .expect("the session has an id");
        let page = Self {
            client,
            driver,
            server,
            _profile: profile,
            session,
        };
        page.set_look(look);
        page.goto(tail).await;
        page
    }

    /// Opens the site with `tail` behind its address.
    pub async fn goto(&self, tail: &str) {
        let url = format!("{}{tail}", self.server.url());
        self.client.goto(&url).await.expect("the page opens");
    }

    /// The server that the page comes from.
    #[must_use]
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// Waits for an element and returns its text.
    ///
    /// # Panics
    /// If it does not come in time.
    pub async fn text(&self, css: &str) -> String {
        self.find(css, async |element| element.text().await).await
    }

    /// Waits for an element and clicks it.
    ///
    /// # Panics
    /// If it does not come in time, or something else lies over it.
    pub async fn click(&self, css: &str) {
        self.find(css, async |element| element.click().await).await;
    }

    /// Waits for an element and asks something of it. When the page draws the element anew between
    /// the two, it is found again.
    async fn find<T>(&self, css: &str, ask: impl AsyncFn(Element) -> Result<T, CmdError>) -> T {
        for _ in 0..MOST_TRIES {
            let wait = self.client.wait().at_most(PATIENCE);
            let found = wait.for_element(Locator::Css(css)).await;
            let element = found.unwrap_or_else(|error| panic!("no element `{css}`: {error}"));
            match ask(element).await {
                Ok(answer) => return answer,
                Err(error) if error.is_stale_element_reference() => {}
                Err(error) => panic!("`{css}` does not do it: {error}"),
            }
        }
        panic!("`{css}` was drawn anew {MOST_TRIES} times");
    }

    /// Waits until the text of an element contains `expected`.
    ///
    /// # Panics
    /// If it does not in time.
    pub async fn see(&self, css: &str, expected: &str) {
        let start = tokio::time::Instant::now();
        loop {
            let text = self.text(css).await;
            if text.contains(expected) {
                return;
            }
            let in_time = start.elapsed() < PATIENCE;
            assert!(
                in_time,
                "`{css}` should contain `{expected}` but is `{text}`"
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until the page's module has started.
    ///
    /// # Panics
    /// If it does not in time.
    pub async fn wait_for_module(&self) {
        let start = tokio::time::Instant::now();
        let is_ready = "return window.wasmBindings !== undefined";
        // While the page forwards to another one, the browser may have no place to ask.
        while self.client.execute(is_ready, Vec::new()).await.ok() != Some(Value::Bool(true)) {
            assert!(
                start.elapsed() < PATIENCE,
                "the module of the page does not start"
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Runs the body of a function in the page and returns its value.
    pub async fn script(&self, body: &str) -> Value {
        let result = self.client.execute(body, Vec::new()).await;
        result.unwrap_or_else(|error| panic!("script failed: {error}\n{body}"))
    }

    /// Sends a command of the Chrome DevTools Protocol.
    pub fn devtools(&self, command: &str, parameters: &Value) -> Value {
        let path = format!("/session/{}/goog/cdp/execute", self.session);
        let body = json!({ "cmd": command, "params": parameters });
        self.driver
            .request("POST", &path, &body)
            .unwrap_or_else(|error| panic!("{error}"))
    }

    /// Changes size and colour preference of the open page; its language stays.
    pub fn set_look(&self, look: Look) {
        let (width, height) = look.size;
        let metrics =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", &metrics);
        let scheme = if look.dark { "dark" } else { "light" };
        let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.devtools("Emulation.setEmulatedMedia", &media);
    }

    /// Saves a picture of the viewport as `target/e2e/<name>.png`.
    pub async fn screenshot(&self, name: &str) {
        let picture = self
            .client
            .screenshot()
            .await
            .expect("the browser takes a picture");
        fs::write(picture_file(name), picture).expect("the picture can be saved");
    }

    /// What the page and the browser logged as errors since the last call.
    #[must_use]
    pub fn console_errors(&self) -> Vec<String> {
        let path = format!("/session/{}/se/log", self.session);
        let log = self
            .driver
            .request("POST", &path, &json!({ "type": "browser" }));
        let log = log.unwrap_or_else(|error| panic!("no browser log: {error}"));
        let entries = log.as_array().into_iter().flatten();
        let is_noted = |entry: &&Value| entry["level"] == "SEVERE" || entry["level"] == "WARNING";
        entries
            .filter(is_noted)
            .map(|entry| entry["message"].to_string())
            .collect()
    }

    /// Forgets errors and failed requests so far: for a test that provokes them.
    pub fn forgive(&self) {
        drop(self.console_errors());
        self.server.clear_log();
    }

    /// Ends the test: no errors and warnings in the console, no failed request.
    ///
    /// # Panics
    /// If there was one.
    pub async fn close(self) {
        let errors = self.console_errors();
        assert!(errors.is_empty(), "the console shows {errors:#?}");
        let failed: Vec<_> = self
            .server
            .log()
            .into_iter()
            .filter(|answer| answer.status >= 400)
            .collect();
        assert!(failed.is_empty(), "requests failed: {failed:#?}");
        self.client
            .clone()
            .close()
            .await
            .expect("the browser closes");
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let path = format!("/session/{}/screenshot", self.session);
            let picture = self.driver.request("GET", &path, &Value::Null).ok();
            let bytes = picture.and_then(|text| STANDARD.decode(text.as_str()?).ok());
            let thread = std::thread::current();
            let name = thread.name().unwrap_or("test").replace("::", "-");
            if let Some(bytes) = bytes {
                let file = picture_file(&format!("failed-{name}"));
                eprintln!("the page at its end: {}", file.display());
                let _ = fs::write(file, bytes);
            }
        }
    }
}

fn capabilities(look: Look, profile: &Profile) -> Value {
    let (width, height) = look.size;
    let mut flags: Vec<String> = FLAGS.map(str::to_owned).to_vec();
    flags.push(format!("--window-size={width},{height}"));
    flags.push(format!("--user-data-dir={}", profile.folder.display()));
    json!({
        "goog:chromeOptions": {
            "args": flags,
            "prefs": { "intl.accept_languages": look.lang },
        },
        "goog:loggingPrefs": { "browser": "ALL" },
    })
}

fn picture_file(name: &str) -> PathBuf {
    let folder = Project::here().root().join("target").join("e2e");
    fs::create_dir_all(&folder).expect("target/e2e can be created");
    folder.join(format!("{name}.png"))
}

/// A fresh folder for the browser's files, removed at the end.
struct Profile {
    folder: PathBuf,
}

impl Profile {
    fn create() -> Self {
        static N_PROFILES: AtomicU32 = AtomicU32::new(0);
        let number = N_PROFILES.fetch_add(1, Ordering::Relaxed);
        let name = format!("tradewind-e2e-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder).expect("a folder for the browser can be created");
        Self { folder }
    }
}

impl Drop for Profile {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}
