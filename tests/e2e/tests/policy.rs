//! The content security policy lets the page do what it needs, and a stranger's text nothing.

use e2e::{Look, Page};

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
