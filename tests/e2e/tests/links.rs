//! A link opens the same experiment everywhere, beside what the visitor has and never over it.

use e2e::{Look, Page};

const SHARED: &str = "[data-testid=shared-note]";

/// Injects an outage of zone c and returns what of the link to it stands behind the page's address.
async fn edited(page: &Page) -> String {
    page.wait_until_refined().await;
    page.click("[data-testid=panel-faults]").await;
    page.click("[data-testid=inject-zone-c-power]").await;
    page.wait_until_refined().await;
    let link = page.share_link().await;
    let tail = link.strip_prefix(page.server().url()).expect("our own");
    tail.to_string()
}

#[tokio::test]
async fn a_link_opens_in_a_fresh_browser_and_leaves_its_work_alone() {
    let author = Page::open(Look::default(), "").await;
    let tail = edited(&author).await;
    let shared = author.figures().await;
    author.close().await;

    let visitor = Page::open(Look::default(), "").await;
    visitor.wait_until_refined().await;
    let own = visitor.figures().await;
    assert_ne!(own, shared);
    visitor.goto(&tail).await;
    visitor.wait_until_refined().await;
    assert_eq!(visitor.figures().await, shared);
    visitor.text(SHARED).await;
    // What a link brought is not autosaved: the plain address shows the visitor's own work again.
    visitor.goto("").await;
    visitor.wait_until_refined().await;
    assert_eq!(visitor.figures().await, own);
    assert!(!visitor.has(SHARED).await);
    visitor.close().await;
}

#[tokio::test]
async fn own_edits_outlive_a_link_and_a_reload() {
    let page = Page::open(Look::default(), "").await;
    let first = edited(&page).await;
    // Autosave follows an edit after a moment; the address tells when the page has settled.
    page.wait_until("location.hash.startsWith('#d1.')").await;
    let own = page.figures().await;
    page.goto("?q=q2-1").await;
    page.wait_until_refined().await;
    assert_ne!(page.figures().await, own);
    page.text(SHARED).await;
    page.click("[data-testid=back-to-own]").await;
    page.wait_until_refined().await;
    assert_eq!(page.figures().await, own);
    // The own link is the own work, not a stranger's.
    page.goto(&first).await;
    page.wait_until_refined().await;
    assert_eq!(page.figures().await, own);
    assert!(!page.has(SHARED).await);
    page.close().await;
}

#[tokio::test]
async fn a_wrong_path_keeps_query_and_fragment() {
    let page = Page::open(Look::default(), "").await;
    let tail = edited(&page).await;
    let figures = page.figures().await;
    page.goto(&format!("deep/er/nothing{tail}")).await;
    page.wait_until_refined().await;
    let url = page.client.current_url().await.expect("an address");
    assert_eq!(url.as_str(), format!("{}{tail}", page.server().url()));
    assert_eq!(page.figures().await, figures);
    page.forgive(); // The wrong path was a 404, as it must be.
    page.close().await;
}
