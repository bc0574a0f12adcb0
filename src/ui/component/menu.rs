//! A button that opens a list. It closes on Escape and when the focus leaves it.

use web_sys::HtmlElement;
use yew::prelude::*;

use super::icon::{Glyph, Icon};

#[derive(Properties, PartialEq)]
pub struct Props {
    /// Text of the button.
    pub label: AttrValue,
    /// For tests.
    pub testid: AttrValue,
    /// The buttons in the list.
    pub children: Html,
}

/// A button that opens a list.
#[component]
pub fn Menu(props: &Props) -> Html {
    let open = use_state(|| false);
    let root = use_node_ref();
    let toggle = {
        let open = open.clone();
        Callback::from(move |_: MouseEvent| open.set(!*open))
    };
    let close = {
        let open = open.setter();
        Callback::from(move |_: MouseEvent| open.set(false))
    };
    let onkeydown = {
        let (open, root) = (open.clone(), root.clone());
        Callback::from(move |event: KeyboardEvent| match event.key().as_str() {
            "Escape" if *open => {
                event.stop_propagation();
                open.set(false);
                focus(&root, "button");
            }
            "ArrowDown" | "ArrowUp" if *open => {
                event.prevent_default();
                step(&root, event.key() == "ArrowDown");
            }
            _ => {}
        })
    };
    let onfocusout = {
        let (open, root) = (open.setter(), root.clone());
        Callback::from(move |event: FocusEvent| {
            let to = event.related_target();
            let to = to.and_then(|to| wasm_bindgen::JsCast::dyn_into::<web_sys::Node>(to).ok());
            let root = root.get();
            if let (Some(root), Some(to)) = (root, to)
                && !root.contains(Some(&to))
            {
                open.set(false);
            }
        })
    };
    html! {
        <div class="menu" ref={root} {onkeydown} {onfocusout}>
            <button class="button" data-testid={&props.testid} aria-expanded={open.to_string()}
                aria-label={&props.label} onclick={toggle}>
                <span class="desk">{ &props.label }</span><Glyph icon={Icon::Down} />
            </button>
            if *open {
                <div class="menu-list" onclick={close}>{ props.children.clone() }</div>
            }
        </div>
    }
}

/// Focuses the first element that matches inside a node.
pub fn focus(root: &NodeRef, selector: &str) {
    let element = root.cast::<HtmlElement>();
    let found = element.and_then(|element| element.query_selector(selector).ok().flatten());
    if let Some(found) = found.and_then(|found| wasm_bindgen::JsCast::dyn_into(found).ok()) {
        let found: HtmlElement = found;
        // An element that cannot be focused stays as it is.
        let _ = found.focus();
    }
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
