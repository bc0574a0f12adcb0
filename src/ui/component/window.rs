//! A window over the page. Focus stays inside; Escape and a click beside it close it.

use wasm_bindgen::JsCast;
use web_sys::HtmlElement;
use yew::prelude::*;

use super::icon::{Glyph, Icon};
use super::menu::focus;
use crate::store::use_texts;

#[derive(Properties, PartialEq)]
pub struct Props {
    /// Heading.
    pub title: AttrValue,
    /// For tests.
    pub testid: AttrValue,
    /// Closes it.
    pub on_close: Callback<()>,
    /// Content.
    pub children: Html,
}

/// A window over the page.
#[component]
pub fn Window(props: &Props) -> Html {
    let texts = use_texts();
    let root = use_node_ref();
    {
        let root = root.clone();
        use_effect_with((), move |()| {
            let document = web_sys::window().and_then(|window| window.document());
            let before = document.and_then(|document| document.active_element());
            focus(&root, ".window button, .window textarea");
            move || {
                // Back to where the visitor was.
                if let Some(before) =
                    before.and_then(|before| before.dyn_into::<HtmlElement>().ok())
                {
                    let _ = before.focus();
                }
            }
        });
    }
    let onkeydown = {
        let (on_close, root) = (props.on_close.clone(), root.clone());
        Callback::from(move |event: KeyboardEvent| match event.key().as_str() {
            "Escape" => {
                event.stop_propagation();
                on_close.emit(());
            }
            "Tab" => keep_inside(&root, &event),
            _ => {}
        })
    };
    let on_veil = {
        let on_close = props.on_close.clone();
        Callback::from(move |event: MouseEvent| {
            if event.target() == event.current_target() {
                on_close.emit(());
            }
        })
    };
    let close = texts.get(tradewind::view::text::Key::Close);
    html! {
        <div class="veil" ref={root} {onkeydown} onclick={on_veil}>
            <section class="window" role="dialog" aria-modal="true" aria-label={&props.title}
                data-testid={&props.testid}>
                <header>
                    <h2>{ &props.title }</h2>
                    <button class="button icon quiet" title={close} aria-label={close}
                        onclick={props.on_close.reform(|_| ())}>
                        <Glyph icon={Icon::Close} />
                    </button>
                </header>
                { props.children.clone() }
            </section>
        </div>
    }
}

fn keep_inside(root: &NodeRef, event: &KeyboardEvent) {
    let Some(element) = root.cast::<HtmlElement>() else {
        return;
    };
    let Ok(found) = element.query_selector_all("button:not(:disabled), a, textarea, select, input")
    else {
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
