//! The page opens from any folder, asks for nothing that is not there, and weighs what we say.

use std::collections::BTreeSet;

use e2e::{Look, Page};
use serde_json::json;
use xtask::budget;
use xtask::project::Project;
use xtask::server::Answered;

#[tokio::test]
async fn the_page_opens_without_an_error() {
    let page = Page::open(Look::default(), "").await;
    page.wait_for_module().await;
    assert_eq!(page.script("return navigator.language").await, "ja");
    assert_eq!(
        page.script("return [innerWidth, innerHeight]").await,
        json!([1440, 900])
    );
    page.screenshot("opening").await;
    page.close().await;
}

#[tokio::test]
async fn a_cold_load_asks_only_for_what_the_budget_weighs() {
    let page = Page::open(
        Look {
            size: Look::PHONE,
            ..Look::default()
        },
        "",
    )
    .await;
    page.wait_for_module().await;
    let parts = budget::weigh(&Project::here().dist()).expect("the site is built");
    let weighed: BTreeSet<String> = parts.into_iter().map(|part| part.name).collect();
    for answer in page.server().log() {
        let name = answer
            .path
            .strip_prefix(e2e::page::MOUNT)
            .expect("only the site is asked for");
        let name = if name.is_empty() { "index.html" } else { name };
        assert!(
            weighed.contains(name),
            "{name} is loaded but not among {weighed:?}"
        );
    }
    page.close().await;
}

#[tokio::test]
async fn a_wrong_path_leads_home_with_its_query() {
    let page = Page::open(Look::default(), "").await;
    let home = page.server().url().to_owned();
    for wrong in ["nothing", "deep/er/", "deep/er/nothing"] {
        page.goto(&format!("{wrong}?q=q2-1&lang=en")).await;
        page.wait_for_module().await;
        let url = page
            .client
            .current_url()
            .await
            .expect("the page has an address");
        assert_eq!(
            url.as_str(),
            format!("{home}?q=q2-1&lang=en"),
            "from {wrong}"
        );
    }
    page.forgive(); // Each wrong path was a 404, as it must be.
    page.close().await;
}

#[tokio::test]
async fn without_its_engine_the_page_says_so_after_one_more_try() {
    let page = Page::open(Look::default(), "").await;
    page.wait_for_module().await;
    page.devtools("Network.enable", &json!({}));
    page.devtools("Network.setBlockedURLs", &json!({ "urls": ["*.wasm"] }));
    page.server().clear_log();
    page.goto("?again").await;
    page.see("#engine-failed", "再試行").await;
    let home = |answer: &Answered| answer.path.ends_with("?again");
    let n_tries = page
        .server()
        .log()
        .iter()
        .filter(|answer| home(answer))
        .count();
    assert_eq!(n_tries, 2);
    page.devtools("Network.setBlockedURLs", &json!({ "urls": [] }));
    page.click("#engine-failed a").await;
    page.wait_for_module().await;
    assert_eq!(page.script("return sessionStorage.length").await, 0);
    page.forgive(); // The refused downloads are in the console, as they must be.
    page.close().await;
}
