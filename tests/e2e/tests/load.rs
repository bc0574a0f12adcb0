//! A measured load: pasted, understood, refused with places, taken, and taken back.

use e2e::{Look, Page};
use serde_json::json;

/// A day of 1,200 requests per second, with an hour missing.
fn day() -> String {
    let hours = (0..24).filter(|hour| *hour != 5);
    let lines = hours.map(|hour| format!("2026-11-22 {hour:02}:00,72000\n"));
    format!("time,requests\n{}", lines.collect::<String>())
}

/// Pastes a text where the focus is not in a field.
async fn paste(page: &Page, text: &str) {
    let paste = format!(
        "const data = new DataTransfer(); data.setData('text', {}); \
         document.body.dispatchEvent(new ClipboardEvent('paste', \
         {{ clipboardData: data, bubbles: true }}))",
        json!(text)
    );
    page.script(&paste).await;
}

#[tokio::test]
async fn a_pasted_table_becomes_the_load() {
    let page = Page::open(Look::default(), "?q=q1-2&lang=en").await;
    page.wait_until_refined().await;
    let before = page.figures().await;
    // Words that are no table leave the page as it is.
    paste(&page, "hello").await;
    assert!(!page.has("[data-testid=load-window]").await);
    paste(&page, &day()).await;
    page.see("[data-testid=load-answer]", "Missing points: 1")
        .await;
    page.script(
        "const per = document.querySelector('[data-testid=load-per]'); \
         per.value = '1'; per.dispatchEvent(new Event('change', { bubbles: true }))",
    )
    .await;
    page.see("[data-testid=load-answer]", "1,200 req/s to 1,200 req/s")
        .await;
    page.click("[data-testid=load-take]").await;
    assert!(!page.has("[data-testid=load-window]").await);
    page.wait_until_refined().await;
    assert_ne!(page.figures().await, before);
    page.script("window.dispatchEvent(new KeyboardEvent('keydown', { key: 'z', ctrlKey: true }))")
        .await;
    page.wait_until_refined().await;
    assert_eq!(page.figures().await, before, "undone");
    page.close().await;
}

#[tokio::test]
async fn what_is_wrong_with_a_table_is_told_in_the_window() {
    for look in Look::every() {
        let page = Page::open(look, &format!("?q=q1-2&lang={}", look.lang)).await;
        page.wait_until_refined().await;
        paste(&page, &day()).await;
        page.fill(
            "[data-testid=load-table]",
            "10:00,12\n10:05,many\n10:10,-3\n",
        )
        .await;
        let places = match look.lang {
            "ja" => ["2 行 7 列目", "3 行 7 列目"],
            _ => ["line 2, column 7", "line 3, column 7"],
        };
        for place in places {
            page.see("[data-testid=load-answer]", place).await;
        }
        assert!(page.has("[data-testid=load-take]:disabled").await);
        assert!(page.fits("[data-testid=load-window]").await, "{look:?}");
        page.screenshot(&format!("load-refused-{}", look.name()))
            .await;
        page.fill("[data-testid=load-table]", &day()).await;
        page.wait_until("!document.querySelector('[data-testid=load-take]').disabled")
            .await;
        page.screenshot(&format!("load-{}", look.name())).await;
        page.close().await;
    }
}
