//! The story of the product: a result on opening, a fault, other numbers, a link, the same numbers.

use e2e::{Look, Page};
use serde_json::Value;
use xtask::project::Project;

const KPIS: [&str; 5] = [
    "availability",
    "latency-p99",
    "slo-breach",
    "cost-per-month",
    "recovery",
];

#[tokio::test]
async fn the_page_computes_what_the_build_computed() {
    let html = std::fs::read_to_string(Project::here().dist().join("index.html"))
        .expect("the site is built");
    let page = Page::open(Look::default(), "").await;
    page.wait_until_refined().await;
    let live = page.figures().await;
    assert_eq!(live.len(), 2 * KPIS.len(), "{live:?}");
    // The parser of the page reads the first picture out of the file that was built.
    let body = format!(
        "const built = new DOMParser().parseFromString({}, 'text/html'); \
         return [...built.querySelectorAll('[data-testid^=kpi-]')]\
         .filter(e => /-[ab]$/.test(e.dataset.testid))\
         .map(e => (e.querySelector('[data-lang=ja]') ?? e).textContent)",
        Value::String(html)
    );
    let built = page.script(&body).await;
    let built: Vec<_> = built
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    assert_eq!(live, built, "wasm and the native command agree");
    page.close().await;
}

#[tokio::test]
async fn an_outage_changes_the_figures_and_a_link_carries_them() {
    let page = Page::open(Look::default(), "").await;
    page.wait_until_refined().await;
    let before = page.figures().await;
    page.click("[data-testid=panel-faults]").await;
    page.click("[data-testid=inject-zone-c-power]").await;
    page.wait_until_refined().await;
    let after = page.figures().await;
    assert_ne!(
        before[0], after[0],
        "a second zone is out: availability changes"
    );
    page.screenshot("story-outage").await;

    let link = page.share_link().await;
    assert!(link.contains("?q=q1-2") && link.contains("#d1."), "{link}");
    let tab = page.client.new_window(true).await.expect("a tab opens");
    page.client
        .switch_to_window(tab.handle)
        .await
        .expect("it can be chosen");
    page.client.goto(&link).await.expect("the link opens");
    page.wait_until_refined().await;
    assert_eq!(page.figures().await, after, "{link}");
    page.close().await;
}

#[tokio::test]
async fn a_cut_link_says_so_and_shows_no_other_scenario() {
    let page = Page::open(Look::default(), "?q=q1-2&e=1#d1.AAAA.0000").await;
    page.text("[data-testid=broken-link]").await;
    assert!(!page.has("[data-testid=app]").await);
    page.click("[data-testid=open-question]").await;
    page.wait_until_refined().await;
    page.close().await;
}

/// Every text of the pictures is large enough to be read, and stays in its box.
async fn check_diagrams(page: &Page) {
    let texts = "return [...document.querySelectorAll('.diagram text')].map(text => { \
                   const box = text.closest('.node')?.querySelector('rect').getBBox(); \
                   const size = parseFloat(getComputedStyle(text).fontSize); \
                   const right = text.getBBox().x + text.getBBox().width; \
                   return [text.textContent, size * text.getScreenCTM().a, \
                           !box || right <= box.width]; })";
    let texts: Vec<(String, f64, bool)> =
        serde_json::from_value(page.script(texts).await).expect("texts with their sizes");
    assert!(texts.len() > 40, "two pictures: {texts:?}");
    for (text, size, is_inside) in texts {
        assert!(size >= 11.0 && is_inside, "{text} {size} {is_inside}");
    }
}

#[tokio::test]
async fn both_languages_on_desk_and_phone() {
    for look in Look::every() {
        let look = Look {
            dark: false,
            ..look
        };
        let page = Page::open(look, &format!("?q=q1-2&lang={}", look.lang)).await;
        page.wait_until_refined().await;
        let lang = page.script("return document.documentElement.lang").await;
        assert_eq!(lang, look.lang);
        let title = page.client.title().await.expect("a title");
        assert_eq!(title.contains("障害"), look.lang == "ja", "{title}");
        assert!(page.fits("body").await, "{look:?}");
        if look.size == Look::DESKTOP {
            check_diagrams(&page).await;
        }
        page.screenshot(&format!("q1-2-{}", look.name())).await;
        page.close().await;
    }
}
