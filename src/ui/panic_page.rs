//! What the visitor sees when the page itself fails: the report, and a way back.
//!
//! After a panic the module cannot be used any more, so this writes plain elements and nothing
//! else. The scenario is safe: it was saved with its last change.

use tradewind::model::Language;
use tradewind::view::text::{Key, text};
use web_sys::{Document, Element};

/// Shows panics of the page.
pub fn install() {
    std::panic::set_hook(Box::new(|info| {
        let report = info.to_string();
        web_sys::console::error_1(&report.as_str().into());
        // Nothing can be done when even this fails.
        let _ = show(&report);
    }));
}

fn show(report: &str) -> Option<()> {
    let document = web_sys::window()?.document()?;
    let root = document.document_element()?;
    let language = match root.get_attribute("lang").as_deref() {
        Some("en") => Language::En,
        _ => Language::Ja,
    };
    let page = element(&document, "main", None)?;
    page.set_class_name("page-message");
    let title = element(&document, "h1", Some(text(Key::WorkerFailed, language)))?;
    let details = element(&document, "pre", Some(report))?;
    let again = element(&document, "a", Some(text(Key::Retry, language)))?;
    again.set_class_name("button primary");
    again.set_attribute("href", "").ok()?;
    for part in [title, details, again] {
        page.append_child(&part).ok()?;
    }
    let body = document.body()?;
    body.set_inner_html("");
    body.append_child(&page).ok()?;
    Some(())
}

fn element(document: &Document, name: &str, text: Option<&str>) -> Option<Element> {
    let element = document.create_element(name).ok()?;
    element.set_text_content(text);
    Some(element)
}
