//! A window over the page. Focus stays inside; Escape and a click beside it close it.

use std::any::Any;
use std::rc::Rc;

use tradewind::view::text::Key;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};
use yew::prelude::*;

use super::icon::{Icon, icon_button};
use crate::element::{Handler, el, focus, handler, on_keys};
use crate::store::Ui;

#[derive(Properties, PartialEq)]
struct Props {
    title: AttrValue,
    testid: &'static str,
    close: &'static str,
    on_close: Handler,
    content: Html,
    guest: Option<Guest>,
}

/// Moves into an open window, given its element; what it returns is dropped with the window.
pub type Guest = Callback<Element, Rc<dyn Any>>;

/// Draws a window over the page.
pub fn window(
    ui: &Ui,
    title: &'static str,
    testid: &'static str,
    on_close: Handler,
    content: Html,
    guest: Option<Guest>,
) -> Html {
    let close = ui.get(Key::Close);
    // One window that takes another's place is a new one, with a focus of its own.
    html! { <Window key={testid} {title} {testid} {close} {on_close} {content} {guest} /> }
}

/// A window over the page.
#[component]
fn Window(props: &Props) -> Html {
    let root = use_node_ref();
    use_focus_inside(root.clone(), props.guest.clone());
    let close = &props.on_close;
    let on_key = {
        let (close, root) = (close.clone(), root.clone());
        on_keys(move |key, event| match key {
            "Escape" => {
                event.stop_propagation();
                close.emit(event.clone().into());
            }
            "Tab" => keep_inside(&root, event),
            _ => {}
        })
    };
    let on_veil = {
        let close = close.clone();
        handler(move |event| {
            if event.target() == event.current_target() {
                close.emit(event);
            }
        })
    };
    let button = icon_button("button icon quiet", Icon::Close, close.clone());
    let header = el("header")
        .add(el("h2").text(&props.title))
        .add(button.name(props.close));
    let window = el("section")
        .class("window")
        .set("role", "dialog")
        .set("aria-modal", "true")
        .label(&props.title)
        .testid(props.testid)
        .add(header)
        .add(props.content.clone());
    let veil = el("div").class("veil").node(&root);
    veil.on_key(on_key).on_click(on_veil).add(window).into()
}

/// Takes the focus and the guest in, and brings the focus back to where the visitor was.
#[hook]
fn use_focus_inside(root: NodeRef, guest: Option<Guest>) {
    use_effect_with((), move |()| {
        let document = web_sys::window().and_then(|window| window.document());
        let before = document.and_then(|document| document.active_element());
        focus(&root, ".window button, .window textarea");
        let guest = guest.and_then(|guest| Some(guest.emit(root.cast()?)));
        move || {
            drop(guest);
            if let Some(before) = before.and_then(|before| before.dyn_into::<HtmlElement>().ok()) {
                let _ = before.focus();
            }
        }
    });
}

fn keep_inside(root: &NodeRef, event: &KeyboardEvent) {
    let Some(element) = root.cast::<HtmlElement>() else {
        return;
    };
    const REACHED: &str = "button:not(:disabled), a, textarea, select, input, summary";
    let Ok(found) = element.query_selector_all(REACHED) else {
        return;
    };
    let ends = [found.get(0), found.get(found.length().saturating_sub(1))];
    let (leaving, entering) = if event.shift_key() { (0, 1) } else { (1, 0) };
    let target = event
        .target()
        .and_then(|target| target.dyn_into::<web_sys::Node>().ok());
    if target.is_some() && target == ends[leaving] {
        event.prevent_default();
        let to = ends[entering]
            .clone()
            .and_then(|to| to.dyn_into::<HtmlElement>().ok());
        if let Some(to) = to {
            let _ = to.focus();
        }
    }
}
