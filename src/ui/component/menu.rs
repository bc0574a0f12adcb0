//! A button that opens a list. It closes on Escape and when the focus leaves it.

use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, Node};
use yew::prelude::*;

use super::icon::{Icon, glyph};
use super::memory::{Memory, remembering};
use crate::element::{On, el, focus, handler, on_keys};

/// A button that opens a list of buttons.
pub fn menu(label: &'static str, testid: &'static str, buttons: Html) -> Html {
    remembering(testid, move |memory| draw(label, testid, &buttons, memory))
}

fn draw(label: &str, testid: &str, buttons: &Html, memory: &Memory) -> Html {
    let is_open = memory.value == 1;
    let becomes = |open: bool| {
        let memory = memory.clone();
        handler(move |_| memory.set(open.into()))
    };
    let on_key = {
        let memory = memory.clone();
        on_keys(move |key, event| match key {
            "Escape" if is_open => {
                event.stop_propagation();
                memory.set(0);
                focus(&memory.root, "button");
            }
            "ArrowDown" | "ArrowUp" if is_open => {
                event.prevent_default();
                step(&memory.root, key == "ArrowDown");
            }
            _ => {}
        })
    };
    let on_leave = {
        let memory = memory.clone();
        handler(move |event| {
            let to = event.unchecked_ref::<FocusEvent>().related_target();
            let to = to.and_then(|to| to.dyn_into::<Node>().ok());
            if let (Some(root), Some(to)) = (memory.root.get(), to)
                && !root.contains(Some(&to))
            {
                memory.set(0);
            }
        })
    };
    let button = el("button")
        .class("button")
        .testid(testid)
        .truth("aria-expanded", is_open)
        .label(label)
        .on_click(becomes(!is_open))
        .add(el("span").text(label))
        .add(glyph(Icon::Down));
    let open = el("div").class("menu-list").on_click(becomes(false));
    el("div")
        .class("menu")
        .node(&memory.root)
        .on_key(on_key)
        .on(On::FocusOut, on_leave)
        .add(button)
        .maybe(is_open.then(|| open.add(buttons.clone())))
        .into()
}

/// Moves the focus to the next or previous button inside a node, around its ends.
fn step(root: &NodeRef, forward: bool) {
    let Some(element) = root.cast::<HtmlElement>() else {
        return;
    };
    let Ok(found) = element.query_selector_all("button") else {
        return;
    };
    let buttons: Vec<HtmlElement> = (0..found.length())
        .filter_map(|at| found.get(at))
        .filter_map(|node| wasm_bindgen::JsCast::dyn_into(node).ok())
        .collect();
    let document = element.owner_document();
    let active = document.and_then(|document| document.active_element());
    let at = buttons.iter().position(|button| {
        active
            .as_ref()
            .is_some_and(|active| active.is_same_node(Some(button)))
    });
    let count = buttons.len();
    let next = match (at, forward) {
        (Some(at), true) => (at + 1) % count,
        (Some(at), false) => (at + count - 1) % count,
        (None, _) => 0,
    };
    if let Some(button) = buttons.get(next) {
        let _ = button.focus();
    }
}
