//! The validation window gives what the native library gives, says what it could not have, and
//! costs nothing before it is opened.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use e2e::{Look, Page};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};
use tradewind::analysis::verify::{Report, Status};
use xtask::project::Project;

const OPEN: &str = "[data-testid=open-validation]";
const SCREEN: &str = "[data-testid=validation-window]";
const FILES: [&str; 6] = [
    "queueing.json",
    "availability.json",
    "slo.json",
    "hpa.json",
    "cost.json",
    "scheduling.json",
];

/// Passed, failed and unsupported cases of a file, by the native library.
fn counts(file: &str) -> [usize; 3] {
    let file = Project::here().root().join("tests/vectors").join(file);
    let text = fs::read_to_string(file).expect("a file of cases");
    let report = Report::of(&text).expect("every case is readable");
    Status::ALL.map(|status| report.count(status))
}

/// Waits until the run has come to an end of this kind.
async fn wait_until(page: &Page, state: &str) {
    let ask = format!("return !!document.querySelector('{SCREEN} [data-state={state}]')");
    let start = Instant::now();
    while page.script(&ask).await != Value::Bool(true) {
        assert!(start.elapsed() < Duration::from_secs(30), "never {state}");
        sleep(Duration::from_millis(50)).await;
    }
}

/// The counts in the row of a file, or of `all`.
async fn shown(page: &Page, file: &str) -> Vec<usize> {
    let cells = format!(
        "return [...document.querySelectorAll('{SCREEN} [data-file=\"{file}\"] [data-count]')]\
         .map(cell => Number(cell.textContent))"
    );
    serde_json::from_value(page.script(&cells).await).expect("a list of numbers")
}

/// The ids of the cases that are listed.
async fn listed(page: &Page) -> Vec<String> {
    let ids = "return [...document.querySelectorAll('[data-case]')].map(it => it.dataset.case)";
    serde_json::from_value(page.script(ids).await).expect("a list of texts")
}

/// Writes into a field as a visitor does.
async fn fill(page: &Page, field: &str, value: &str) {
    page.script(&format!(
        "const field = document.querySelector('{SCREEN} [data-field={field}]'); \
         field.value = {}; field.dispatchEvent(new Event('input', {{ bubbles: true }}))",
        Value::from(value)
    ))
    .await;
}

#[tokio::test]
async fn the_browser_counts_what_the_library_counts() {
    let page = Page::open(Look::default(), "").await;
    page.wait_until_refined().await;
    let asked = |part: &str| page.server().log().iter().any(|it| it.path.contains(part));
    assert!(
        !asked("referee") && !asked("vectors"),
        "nothing is loaded yet"
    );
    page.click("[data-testid=help]").await;
    page.click(OPEN).await;
    wait_until(&page, "done").await;
    let mut total = [0; 3];
    for file in FILES {
        let expected = counts(file);
        assert_eq!(shown(&page, file).await, expected, "{file}");
        for (sum, count) in total.iter_mut().zip(expected) {
            *sum += count;
        }
    }
    assert_eq!(shown(&page, "all").await, total);
    page.click(&format!("{SCREEN} [data-field=all]")).await;
    let start = Instant::now();
    while listed(&page).await.len() < total.iter().sum() {
        assert!(
            start.elapsed() < Duration::from_secs(20),
            "not all are listed"
        );
        sleep(Duration::from_millis(50)).await;
    }
    page.close().await;
}

