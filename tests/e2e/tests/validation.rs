//! The validation window gives what the native library gives, says what it could not have, and
//! costs nothing before it is opened.

use std::fs;
use std::path::{Path, PathBuf};

use e2e::{Look, Page};
use serde_json::json;
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
async fn wait_for(page: &Page, state: &str) {
    let found = format!("document.querySelector('{SCREEN} [data-state={state}]')");
    page.wait_until(&found).await;
}

/// The counts in the row of a file, or of `all`.
async fn shown(page: &Page, file: &str) -> Vec<usize> {
    let cells = format!(
        "return [...document.querySelectorAll('{SCREEN} [data-file=\"{file}\"] [data-count]')]\
         .map(cell => Number(cell.textContent))"
    );
    serde_json::from_value(page.script(&cells).await).expect("a list of numbers")
}

/// Waits until the listed cases are so; `ids` stands for the list of theirs.
async fn wait_for_cases(page: &Page, condition: &str) {
    let ids = "[...document.querySelectorAll('[data-case]')].map(it => it.dataset.case)";
    page.wait_until(&format!("(ids => {condition})({ids})"))
        .await;
}

/// The place of a field for choosing cases.
fn field(name: &str) -> String {
    format!("{SCREEN} [data-field={name}]")
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
    wait_for(&page, "done").await;
    let mut total = [0; 3];
    for file in FILES {
        let expected = counts(file);
        assert_eq!(shown(&page, file).await, expected, "{file}");
        for (sum, count) in total.iter_mut().zip(expected) {
            *sum += count;
        }
    }
    assert_eq!(shown(&page, "all").await, total);
    page.click(&field("all")).await;
    let n_cases: usize = total.iter().sum();
    wait_for_cases(&page, &format!("ids.length === {n_cases}")).await;
    page.close().await;
}

#[tokio::test]
async fn a_link_opens_it_and_fields_choose_the_cases() {
    let page = Page::open(Look::default(), "?lang=en#validation").await;
    wait_for(&page, "done").await;
    page.fill(&field("status"), "2").await;
    page.fill(&field("text"), "LAMBDA").await;
    let expected = json!(["lambda-tiers", "lambda-aws-1", "lambda-aws-2"]);
    wait_for_cases(&page, &format!("`${{ids}}` === `${{{expected}}}`")).await;
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
    page.fill(&field("text"), "").await;
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
    wait_for(&page, "failed").await;
    page.see("[data-file=\"hpa.json\"]", "HTTP 404").await;
    assert_eq!(shown(&page, "slo.json").await, counts("slo.json"));
    page.see("[data-place=progress]", "1 of 6 files did not load")
        .await;
    page.see("[data-place=verb]", "Try again").await;
    page.forgive(); // The missing file is in the console, as it must be.
    fs::rename(&aside, &file).expect("the file can come back");
    page.click("[data-place=verb]").await;
    wait_for(&page, "done").await;
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
    wait_for(&page, "done").await;
    assert_eq!(shown(&page, "hpa.json").await, counts("hpa.json"));
    page.close().await;
}

#[tokio::test]
async fn it_fits_every_screen_in_both_languages() {
    for look in Look::every() {
        let page = Page::open(look, &format!("?lang={}#validation", look.lang)).await;
        wait_for(&page, "done").await;
        assert!(page.fits(SCREEN).await, "{look:?}");
        page.screenshot(&format!("validation-{}", look.name()))
            .await;
        page.close().await;
    }
}
