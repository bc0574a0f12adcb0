//! Keys that work anywhere on the page.

use gloo::events::{EventListener, EventListenerOptions};
use tradewind::view::state::{Action, State};
use wasm_bindgen::JsCast;
use yew::prelude::*;

use crate::store::Store;

/// Undo, redo, save and open by key.
#[hook]
pub fn use_keys(store: &Store, on_open: &Callback<()>, on_save: &Callback<()>) {
    use_effect_with(
        (store.clone(), on_open.clone(), on_save.clone()),
        |(store, on_open, on_save)| {
            let (store, on_open, on_save) = (store.clone(), on_open.clone(), on_save.clone());
            let listener = web_sys::window().map(|window| {
                // The browser's own save and open must not follow.
                let options = EventListenerOptions::enable_prevent_default();
                EventListener::new_with_options(&window, "keydown", options, move |event| {
                    let Some(event) = event.dyn_ref::<KeyboardEvent>() else {
                        return;
                    };
                    if event.key() == "Escape" && closes_panel(store.state().as_ref()) {
                        store.send(Action::ClosePanel);
                        focus_opener();
                        return;
                    }
                    if !(event.ctrl_key() || event.meta_key())
                        || event.alt_key()
                        || is_typing(event)
                    {
                        return;
                    }
                    match (event.key().to_ascii_lowercase().as_str(), event.shift_key()) {
                        ("z", false) => store.send(Action::Undo),
                        ("z", true) | ("y", false) => store.send(Action::Redo),
                        ("s", false) => on_save.emit(()),
                        ("o", false) => on_open.emit(()),
                        _ => return,
                    }
                    event.prevent_default();
                })
            });
            move || drop(listener)
        },
    );
}

/// True when Escape closes the side panel. Lists and windows keep the key to themselves.
fn closes_panel(state: &State) -> bool {
    state.panel_open && state.dialog.is_none()
}

/// Gives the focus that a closed panel would lose to the button that opens it again. Where the
/// panel always stands beside the page there is no such button, and the focus stays.
fn focus_opener() {
    let document = web_sys::window().and_then(|window| window.document());
    let inside = document.as_ref().and_then(|document| {
        let active = document.active_element()?;
        active.closest(".side").ok().flatten()
    });
    let opener = document.and_then(|document| document.query_selector(".open-side").ok().flatten());
    if let (Some(_), Some(opener)) = (inside, opener) {
        let _ = opener.unchecked_into::<web_sys::HtmlElement>().focus();
    }
}

/// True when a key or a pasted text goes to a field of text, where undo means the text.
pub fn is_typing(event: &Event) -> bool {
    let target = event
        .target()
        .and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    target.is_some_and(|target| {
        let is_range = target.get_attribute("type").as_deref() == Some("range");
        matches!(target.tag_name().as_str(), "TEXTAREA")
            || target.tag_name() == "INPUT" && !is_range
    })
}
