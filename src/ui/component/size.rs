//! The size of an element, measured again whenever it changes: with the window, and with what
//! stands around it, such as a panel that opens beside it or another tab.

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{HtmlElement, ResizeObserver};
use yew::prelude::*;

/// An element under observation, until dropped.
struct Watch {
    element: HtmlElement,
    observer: ResizeObserver,
    _told: Closure<dyn FnMut()>,
}

impl Watch {
    /// Tells the size of an element at once and whenever it changes. One that is not laid out has
    /// none: it tells when it is.
    fn new(element: HtmlElement, size: UseStateSetter<(f64, f64)>) -> Option<Self> {
        let measured = element.clone();
        let measure = move || {
            let (width, height) = (measured.client_width(), measured.client_height());
            if width > 0 && height > 0 {
                size.set((f64::from(width), f64::from(height)));
            }
        };
        measure();
        let told = Closure::<dyn FnMut()>::new(measure);
        let observer = ResizeObserver::new(told.as_ref().unchecked_ref()).ok()?;
        observer.observe(&element);
        Some(Self {
            element,
            observer,
            _told: told,
        })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}

/// An element and its inner size in CSS pixels; `first` until it is measured.
#[hook]
pub fn use_size(first: (f64, f64)) -> (NodeRef, (f64, f64)) {
    let node = use_node_ref();
    let size = use_state_eq(|| first);
    let watch = use_mut_ref(|| None::<Watch>);
    {
        let (node, size) = (node.clone(), size.setter());
        // After every drawing: a chart that was shown as a table comes back as another element.
        use_effect(move || {
            let element = node.cast::<HtmlElement>();
            let mut watch = watch.borrow_mut();
            let is_same = watch.as_ref().map(|it| &it.element) == element.as_ref();
            if !is_same {
                *watch = element.and_then(|element| Watch::new(element, size));
            }
        });
    }
    (node, *size)
}
