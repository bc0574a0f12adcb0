//! What callers of the selected component met is what the command tells of the same runs, follows
//! every change, and fits every screen.

use e2e::{Look, Page, native};
use serde_json::json;

const FRESH: &str = "document.querySelector('[data-testid=callers][data-stale=false] td')";
/// B's 99th percentile in the interval at the playhead.
const P99_NOW: &str = "document.querySelectorAll('[data-testid=callers-interval] data')[5].value";

/// Selects a component by its box, or by its line, in A.
async fn select(page: &Page, component: &str) {
    page.click(&format!(
        "[data-testid=pane-0] [data-component={component}]"
    ))
    .await;
}

/// The values of the whole run, a row each, to the last bit.
async fn whole(page: &Page) -> Vec<[Option<f64>; 2]> {
    page.wait_until(FRESH).await;
    let rows = "return [...document.querySelectorAll('[data-testid=callers-whole] tr')]\
                .map(row => [...row.querySelectorAll('data')].map(it => it.value))";
    let rows: Vec<[String; 2]> = serde_json::from_value(page.script(rows).await).expect("rows");
    let parse = |text: String| text.parse().ok();
    rows.into_iter().map(|row| row.map(parse)).collect()
}

#[tokio::test]
async fn the_panel_gives_what_the_command_gives() {
    let page = Page::open(Look::default(), "?q=q2-1-retries&lang=en").await;
    page.wait_until_refined().await;
    assert!(
        !page.has("[data-testid=callers]").await,
        "nothing is selected yet"
    );
    select(&page, "db").await;
    let shown = whole(&page).await;
    let native = native(&["run", "q2-1-retries", "--callees", "--json"]);
    let told = |design: usize| {
        let callees = native["designs"][design]["callees"].as_array();
        let mut callees = callees.expect("a list").iter();
        callees.find(|it| it["id"] == "db").expect("db is called")
    };
    let names = [
        "latency_p50_ms",
        "latency_p95_ms",
        "latency_p99_ms",
        "answers",
        "unanswered_attempts",
    ];
    for (at, (name, row)) in names.iter().zip(&shown).enumerate() {
        // The command tells times in milliseconds.
        let factor = if at < 3 { 1e3 } else { 1.0 };
        let row = row.map(|value| value.map(|value| value * factor));
        assert_eq!(
            row,
            [0, 1].map(|design| told(design)[name].as_f64()),
            "{name}"
        );
    }
    assert!(
        shown[4][0] > shown[4][1],
        "retries without a limit fail more often: {shown:?}"
    );
    page.close().await;
}

#[tokio::test]
async fn it_follows_the_playhead_and_every_change() {
    let page = Page::open(Look::default(), "?q=q1-2&lang=en").await;
    page.wait_until_refined().await;
    select(&page, "db").await;
    let before = whole(&page).await;
    // B lost its database at 10:00, and the playhead stands after that.
    assert_eq!(page.script(&format!("return {P99_NOW}")).await, json!(""));
    let start = "document.querySelector('.controls button').click()";
    page.script(start).await;
    page.wait_until(&format!("{P99_NOW} > 0")).await;
    page.click("[data-testid=panel-faults]").await;
    // The dependencies' buttons lie in a group that is closed at first.
    let group = "details.verbs:has([data-testid=inject-db-slow]) > summary";
    page.click(group).await;
    page.click("[data-testid=inject-db-slow]").await;
    page.wait_until_refined().await;
    select(&page, "db").await;
    assert_ne!(whole(&page).await, before);
    // Users meet the whole system; nodes are not called.
    select(&page, "alb").await;
    page.see("[data-testid=callers]", "as users see it").await;
    select(&page, "nodes").await;
    page.wait_until("!document.querySelector('.callers')").await;
    page.close().await;
}

#[tokio::test]
async fn it_fits_every_screen_in_both_languages() {
    for look in Look::every() {
        let page = Page::open(look, &format!("?q=q1-2&lang={}", look.lang)).await;
        page.wait_until_refined().await;
        if look.size == Look::PHONE {
            page.click("[data-testid=tab-design]").await;
        }
        select(&page, "db").await;
        whole(&page).await;
        page.script("document.querySelector('.callers').scrollIntoView()")
            .await;
        page.screenshot(&format!("callers-{}", look.name())).await;
        assert!(page.fits(".callers").await, "{look:?}");
        page.close().await;
    }
}
