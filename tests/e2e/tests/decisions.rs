//! The decision log: it filters, each entry and each cause jumps to its moment, the entry at the
//! playhead is marked, and it fits every screen in both languages.

use e2e::{Look, Page};
use serde_json::{Value, json};

/// The hours of the clock at the playhead.
const CLOCK: &str = "document.querySelector('.clock').textContent";

async fn open(look: Look) -> Page {
    let page = Page::open(look, &format!("?q=q1-2&lang={}", look.lang)).await;
    page.wait_until_refined().await;
    if look.size != Look::DESKTOP {
        page.click("[data-testid=tab-faults]").await;
    }
    page.click("[data-testid=panel-events]").await;
    page
}

async fn count(page: &Page) -> u64 {
    let count = "return document.querySelectorAll('[data-testid=events] > li').length";
    page.script(count).await.as_u64().expect("a number")
}

/// What stands in each entry's place for the controller, without repetition.
async fn who(page: &Page) -> Vec<String> {
    let who = "return [...new Set([...document.querySelectorAll('[data-testid=events] .who')]\
               .map(it => it.textContent))]";
    serde_json::from_value(page.script(who).await).expect("texts")
}

#[tokio::test]
async fn the_log_is_filtered_by_weight_design_and_controller() {
    for lang in ["ja", "en"] {
        let page = open(Look {
            lang,
            ..Look::default()
        })
        .await;
        let important = count(&page).await;
        page.click("[data-testid=events-all]").await;
        let all = count(&page).await;
        assert!(important > 10 && all > important, "{important} of {all}");
        page.click("[data-testid=events-b]").await;
        let of_b = count(&page).await;
        assert!(of_b > 0 && of_b < all, "{of_b} of {all}");
        let letters = "return [...document.querySelectorAll('[data-testid=events] .badge')]\
                       .every(it => it.textContent === 'B')";
        assert_eq!(page.script(letters).await, Value::Bool(true));
        page.click("[data-testid=events-both]").await;
        page.script(
            "const who = document.querySelector('[data-testid=events-controller]'); \
             who.value = 'hpa'; who.dispatchEvent(new Event('change', { bubbles: true }))",
        )
        .await;
        page.wait_until(
            "new Set([...document.querySelectorAll('[data-testid=events] .who')]\
             .map(it => it.textContent)).size === 1",
        )
        .await;
        assert_eq!(who(&page).await, ["HPA"]);
        page.close().await;
    }
}

#[tokio::test]
async fn entries_and_causes_jump_to_their_moment() {
    let page = open(Look::default()).await;
    let last = "[data-testid=events] > li:last-child";
    let time = page.text(&format!("{last} time")).await;
    page.click(&format!("{last} .event")).await;
    page.wait_until(&format!("{CLOCK} === {}", json!(time)))
        .await;
    page.wait_until("document.querySelector('[data-testid=events] > [aria-current]')")
        .await;
    let current = page.text("[aria-current] time").await;
    assert_eq!(current, time, "the entry at the playhead is marked");
    let focus = "return document.activeElement.className";
    assert_eq!(page.script(focus).await, "event", "the focus stays");

    let cause = page.text("[data-testid=events] .cause").await;
    // The row of filters stays above the entries, and a driver does not scroll around it.
    let into_view =
        |css| format!("document.querySelector('{css}').scrollIntoView({{block: 'center'}})");
    page.script(&into_view("[data-testid=events] .cause")).await;
    page.click("[data-testid=events] .cause").await;
    page.wait_until(&format!("{}.includes({CLOCK})", json!(cause)))
        .await;
    assert_eq!(
        page.script(focus).await,
        "event",
        "the focus goes to the cause"
    );
    page.script(&into_view("[data-testid=events] summary"))
        .await;
    page.click("[data-testid=events] summary").await;
    assert!(page.has("[data-testid=events] details[open] p").await);
    page.close().await;
}

#[tokio::test]
async fn it_fits_every_screen_in_both_languages() {
    for look in Look::every() {
        let page = open(look).await;
        assert!(page.fits("[data-testid=events]").await, "{look:?}");
        page.screenshot(&format!("decisions-{}", look.name())).await;
        page.close().await;
    }
}
