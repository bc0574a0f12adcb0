//! The audit of a window plays it request by request in the browser, gives what the native command
//! gives, shows it on the charts, and takes it away when it no longer holds.

use e2e::{Look, Page, native};
use serde_json::{Value, json};

const OPEN: &str = "[data-testid=audit-window]";
const RUN: &str = ".audit-panel [data-field=run]";
/// Rings on the availability and on the latency chart; the legend has one of them.
const RINGS: &str = "const rings = kind => \
                     document.querySelectorAll(`[data-testid=chart-${kind}] .picture circle`); \
                     return ['availability', 'latency'].map(kind => rings(kind).length)";

/// Waits until the audit is in a state.
async fn wait_for(page: &Page, state: &str) {
    let found = format!("document.querySelector('.audit-panel [data-state={state}]')");
    page.wait_until(&found).await;
}

/// The figures in the panel: both planes, the difference, its bar and chance, to the last bit.
async fn shown(page: &Page) -> Vec<Vec<Option<f64>>> {
    let rows = "return [...document.querySelectorAll('table.audit tbody tr')].map(row => \
                [...row.querySelectorAll('data')].map(it => it.value))";
    let rows: Vec<Vec<String>> =
        serde_json::from_value(page.script(rows).await).expect("rows of texts");
    let parse = |text: &String| text.parse().ok();
    rows.iter()
        .map(|row| row.iter().map(parse).collect())
        .collect()
}

/// What the native command says when it is called as the panel says.
fn told(command: &str) -> Value {
    let mut words = command.split_whitespace();
    assert_eq!(words.next(), Some("tradewind"), "{command}");
    let words = words.map(|word| if word == "FILE" { "q1-2" } else { word });
    let arguments: Vec<&str> = words.chain(["--json"]).collect();
    native(&arguments)["designs"][0].clone()
}

#[tokio::test]
async fn the_panel_gives_what_the_command_gives() {
    let page = Page::open(Look::default(), "?q=q1-2&lang=en").await;
    page.wait_until_refined().await;
    let asked = |page: &Page| {
        let log = page.server().log();
        log.iter().any(|it| it.path.contains("referee"))
    };
    assert!(!asked(&page), "nothing is loaded yet");
    page.click(OPEN).await;
    page.wait_until("document.activeElement?.dataset.field === 'run'")
        .await;
    // The playhead stands after the fault at 10:00, so the window begins before it.
    let command = page.text(".audit-panel [data-place=command]").await;
    let expected = "tradewind audit FILE --design multi-az --window 9h58min..10h8min";
    assert_eq!(command, expected);
    page.click(RUN).await;
    wait_for(&page, "running").await;
    wait_for(&page, "done").await;
    let native = told(&command);
    let agreements = native["audit"]["agreements"].as_array().expect("a list");
    let values: Vec<Vec<Option<f64>>> = agreements
        .iter()
        .map(|it| {
            let names = ["fluid", "requests", "difference", "bar", "chance"];
            names.map(|name| it[name].as_f64()).to_vec()
        })
        .collect();
    assert_eq!(shown(&page).await, values);
    assert_eq!(values.len(), 3, "losses, return, tail");
    let text = page.text("table.audit").await;
    let held = text.matches("Within its bar").count();
    assert_eq!(held == 3, native["holds"] == Value::Bool(true), "{text}");
    assert_eq!(page.script(RINGS).await, json!([11, 11]));
    page.see("[data-testid=chart-latency] .picture", "A by request")
        .await;
    page.click(".audit-panel [data-field=clear]").await;
    page.wait_until("!document.querySelector('.picture circle')")
        .await;
    page.close().await;
}

#[tokio::test]
async fn it_can_be_stopped_and_a_change_takes_it_away() {
    let page = Page::open(Look::default(), "?q=q1-2&lang=en").await;
    page.wait_until_refined().await;
    // By its tab, which does not take the focus.
    page.click("[data-testid=panel-audit]").await;
    page.click(RUN).await;
    wait_for(&page, "running").await;
    page.click(RUN).await;
    wait_for(&page, "stopped").await;
    page.fill(".audit-panel [data-field=length]", "60").await;
    page.see(".audit-panel", "1 min").await;
    page.click(RUN).await;
    wait_for(&page, "done").await;
    assert_eq!(page.script(RINGS).await, json!([2, 2]));
    // What was found stays while the visitor looks elsewhere, until something is changed.
    page.click("[data-testid=panel-faults]").await;
    assert_eq!(page.script(RINGS).await, json!([2, 2]));
    page.click("[data-testid=remove-zone-a-power]").await;
    page.wait_until("!document.querySelector('.picture circle')")
        .await;
    page.click("[data-testid=panel-audit]").await;
    wait_for(&page, "outdated").await;
    page.close().await;
}

#[tokio::test]
async fn it_fits_every_screen_in_both_languages() {
    for look in Look::every() {
        let page = Page::open(look, &format!("?q=q1-2&lang={}", look.lang)).await;
        page.wait_until_refined().await;
        page.click(OPEN).await;
        page.text(RUN).await;
        // Its button may lie under a bar of the phone's screen: a script presses it there too.
        page.script(&format!("document.querySelector('{RUN}').click()"))
            .await;
        wait_for(&page, "done").await;
        let name = format!("audit-{}", look.name());
        page.screenshot(&name).await;
        let down = "document.querySelector('table.audit').scrollIntoView({ block: 'end' })";
        page.script(down).await;
        page.screenshot(&format!("{name}-table")).await;
        assert!(page.fits(".audit-panel").await, "{name}");
        page.close().await;
    }
}