#[tokio::test]
async fn a_link_opens_it_and_fields_choose_the_cases() {
    let page = Page::open(Look::default(), "?lang=en#validation").await;
    wait_until(&page, "done").await;
    fill(&page, "status", "2").await;
    fill(&page, "text", "LAMBDA").await;
    let expected = ["lambda-tiers", "lambda-aws-1", "lambda-aws-2"];
    let start = Instant::now();
    while listed(&page).await != expected {
        assert!(
            start.elapsed() < Duration::from_secs(20),
            "{:?}",
            listed(&page).await
        );
        sleep(Duration::from_millis(50)).await;
    }
    page.see(
        "[data-case=lambda-tiers]",
        "No meter counts the usage of Lambda.",
    )
    .await;
    // The field keeps its text while the cases change around it.
    let text = "return document.querySelector('[data-field=text]').value";
    assert_eq!(page.script(text).await, "LAMBDA");
    let url = page.client.current_url().await.expect("an address");
    assert!(url.as_str().ends_with("#validation"), "{url}");
    fill(&page, "text", "").await;
    let focused = page.client.active_element().await.expect("a focus");
    let escape = "\u{e00c}";
    focused
        .send_keys(escape)
        .await
        .expect("the window has the focus");
    page.wait_until_refined().await;
    assert!(!page.has(SCREEN).await);
    page.close().await;
}

/// A copy of the site that a test may damage; removed at the end.
struct Copy(PathBuf);

impl Copy {
    fn of_site(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("{name}-{}", std::process::id()));
        copy(&Project::here().dist(), &folder);
        Self(folder)
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder can be made");
    for entry in fs::read_dir(from).expect("the site is built") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, target).expect("a file can be copied");
        }
    }
}

#[tokio::test]
async fn a_missing_file_is_told_and_tried_again() {
    let site = Copy::of_site("tradewind-no-file");
    let (file, aside) = (site.0.join("vectors/hpa.json"), site.0.join("aside.json"));
    fs::rename(&file, &aside).expect("the file is there");
    let page = Page::open_site(&site.0, Look::default(), "?lang=en#validation").await;
    wait_until(&page, "failed").await;
    page.see("[data-file=\"hpa.json\"]", "HTTP 404").await;
    assert_eq!(shown(&page, "slo.json").await, counts("slo.json"));
    page.see("[data-place=progress]", "1 of 6 files did not load")
        .await;
    page.see("[data-place=verb]", "Try again").await;
    page.forgive(); // The missing file is in the console, as it must be.
    fs::rename(&aside, &file).expect("the file can come back");
    page.click("[data-place=verb]").await;
    wait_until(&page, "done").await;
    assert_eq!(shown(&page, "hpa.json").await, counts("hpa.json"));
    page.close().await;
}

#[tokio::test]
async fn a_missing_referee_is_told_and_tried_again() {
    let site = Copy::of_site("tradewind-no-referee");
    let mut files = fs::read_dir(&site.0).expect("the site is built");
    let wasm = files.find_map(|file| {
        let name = file.ok()?.file_name().into_string().ok()?;
        (name.starts_with("referee-") && name.ends_with(".wasm")).then(|| site.0.join(name))
    });
    let (wasm, aside) = (wasm.expect("a referee"), site.0.join("aside"));
    fs::rename(&wasm, &aside).expect("the file is there");
    let page = Page::open_site(&site.0, Look::default(), "?lang=en#validation").await;
    page.see("[data-place=sentence]", "did not load").await;
    page.forgive(); // The missing file is in the console, as it must be.
    fs::rename(&aside, &wasm).expect("the file can come back");
    page.click("[data-field=retry]").await;
    wait_until(&page, "done").await;
    assert_eq!(shown(&page, "hpa.json").await, counts("hpa.json"));
    page.close().await;
}

#[tokio::test]
async fn it_fits_every_screen_in_both_languages() {
    for (lang, dark) in [("ja", false), ("en", true)] {
        for size in [Look::DESKTOP, Look::PHONE] {
            let look = Look { lang, size, dark };
            let page = Page::open(look, &format!("?lang={lang}#validation")).await;
            wait_until(&page, "done").await;
            let wide = format!(
                "const it = document.querySelector('{SCREEN}'); \
                 return [document.documentElement.scrollWidth <= innerWidth, \
                         it.scrollWidth <= it.clientWidth]"
            );
            assert_eq!(
                page.script(&wide).await,
                json!([true, true]),
                "{lang} {size:?}"
            );
            page.screenshot(&format!("validation-{lang}-{}", size.0))
                .await;
            page.close().await;
        }
    }
}
