//! The content security policy lets the page do what it needs, and a stranger's text nothing; a
//! browser that refuses workers or storage still shows computed figures.

use e2e::{Look, Page};
use serde_json::json;

/// A blob worker that imports the page's own script, as the engine's worker does.
const START_WORKER: &str = r#"
    const [done] = arguments;
    const script = document.querySelector("link[rel=modulepreload]").href;
    const text = `import("${script}").then(m => postMessage(typeof m.default),
        error => postMessage(String(error)))`;
    const blob = new Blob([text], { type: "text/javascript" });
    const worker = new Worker(URL.createObjectURL(blob), { type: "module" });
    worker.onmessage = event => done(event.data);
    worker.onerror = event => done("worker failed: " + event.message);
"#;

/// What a hostile scenario would try if its text ever came to be read as HTML.
const ATTACK: &str = r#"
    const script = document.createElement("script");
    script.textContent = "window.attacked = 'by a script'";
    document.body.append(script);
    const box = document.createElement("div");
    box.innerHTML = "<img src='data:,' onerror='attacked = 2'>";
    document.body.append(box);
"#;

#[tokio::test]
async fn a_worker_may_run_the_script_of_the_page() {
    let page = Page::open(Look::default(), "").await;
    page.wait_for_module().await;
    let answer = page.client.execute_async(START_WORKER, Vec::new()).await;
    assert_eq!(answer.expect("the worker answers"), "function");
    page.close().await;
}

#[tokio::test]
async fn no_text_in_the_page_becomes_a_program() {
    let page = Page::open(Look::default(), "").await;
    page.wait_for_module().await;
    page.script(ATTACK).await;
    // The event handler would run when the picture fails to load: give it the time.
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert_eq!(page.script("return window.attacked ?? 'no'").await, "no");
    let refused = page.console_errors();
    assert!(
        refused.len() >= 2
            && refused
                .iter()
                .all(|error| error.contains("Content Security"))
    );
    page.forgive();
    page.close().await;
}

/// What a browser may refuse, as it looks to a script.
const REFUSALS: [(&str, Option<&str>); 2] = [
    (
        "window.Worker = function () { throw new Error('no workers here'); };",
        None,
    ),
    (
        "for (const name of ['indexedDB', 'localStorage', 'sessionStorage']) {
        Object.defineProperty(window, name, {
            get() { throw new DOMException('denied', 'SecurityError'); },
        });
    }",
        Some("[data-testid=storage-blocked]"),
    ),
];

#[tokio::test]
async fn a_browser_without_workers_or_storage_still_computes() {
    for (refusal, note) in REFUSALS {
        let page = Page::open(Look::default(), "").await;
        page.wait_until_refined().await;
        let expected = page.figures().await;
        page.devtools(
            "Page.addScriptToEvaluateOnNewDocument",
            &json!({ "source": refusal }),
        );
        page.goto("?q=q1-2").await;
        page.wait_until_refined().await;
        assert_eq!(page.figures().await, expected, "{refusal}");
        page.click("[data-testid=panel-faults]").await;
        page.click("[data-testid=inject-zone-c-power]").await;
        page.wait_until_refined().await;
        assert_ne!(page.figures().await, expected, "{refusal}");
        if let Some(note) = note {
            page.text(note).await;
        }
        page.close().await;
    }
}
