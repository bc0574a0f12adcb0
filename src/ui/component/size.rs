//! The size of an element, measured again when the window changes.

use gloo::events::EventListener;
use web_sys::HtmlElement;
use yew::prelude::*;

/// An element and its inner size in CSS pixels; `first` until it is measured.
#[hook]
pub fn use_size(first: (f64, f64)) -> (NodeRef, (f64, f64)) {
    let node = use_node_ref();
    let size = use_state_eq(|| first);
    {
        let (node, size) = (node.clone(), size.setter());
        use_effect_with((), move |()| {
            let measure = move || {
                if let Some(element) = node.cast::<HtmlElement>() {
                    let (width, height) = (element.client_width(), element.client_height());
                    if width > 0 && height > 0 {
                        size.set((f64::from(width), f64::from(height)));
                    }
                }
            };
            measure();
            let listener = web_sys::window()
                .map(|window| EventListener::new(&window, "resize", move |_| measure()));
            move || drop(listener)
        });
    }
    (node, *size)
}
